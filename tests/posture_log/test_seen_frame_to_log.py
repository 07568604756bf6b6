"""The log on disk: bounded, private, readable after a power cut, and never in the way of watching."""

from __future__ import annotations

import errno
import os
import random
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from any_postures import ORIGIN, Rig, empty

from edge_agent.data.calibration import Calibration
from edge_agent.data.posture import Postures
from edge_agent.errors import PostureLogError
from edge_agent.posture_log.log_part import LogPart
from edge_agent.posture_log.recording import recordings_in
from edge_agent.posture_log.seen_frame import SeenFrame


def parts(root: Path) -> list[Path]:
    return sorted(root.rglob("*.postures.gz"), key=lambda path: path.name)


def times_s(path: Path) -> list[float]:
    return [frame.postures.t_s for frame in LogPart(path).frames()]


def seconds(count: int, start_s: float = 0.0, camera: str = "hall") -> list[SeenFrame]:
    return [empty(start_s + number, camera) for number in range(count)]


def test_what_was_seen_is_kept_by_camera_and_for_its_owner_alone(tmp_path: Path) -> None:
    root, rig = tmp_path / "postures", Rig(tmp_path / "postures")
    rig.see(empty(1.0, "hall"), empty(1.5, "yard"), empty(2.0, "hall"))
    rig.log.close()
    hall, yard = parts(root)
    assert (hall.name, yard.parent.name) == ("00000001-20250615T150641Z.postures.gz", "yard")
    assert (times_s(hall), times_s(yard)) == ([1.0, 2.0], [1.5])
    assert [oct(path.stat().st_mode & 0o777) for path in (hall, hall.parent, root)] == ["0o600", "0o700", "0o700"]
    header = LogPart(hall).header
    assert (header.camera, header.model, header.config_hash) == ("hall", ORIGIN.model, ORIGIN.config_hash)
    assert (header.width_px, header.height_px, header.started_s, header.started_wall_s) == (640, 480, 1.0, 1.75e9 + 1.0)


