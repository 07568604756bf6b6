"""A recording as a camera: paced, looped, and over without a fault."""

from __future__ import annotations

import itertools
import logging
import random
from functools import partial
from pathlib import Path

import pytest
from capture_fakes import FakeClock, FakeStop
from recordings import FASTSTART, MJPEG, cut, record

from edge_agent.capture.camera_health import CameraState
from edge_agent.capture.clip_as_camera import ClipAsCamera
from edge_agent.capture.device_to_frame import Camera
from edge_agent.capture.source_settings import ClipSettings
from edge_agent.capture.source_table import source_for
from edge_agent.data.frame import Frame
from edge_agent.errors import CaptureError, EndOfClip
from edge_agent.runtime.backoff import FullJitter
from edge_agent.runtime.mailbox import Mailbox


def settings(path: Path, *, loop: bool = False) -> ClipSettings:
    return ClipSettings(type="clip", path=path, loop=loop)


def test_a_clip_ends_without_a_fault(tmp_path: Path) -> None:
    source = ClipAsCamera(settings(record(tmp_path / "clip.avi", MJPEG, seconds=0.4, fps=10)))
    source.open()
    times_s = [source.read().media_s for _ in range(4)]
    assert times_s == pytest.approx([0.0, 0.1, 0.2, 0.3])
    with pytest.raises(EndOfClip):
        source.read()
    source.close()
    source.close()


def test_media_time_goes_on_over_the_seam_of_a_loop(tmp_path: Path) -> None:
    source = ClipAsCamera(settings(record(tmp_path / "clip.avi", MJPEG, seconds=0.4, fps=10), loop=True))
    source.open()
    times_s = [source.read().media_s for _ in range(11)]
    source.close()
    assert times_s == pytest.approx([n / 10 for n in range(11)])


def test_a_looped_clip_that_is_taken_away_is_a_fault(tmp_path: Path) -> None:
    path = record(tmp_path / "clip.avi", MJPEG, seconds=0.2, fps=10)
    source = ClipAsCamera(settings(path, loop=True))
    source.open()
    source.read()
    path.unlink()
    source.read()
    with pytest.raises(CaptureError, match="does not exist"):
        source.read()
    source.close()


def test_a_truncated_clip_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = ClipAsCamera(settings(cut(record(tmp_path / "clip.mp4", FASTSTART, seconds=4.0), 0.6), loop=True))
    source.open()
    for _ in range(70):
        source.read()
    source.close()
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "cut off" in warning.getMessage()


def test_the_whole_camera_plays_a_clip_at_its_own_speed_and_ends(tmp_path: Path) -> None:
    clock = FakeClock()
    frames: list[Frame] = []

    class KeepAll(Mailbox[Frame]):
        def put(self, key: str, item: Frame) -> None:
            frames.append(item)

    make = partial(source_for, settings(record(tmp_path / "clip.gif", seconds=1.0, fps=10)))
    camera = Camera("demo", make, KeepAll(), clock, FullJitter(random.Random(1)))
    camera.run(FakeStop(clock))

    assert [frame.t_s - frames[0].t_s for frame in frames] == pytest.approx([n / 10 for n in range(10)])
    assert all(a.seq + 1 == b.seq for a, b in itertools.pairwise(frames))
    assert clock.now_s == pytest.approx(1000.9)
    assert camera.health.state is CameraState.ENDED
    assert camera.health.check(clock.now_s) == ()


def test_a_missing_clip_is_lost_with_its_name(tmp_path: Path) -> None:
    clock = FakeClock()
    stop = FakeStop(clock)
    tries = []

    def make() -> ClipAsCamera:
        tries.append(clock.now_s)
        if clock.now_s > 1010.0:
            stop.set()
        return ClipAsCamera(settings(tmp_path / "no.mp4"))

    camera = Camera("demo", make, Mailbox(), clock, FullJitter(random.Random(1)))
    camera.run(stop)
    (lost,) = camera.health.check(clock.now_s)
    assert f"{tmp_path / 'no.mp4'} does not exist" in lost.reason
    assert len(tries) > 3
