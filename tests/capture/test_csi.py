"""The Raspberry Pi camera, against a picamera2 that implements the documented interface."""

from __future__ import annotations

import concurrent.futures
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.capture.csi import CsiSource
from edge_agent.capture.image_to_bgr import image_to_bgr
from edge_agent.capture.source_settings import CsiSettings
from edge_agent.errors import CaptureError


class Request:
    """picamera2.CompletedRequest: holds a buffer of the camera until it is released."""

    def __init__(self, camera: Picamera2) -> None:
        self._camera = camera

    def make_array(self, name: str) -> np.ndarray:
        assert name == "main"
        width_px, height_px = self._camera.configuration["main"]["size"]
        assert self._camera.configuration["main"]["format"] == "RGB888"
        # A red wall, as "RGB888" lies in memory.
        return np.tile(np.array([0, 0, 255], np.uint8), (height_px, width_px, 1))

    def get_metadata(self) -> dict[str, Any]:
        if self._camera.fault is not None:
            raise self._camera.fault
        return {"SensorTimestamp": 1_234_567_891_000, "ExposureTime": 9999} if self._camera.stamps else {}

    def release(self) -> None:
        self._camera.held -= 1


class Picamera2:
    """The calls that the agent makes, with the manual's order of states."""

    cameras = 1
    last: Picamera2

    def __init__(self, camera_num: int = 0) -> None:
        if camera_num >= self.cameras:
            raise IndexError("list index out of range")
        self.state = "open"
        self.held = 0
        self.stamps = True
        self.timed_out = False
        self.fault: Exception | None = None
        self.controls: dict[str, Any] = {}
        self.configuration: dict[str, Any] = {}
        self.calls: list[str] = []
        Picamera2.last = self

    def create_video_configuration(self, main: dict[str, Any], controls: dict[str, Any]) -> dict[str, Any]:
        return {"main": main, "controls": controls}

    def configure(self, configuration: dict[str, Any]) -> None:
        assert self.state == "open"
        self.configuration = configuration
        self.state = "configured"

    def start(self) -> None:
        assert self.state == "configured"
        self.state = "started"

    def capture_request(self, wait: float | bool | None = None) -> Request:
        assert self.state == "started"
        assert isinstance(wait, float), "without a number it would wait for ever"
        if self.timed_out:
            self.calls.append("job waits")
            raise concurrent.futures.TimeoutError
        self.held += 1
        return Request(self)

    def cancel_all_and_flush(self) -> None:
        self.calls.remove("job waits")

    def stop(self) -> None:
        assert "job waits" not in self.calls, "stop would queue behind the job that never ends"
        self.state = "stopped"
        if self.fault is not None:
            raise self.fault

    def close(self) -> None:
        self.state = "closed"


@pytest.fixture
def csi(monkeypatch: pytest.MonkeyPatch) -> CsiSource:
    module = types.ModuleType("picamera2")
    module.Picamera2 = Picamera2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return CsiSource(CsiSettings(type="csi", width_px=320, height_px=240, fps=20.0))


def test_the_camera_is_configured_as_the_settings_say(csi: CsiSource) -> None:
    csi.open()
    camera = Picamera2.last
    assert camera.state == "started"
    assert camera.configuration == {
        "main": {"size": (320, 240), "format": "RGB888"},
        "controls": {"FrameDurationLimits": (50_000, 50_000)},
    }


def test_a_frame_is_bgr_with_the_sensors_time_and_its_buffer_is_given_back(csi: CsiSource) -> None:
    csi.open()
    reading = csi.read()
    assert image_to_bgr(reading.image).shape == (240, 320, 3)
    assert reading.image[0, 0].tolist() == [0, 0, 255], "red, in BGR order"
    assert reading.sensor_s == pytest.approx(1234.567891)
    assert Picamera2.last.held == 0


def test_a_sensor_without_a_stamp_is_stamped_by_the_reader(csi: CsiSource) -> None:
    csi.open()
    Picamera2.last.stamps = False
    assert csi.read().sensor_s is None


def test_a_cable_that_came_loose_is_told_and_the_camera_can_still_be_closed(csi: CsiSource) -> None:
    csi.open()
    Picamera2.last.timed_out = True
    with pytest.raises(CaptureError, match=r"CSI camera 0 gave no frame for 5 s; check its ribbon cable"):
        csi.read()
    csi.close()
    assert Picamera2.last.state == "closed"


def test_an_error_of_picamera2_is_wrapped_and_the_buffer_given_back(csi: CsiSource) -> None:
    csi.open()
    Picamera2.last.fault = RuntimeError("Camera frontend has timed out!\nsee the log")
    with pytest.raises(CaptureError, match=r"timed out! see the log") as failed:
        csi.read()
    assert "\n" not in str(failed.value)
    assert Picamera2.last.held == 0
    csi.close()
    assert Picamera2.last.state == "closed"


def test_a_camera_that_is_not_there_is_told(csi: CsiSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Picamera2, "cameras", 0)
    with pytest.raises(CaptureError, match=r"CSI camera 0 cannot be started .*list-cameras"):
        csi.open()
    csi.close()


def test_a_missing_picamera2_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CaptureError, match=r"apt install python3-picamera2"):
        CsiSource(CsiSettings(type="csi")).open()


@pytest.mark.parametrize(
    "error",
    [
        ValueError("numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88"),
        AttributeError("module 'numpy' has no attribute 'float_'"),
        OSError("libcamera.so.0.3: cannot open shared object file"),
    ],
)
def test_a_picamera2_that_was_built_against_another_numpy_costs_this_camera_and_not_the_agent(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picamera2.py").write_text(f"raise {error!r}\n")
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CaptureError, match=r"picamera2 cannot be loaded .*docs/debian-package\.md"):
        CsiSource(CsiSettings(type="csi")).open()


def test_reading_before_opening_is_an_error() -> None:
    with pytest.raises(CaptureError, match="not open"):
        CsiSource(CsiSettings(type="csi")).read()
