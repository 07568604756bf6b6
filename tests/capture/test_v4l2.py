"""Video4Linux: real errors of absent devices, and reading through a stand-in for cv2.VideoCapture."""

from __future__ import annotations

import logging
import os
import random
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
from capture_fakes import FakeClock, FakeStop

from edge_agent.capture.device_to_frame import Camera
from edge_agent.capture.source_settings import V4l2Settings
from edge_agent.capture.v4l2 import V4l2Source
from edge_agent.data.frame import Frame
from edge_agent.errors import CaptureError
from edge_agent.runtime.backoff import FullJitter
from edge_agent.runtime.mailbox import Mailbox


def source(device: str | Path = "/dev/video-none", width_px: int = 640) -> V4l2Source:
    return V4l2Source(V4l2Settings(type="v4l2", device=str(device), width_px=width_px))


# ---- the real thing, as far as there is none ----


def test_a_device_that_does_not_exist_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CaptureError, match=r"/dev/video-none does not exist"):
        source().open()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("device", ["/dev/null", "regular file"])
def test_what_is_no_camera_is_refused_without_noise(
    device: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = Path(device)
    if device == "regular file":
        path = tmp_path / "video0"
        path.write_bytes(b"x")
    with pytest.raises(CaptureError, match="cannot be opened as a camera") as refused:
        source(path).open()
    assert str(path) in str(refused.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_device_of_another_user_names_the_group(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(CaptureError, match="group video"):
        source(path).open()


def test_reading_before_opening_is_an_error() -> None:
    with pytest.raises(CaptureError, match="not open"):
        source().read()


# ---- a stand-in with the documented behaviour ----


class Device:
    """cv2.VideoCapture over a camera that can do 640x480, whose driver stamps with the monotonic clock."""

    made: ClassVar[list[Device]] = []
    frames: ClassVar[list[np.ndarray | cv2.error]] = []
    stamps_ms: ClassVar[list[float]] = []

    def __init__(self, name: str, backend: int, parameters: list[int]) -> None:
        assert backend == cv2.CAP_V4L2
        self.name = name
        self.properties = {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0}
        self.asked: dict[int, float] = {}
        self.released = False
        self._stamp_ms = 0.0
        Device.made.append(self)

    def isOpened(self) -> bool:
        return True

    def set(self, prop: int, value: float) -> bool:
        self.asked[prop] = value
        return True

    def get(self, prop: int) -> float:
        return self._stamp_ms if prop == cv2.CAP_PROP_POS_MSEC else self.properties[prop]

    def read(self) -> tuple[bool, np.ndarray | None]:
        if not Device.frames:
            return False, None
        frame = Device.frames.pop(0)
        if isinstance(frame, cv2.error):
            raise frame
        self._stamp_ms = Device.stamps_ms.pop(0)
        return True, frame

    def release(self) -> None:
        self.released = True


@pytest.fixture
def plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "video0"
    path.touch()
    monkeypatch.setattr("edge_agent.capture.opencv_capture.cv2.VideoCapture", Device)
    Device.made, Device.frames, Device.stamps_ms = [], [], []
    return path


def test_the_format_is_asked_for_and_the_buffer_kept_short(plugged_in: Path) -> None:
    camera = source(plugged_in)
    camera.open()
    assert Device.made[0].name == str(plugged_in)
    assert Device.made[0].asked == {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: 640,
        cv2.CAP_PROP_FRAME_HEIGHT: 480,
        cv2.CAP_PROP_FPS: 15.0,
        cv2.CAP_PROP_BUFFERSIZE: 1,
    }
    assert next(iter(Device.made[0].asked)) == cv2.CAP_PROP_FOURCC, "the sizes on offer depend on the format"
    camera.close()
    assert Device.made[0].released


def test_a_camera_that_gives_another_size_is_told(plugged_in: Path, caplog: pytest.LogCaptureFixture) -> None:
    source(plugged_in, width_px=1920).open()
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "640x480 instead of 1920x480" in warning.getMessage()


def test_frames_carry_the_drivers_stamp_where_it_gives_one(plugged_in: Path) -> None:
    Device.frames, Device.stamps_ms = [np.zeros((480, 640, 3), np.uint8)] * 2, [999_900.0, 0.0]
    camera = source(plugged_in)
    camera.open()
    assert [camera.read().sensor_s for _ in range(2)] == [999.9, None]


def test_a_camera_that_gives_nothing_and_one_that_is_unplugged_are_told_apart(plugged_in: Path) -> None:
    camera = source(plugged_in)
    camera.open()
    with pytest.raises(CaptureError, match="gives no frame; check its cable"):
        camera.read()
    plugged_in.unlink()
    with pytest.raises(CaptureError, match="was unplugged"):
        camera.read()


def test_an_error_of_opencv_is_wrapped(plugged_in: Path) -> None:
    Device.frames = [cv2.error("decoder")]
    camera = source(plugged_in)
    camera.open()
    with pytest.raises(CaptureError, match="OpenCV failed"):
        camera.read()


def test_a_camera_that_is_unplugged_and_plugged_in_again(plugged_in: Path) -> None:
    """The whole camera: two frames, four tries at a device that is gone, and back."""
    clock = FakeClock()
    stop = FakeStop(clock)
    Device.frames, Device.stamps_ms = [np.zeros((480, 640, 3), np.uint8)] * 2, [999_990.0, 999_995.0]
    frames: list[Frame] = []
    tries = 0

    def make() -> V4l2Source:
        nonlocal tries
        tries += 1
        if tries == 2:
            plugged_in.unlink()
        if clock.now_s > 1006.0 and not plugged_in.exists():
            plugged_in.touch()
            Device.frames, Device.stamps_ms = [np.zeros((480, 640, 3), np.uint8)], [1000.0 * clock.now_s]
        elif plugged_in.exists() and tries > 2:
            stop.set()
        return source(plugged_in)

    class KeepAll(Mailbox[Frame]):
        def put(self, key: str, item: Frame) -> None:
            frames.append(item)

    camera = Camera("press", make, KeepAll(), clock, FullJitter(random.Random(3)))
    camera.run(stop)
    lost, back = camera.health.check(clock.now_s)
    assert "does not exist" in lost.reason
    assert [frame.t_s for frame in frames] == [999.99, 999.995, back.at_s]
    assert all(device.released for device in Device.made)