def test_frames_that_a_slow_disk_loses_are_told_while_it_is_slow(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not only once the queue is empty, which may be never."""
    rig = Rig(tmp_path)
    for frame in seconds(1001):
        rig.log.put(ORIGIN, frame)
    rig.see(empty(0.0))
    assert "1 frames were not written" in caplog.text
    caplog.clear()
    rig.log.put(ORIGIN, empty(2.0))
    rig.see(empty(2.0))
    assert caplog.text == "", "every five seconds"
    rig.see(empty(6.0))
    assert "1 frames were not written" in caplog.text


def test_time_that_stands_still_is_damage(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.see(empty(1.0), empty(2.0), empty(2.0), empty(3.0))
    rig.log.close()
    (path,) = parts(tmp_path)
    with pytest.raises(PostureLogError, match="line 4 is damaged: time goes back, or stands still"):
        times_s(path)


def test_a_new_part_begins_every_ten_minutes_and_wherever_the_header_would_not_be_true(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    calibrated = replace(ORIGIN, calibration=Calibration(tilt_deg=10.0, fov_deg=60.0))
    rig.see(empty(0.0), empty(599.0), empty(600.0))
    rig.see(empty(601.0), origin=calibrated)
    rig.see(SeenFrame(empty(602.0).sight, Postures("hall", 602.0, 1280, 720, ())), origin=calibrated)
    rig.log.close()
    assert [times_s(path) for path in parts(tmp_path)] == [[0.0, 599.0], [600.0], [601.0], [602.0]]
    headers = [LogPart(path).header for path in parts(tmp_path)]
    assert [header.part for header in headers] == [0, 1, 2, 3]
    assert [header.calibration for header in headers] == [None, None, calibrated.calibration, calibrated.calibration]
    assert [header.width_px for header in headers] == [640, 640, 640, 1280]
    assert len({header.session for header in headers}) == 1


def test_a_cut_at_any_byte_leaves_every_frame_before_the_last_sync(tmp_path: Path) -> None:
    """As after a power cut: the file ends anywhere, and what was synced before is all there."""
    rig = Rig(tmp_path / "postures")
    synced: list[tuple[int, float]] = []
    for frame in seconds(60):
        rig.see(frame)
        (path,) = parts(tmp_path / "postures")
        if not synced or path.stat().st_size > synced[-1][0]:
            synced.append((path.stat().st_size, frame.postures.t_s))
    rig.log.close()
    whole = path.read_bytes()
    assert len(synced) >= 10, "every five seconds"
    cut = tmp_path / "cut.postures.gz"
    for size, last_s in synced:
        for more in (0, 1, 3):
            cut.write_bytes(whole[: size + more])
            part = LogPart(cut)
            read_s = [frame.postures.t_s for frame in part.frames()]
            assert read_s[: int(last_s) + 1] == [float(each) for each in range(int(last_s) + 1)]
            assert part.torn
    assert not next(part for part in (LogPart(path),) if list(part.frames())).torn


@pytest.mark.parametrize("garbage", [bytes(500), random.Random(1).randbytes(500)], ids=["zeros", "noise"])
def test_garbage_after_a_power_cut_costs_only_itself(tmp_path: Path, garbage: bytes) -> None:
    """Some file systems leave zeros, or what was there before, where the last write did not arrive."""
    rig = Rig(tmp_path)
    rig.see(*seconds(60))
    (path,) = parts(tmp_path)
    path.write_bytes(path.read_bytes() + garbage)
    read_s = []
    with pytest.raises(PostureLogError, match="is damaged"):  # noqa: PT012
        for frame in LogPart(path).frames():
            read_s.append(frame.postures.t_s)  # noqa: PERF401
    assert read_s == [float(each) for each in range(len(read_s))]
    assert len(read_s) >= 55


def test_the_oldest_whole_parts_of_all_cameras_go_first(tmp_path: Path) -> None:
    """An older run has left 9 MB; the bound is 8 MB."""
    for number, camera in ((2, "hall"), (1, "yard"), (3, "yard")):
        path = tmp_path / camera / f"{number:08d}-20260101T000000Z.postures.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(3_000_000))
    (tmp_path / "hall" / "notes.postures.gz").write_bytes(bytes(9_000_000))
    rig = Rig(tmp_path, max_mb=8.0)
    rig.see(*seconds(10))
    rig.log.close()
    names = [path.name[:8] for path in parts(tmp_path)]
    assert names == ["00000002", "00000003", "00000004", "notes.po"], "and what somebody else put there stays"


def test_a_long_run_stays_within_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.posture_log.seen_frame_to_log.seen_frame_to_line", _incompressible)
    rig = Rig(tmp_path, max_mb=8.0)
    for frame in seconds(300):
        rig.see(frame, empty(frame.postures.t_s, "yard"))
        total = sum(path.stat().st_size for path in parts(tmp_path))
        assert total < 8_700_000, "no more than what came since the last sync"
    assert len(parts(tmp_path)) > 10
    assert parts(tmp_path)[0].name > "00000002"


def _incompressible(frame: SeenFrame) -> bytes:
    return random.Random(frame.postures.t_s).randbytes(50_000)


def test_a_disk_that_refuses_is_told_once_and_tried_again_every_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "postures"
    root.write_text("in the way")
    rig = Rig(root)
    rig.see(*seconds(125))
    (told,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "posture_log.max_mb" in told.message
    assert "watching goes on" in told.message
    root.unlink()
    with caplog.at_level("INFO"):
        rig.see(*seconds(200, start_s=125.0))
    rig.log.close()
    (path,) = parts(root)
    assert 125.0 <= times_s(path)[0] <= 185.0
    assert "goes on in" in caplog.messages[-1]


def test_a_write_that_fails_half_way_costs_that_part_only_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path)
    rig.see(*seconds(31))
    real = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) > 4:
            return real(file, data[:4])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    rig.see(*seconds(9, start_s=31.0))
    monkeypatch.setattr(os, "write", real)
    rig.see(*seconds(100, start_s=40.0))
    rig.log.close()
    first, second = parts(tmp_path)
    assert times_s(first)[:31] == [float(each) for each in range(31)]
    assert times_s(second)[-1] == 139.0
    assert caplog.text.count("No space left") == 1
    (recording,) = recordings_in([tmp_path], pytest.fail)
    assert [part.header.part for part in recording.parts] == [0, 1]


def test_a_disk_that_others_have_nearly_filled_is_left_to_the_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_bavail=15_000, f_frsize=4096))
    rig.see(*seconds(20))
    assert parts(tmp_path) == []
    assert "nearly full" in caplog.text


def test_a_frame_that_has_no_form_is_left_out_and_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(tmp_path)
    strange = SeenFrame(empty(1.0).sight, Postures("hall", float("nan"), 640, 480, ()))
    rig.log.write(ORIGIN, empty(0.0))
    for _ in range(3):
        rig.log.write(ORIGIN, strange)
    rig.log.write(ORIGIN, empty(2.0))
    rig.log.close()
    assert times_s(parts(tmp_path)[0]) == [0.0, 2.0]
    assert caplog.text.count("please report") == 1


def test_a_camera_directory_that_is_deleted_meanwhile_ends_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "postures")
    rig.see(*seconds(10))
    shutil.rmtree(tmp_path / "postures")
    rig.see(*seconds(700, start_s=10.0))
    rig.log.close()
    assert len(parts(tmp_path / "postures")) >= 1


def test_whoever_watches_never_waits_for_the_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody writes yet, as when the disk hangs: frames are taken all the same, and those too many are counted."""
    rig = Rig(tmp_path)
    for frame in seconds(1500):
        rig.log.put(ORIGIN, frame)
    stop = threading.Event()
    stop.set()
    rig.log.run(stop)
    assert sum(len(times_s(path)) for path in parts(tmp_path)) == 1000
    assert "500 frames were not written" in caplog.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x1f\x8b\x08\x00\x00", "is empty"),
        (b"no gzip at all", "is damaged or no posture log"),
        (b"\x1f\x8b\x08\x00" + bytes(200), "is damaged or no posture log"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "odd.postures.gz"
    path.write_bytes(content)
    with pytest.raises(PostureLogError, match=words) as caught:
        LogPart(path)
    assert str(path) in str(caught.value)
