"""Recordings: real files of every container that people bring, whole, damaged and absent."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import FASTSTART, MJPEG, cut, record

from edge_agent.capture.clip import ClipReader
from edge_agent.errors import CaptureError, EndOfClip

SHARED = Path(__file__).resolve().parents[3] / "shared"


def media_times_s(path: Path) -> list[float]:
    with ClipReader(path) as reader:
        return [reading.media_s for reading in reader if reading.media_s is not None]


# ---- whole recordings ----


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("clip.mp4", FASTSTART),
        ("clip.avi", MJPEG),
        ("clip.ts", ("-c:v", "libx264")),
        ("clip.mkv", ("-c:v", "libx264")),
        ("clip.webm", ("-c:v", "libvpx", "-deadline", "realtime")),
    ],
)
def test_a_recording_gives_every_frame_with_its_media_time(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    path = record(tmp_path / name, seconds=2.0, fps=15, options=options)
    with ClipReader(path) as reader:
        readings = list(reader)
        assert len(readings) == reader.frames_read == 30
        assert reader.fps == pytest.approx(15.0, abs=0.01)
        assert reader.frame_count == pytest.approx(30, abs=1)
        assert not reader.truncated
    assert {reading.image.shape for reading in readings} == {(48, 64, 3)}
    # Matroska counts in whole milliseconds.
    assert [reading.media_s for reading in readings] == pytest.approx([n / 15 for n in range(30)], abs=0.0011)


def test_a_gif_tells_its_own_times(tmp_path: Path) -> None:
    times_s = media_times_s(record(tmp_path / "clip.gif", seconds=1.0, fps=10))
    assert times_s == pytest.approx([n / 10 for n in range(10)])


def test_a_variable_frame_rate_keeps_its_times_and_is_not_called_truncated(tmp_path: Path) -> None:
    """Three frames of each ten are kept: the rate that the container tells is far from any gap."""
    keep = ("-vf", r"select='lt(mod(n\,10)\,3)'", "-vsync", "vfr")
    for name, codec in (("clip.mkv", ("-c:v", "libx264")), ("clip.mp4", FASTSTART)):
        path = record(tmp_path / name, seconds=4.0, fps=10, options=(*keep, *codec))
        with ClipReader(path) as reader:
            times_s = [reading.media_s for reading in reader]
            assert not reader.truncated, name
        assert times_s == pytest.approx([n / 10 for n in range(40) if n % 10 < 3], abs=0.002)


def test_a_recording_without_timestamps_is_timed_by_its_rate(tmp_path: Path) -> None:
    """A bare H.264 stream holds no times at all."""
    times_s = media_times_s(
        record(tmp_path / "clip.h264", seconds=1.0, fps=25, options=("-c:v", "libx264", "-bf", "0"))
    )
    assert len(times_s) == 25
    assert times_s == pytest.approx([n / 25 for n in range(25)], abs=0.001)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "frames", "last_s"),
    [("upfall/a02_t1_c1.mp4", 115, 114 / 18), ("factory/worker-zone.gif", 71, 4.67)],
)
def test_real_recordings_are_read_to_their_end(name: str, frames: int, last_s: float) -> None:
    with ClipReader(SHARED / "clips" / name) as reader:
        times_s = [reading.media_s or 0.0 for reading in reader]
        assert reader.frames_read == frames
        assert not reader.truncated
    assert times_s[0] == 0.0
    assert times_s[-1] == pytest.approx(last_s, abs=0.001)
    assert all(a < b for a, b in itertools.pairwise(times_s))


@pytest.mark.parametrize("size", [(16, 16), (7680, 4320)])
def test_small_and_8k_recordings_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, size)
    assert writer.isOpened()
    writer.write(np.full((size[1], size[0], 3), 128, np.uint8))
    writer.release()
    with ClipReader(path) as reader:
        (reading,) = reader
    assert reading.image.shape == (size[1], size[0], 3)
    assert reading.media_s == 0.0


# ---- damaged and absent ones ----


def assert_refused(path: Path, words: str) -> None:
    with pytest.raises(CaptureError, match=words) as refused, ClipReader(path):
        pass
    assert not isinstance(refused.value, EndOfClip)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert_refused(tmp_path / "no.mp4", "does not exist")
    assert_refused(tmp_path / "no" / "such.mp4", "does not exist")


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert_refused(path, "is empty")


def test_a_directory_is_named(tmp_path: Path) -> None:
    assert_refused(tmp_path, "is a directory")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.mp4"
    path.write_bytes(b"x")
    path.chmod(0)
    assert_refused(path, "check its permissions")


def test_a_file_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    assert_refused(tmp_path / "a.mp4" / "b.mp4", "cannot be read")


@pytest.mark.parametrize("data", [b"\0" * 4096, b"no recording at all\n" * 100, b"\xff\xd8\xff\xe0", b"x"])
def test_what_is_no_recording_is_refused_without_noise(
    tmp_path: Path, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "junk.mp4"
    path.write_bytes(data)
    with pytest.raises(CaptureError) as refused, ClipReader(path) as reader:
        list(reader)
    assert str(path) in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_an_mp4_that_lost_its_index_is_refused(tmp_path: Path) -> None:
    """Without faststart the index lies at the end, where an interrupted copy loses it."""
    path = cut(record(tmp_path / "clip.mp4", options=("-c:v", "libx264", "-pix_fmt", "yuv420p")), 0.6)
    assert_refused(path, "was cut off")


@pytest.mark.parametrize(
    ("name", "options"), [("clip.mp4", FASTSTART), ("clip.avi", MJPEG), ("clip.mkv", ("-c:v", "libx264"))]
)
def test_a_recording_cut_in_the_middle_of_a_frame_is_read_as_far_as_it_goes(
    tmp_path: Path, name: str, options: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    path = cut(record(tmp_path / name, seconds=4.0, options=options), 0.6)
    with ClipReader(path) as reader:
        assert not reader.truncated, "nothing is known before the end"
        times_s = [reading.media_s or 0.0 for reading in reader]
        assert reader.truncated
        assert 0 < reader.frames_read < 60
    assert all(a < b for a, b in itertools.pairwise(times_s))
    assert capfd.readouterr() == ("", "")


def test_every_cut_of_a_recording_is_refused_or_read_but_never_worse(tmp_path: Path) -> None:
    path = record(tmp_path / "clip.mp4", seconds=1.0, options=FASTSTART)
    whole = path.read_bytes()
    outcomes = []
    for share in (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 0.95, 1.0):
        path.write_bytes(whole[: int(len(whole) * share)])
        try:
            outcomes.append(len(media_times_s(path)))
        except CaptureError:
            outcomes.append(0)
    assert outcomes[0] == 0
    assert outcomes == sorted(outcomes)
    assert outcomes[-1] == 15


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_recording_is_read_around_the_damage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], seed: int
) -> None:
    path = record(tmp_path / "clip.avi", seconds=4.0, options=MJPEG)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = random.Random(seed).randbytes(2000)
    path.write_bytes(data)
    times_s = media_times_s(path)
    assert len(times_s) >= 20
    assert all(a < b for a, b in itertools.pairwise(times_s))
    assert capfd.readouterr() == ("", "")


def test_reading_a_clip_that_is_not_open_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="not open"):
        ClipReader(tmp_path / "clip.mp4").read()


def test_a_path_is_never_taken_for_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg would follow ``subfile:``, ``concat:``, ``http:`` and the like to another file or machine."""
    record(tmp_path / "a.avi", MJPEG)
    monkeypatch.chdir(tmp_path)
    Path("concat:a.avi").write_bytes(b"junk")
    assert_refused(Path("concat:a.avi"), "no recording")


