"""A Raspberry Pi camera on the CSI connector, through picamera2."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
from typing import Any

import numpy as np

from edge_agent.capture.source import Reading
from edge_agent.capture.source_settings import CsiSettings
from edge_agent.errors import CaptureError

logger = logging.getLogger(__name__)

_READ_TIMEOUT_S = 5.0
# picamera2 names formats as DRM does, by a little-endian word: "RGB888" lies in memory as B, G, R (Picamera2 Manual,
# appendix A).
_BGR_IN_MEMORY = "RGB888"
# What picamera2 and libcamera raise for a camera that is absent, busy, unplugged or refuses a configuration.
_VENDOR_ERRORS = (RuntimeError, IndexError, OSError, ValueError)
# What loading it raises where its extension modules were built against another numpy than ours, or libcamera is of
# another release (raspberrypi/picamera2, issues 1088, 1170 and 1211).
_LOADING_ERRORS = (*_VENDOR_ERRORS, AttributeError)


class CsiSource:
    """Reads one camera of libcamera's list. picamera2 is imported when the camera is opened."""

    def __init__(self, settings: CsiSettings) -> None:
        self._settings = settings
        self._camera: Any = None  # picamera2.Picamera2, which has no type stubs

    def open(self) -> None:
        """Configure and start the camera.

        Raises:
            CaptureError: picamera2 is missing or cannot be loaded, or there is no such camera, or it is in use.
        """
        picamera2 = _picamera2()
        index = self._settings.index
        frame_us = round(1_000_000 / self._settings.fps)
        try:
            self._camera = picamera2(index)
            configuration = self._camera.create_video_configuration(
                main={"size": (self._settings.width_px, self._settings.height_px), "format": _BGR_IN_MEMORY},
                controls={"FrameDurationLimits": (frame_us, frame_us)},
            )
            self._camera.configure(configuration)
            self._camera.start()
        except _VENDOR_ERRORS as error:
            raise CaptureError(
                f"CSI camera {index} cannot be started ({_one_line(error)}); see `rpicam-hello --list-cameras` and "
                "whether another program uses it"
            ) from error

    def read(self) -> Reading:
        """The next frame and its exposure time.

        libcamera's ``SensorTimestamp`` is in nanoseconds and, on the Raspberry Pi, of the kernel's monotonic clock.

        Raises:
            CaptureError: No frame came within five seconds.
        """
        if self._camera is None:
            raise CaptureError(f"CSI camera {self._settings.index} is not open")
        try:
            request = self._camera.capture_request(wait=_READ_TIMEOUT_S)
            try:
                image = np.asarray(request.make_array("main"))
                stamp_ns = request.get_metadata().get("SensorTimestamp")
            finally:
                request.release()
        except (TimeoutError, concurrent.futures.TimeoutError) as error:  # two types up to Python 3.10
            # The job that timed out would block `stop` for ever (Picamera2.cancel_all_and_flush).
            self._camera.cancel_all_and_flush()
            raise CaptureError(
                f"CSI camera {self._settings.index} gave no frame for {_READ_TIMEOUT_S:g} s; check its ribbon cable"
            ) from error
        except _VENDOR_ERRORS as error:
            raise CaptureError(f"CSI camera {self._settings.index} failed ({_one_line(error)})") from error
        return Reading(image, sensor_s=None if stamp_ns is None else stamp_ns / 1e9)

    def close(self) -> None:
        """Stop the camera and give it back."""
        camera, self._camera = self._camera, None
        if camera is None:
            return
        for step in (camera.stop, camera.close):
            with contextlib.suppress(*_VENDOR_ERRORS):  # a camera that is gone cannot be stopped
                step()


def _picamera2() -> Any:
    """The class of its cameras, which has no type stubs."""
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise CaptureError(
            f"a csi camera needs picamera2 ({_one_line(error)}); run `apt install python3-picamera2` and give the "
            "agent's Python environment the system's packages"
        ) from error
    except _LOADING_ERRORS as error:
        raise CaptureError(
            f"picamera2 cannot be loaded ({_one_line(error)}): the system's packages do not go together with the "
            "agent's numpy; see docs/debian-package.md, CSI cameras"
        ) from error
    return Picamera2


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