# ---- media time ----


class StampedCapture:
    """A cv2.VideoCapture whose frames have the given CAP_PROP_POS_MSEC."""

    def __init__(self, positions_ms: Sequence[float], fps: float) -> None:
        self._positions_ms = list(positions_ms)
        self._fps = fps
        self._index = -1

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        self._index += 1
        if self._index >= len(self._positions_ms):
            return False, None
        return True, np.zeros((2, 2, 3), np.uint8)

    def get(self, prop: int) -> float:
        if prop == cv2.CAP_PROP_POS_MSEC:
            return self._positions_ms[self._index]
        return self._fps if prop == cv2.CAP_PROP_FPS else float(len(self._positions_ms))

    def release(self) -> None:
        pass


def stamped(positions_ms: Sequence[float], fps: float) -> list[float]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "edge_agent.capture.opencv_capture.cv2.VideoCapture", lambda *_: StampedCapture(positions_ms, fps)
        )
        return media_times_s(Path(__file__))


def test_media_time_begins_with_the_first_frame() -> None:
    assert stamped([500.0, 600.0, 800.0], 10.0) == pytest.approx([0.0, 0.1, 0.3])


def test_absent_timestamps_are_replaced_by_count_and_rate() -> None:
    assert stamped([0.0] * 4, 20.0) == pytest.approx([0.0, 0.05, 0.1, 0.15])


def test_a_single_duplicate_does_not_shift_the_rest() -> None:
    assert stamped([0.0, 40.0, 40.0, 120.0, 160.0], 25.0) == pytest.approx([0.0, 0.04, 0.08, 0.12, 0.16])


@given(
    st.lists(st.one_of(st.floats(-1e6, 1e9), st.just(0.0), st.just(float("nan"))), min_size=1, max_size=50),
    st.one_of(st.floats(0.1, 240.0), st.sampled_from([0.0, -1.0, float("nan"), float("inf"), 90_000.0])),
)
def test_media_time_strictly_increases_whatever_the_container_says(positions_ms: list[float], fps: float) -> None:
    times_s = stamped(positions_ms, fps)
    assert len(times_s) == len(positions_ms)
    assert times_s[0] == 0.0
    assert all(a < b for a, b in itertools.pairwise(times_s))


# ---- imports ----


def test_importing_the_sources_changes_nothing_in_the_process() -> None:
    """No environment variable, no log level, and no cv2 before a source is made."""
    program = (
        "import os, sys; before = dict(os.environ)\n"
        "import edge_agent.capture.device_to_frame, edge_agent.capture.source_table\n"
        "assert 'cv2' not in sys.modules\n"
        "import cv2; home = getattr(cv2.utils, 'logging', cv2); level = home.getLogLevel()\n"
        "import edge_agent.capture.clip_as_camera, edge_agent.capture.stream, edge_agent.capture.v4l2\n"
        "import edge_agent.capture.csi\n"
        "assert home.getLogLevel() == level and 'picamera2' not in sys.modules\n"
        "assert 'OPENCV_FFMPEG_LOGLEVEL' in before or 'OPENCV_FFMPEG_LOGLEVEL' not in os.environ\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
