"""A USB or built-in camera through Video4Linux 2."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import cv2

from edge_agent.capture.opencv_capture import open_capture, read_image
from edge_agent.capture.source import Reading
from edge_agent.capture.source_settings import V4l2Settings
from edge_agent.errors import CaptureError

logger = logging.getLogger(__name__)


class V4l2Source:
    """Reads MJPG, which a USB 2 camera can send at full rate where raw YUYV does not fit the bus."""

    def __init__(self, settings: V4l2Settings) -> None:
        self._settings = settings
        self._capture: cv2.VideoCapture | None = None

    def open(self) -> None:
        """Open the device and ask for the format.

        Raises:
            CaptureError: There is no such device, it may not be used, or it is no camera.
        """
        device = self._settings.device
        _check_device(device)
        self._capture = open_capture(device, cv2.CAP_V4L2)
        if self._capture is None:
            raise CaptureError(
                f"{device} cannot be opened as a camera; see whether another program uses it (fuser {device}) or "
                "whether it is the camera's metadata node (v4l2-ctl --list-devices)"
            )
        self._ask_for_format(self._capture)

    def read(self) -> Reading:
        """The next frame, with the driver's stamp.

        OpenCV reports ``v4l2_buffer.timestamp`` as CAP_PROP_POS_MSEC; it is CLOCK_MONOTONIC for the drivers of
        cameras (V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC). `Camera` refuses a stamp that is not near the time of the read.

        Raises:
            CaptureError: No frame came within OpenCV's ten seconds, or the device is gone.
        """
        if self._capture is None:
            raise CaptureError(f"{self._settings.device} is not open")
        image = read_image(self._capture)
        if image is None:
            device = self._settings.device
            gone = not Path(device).exists()
            raise CaptureError(f"{device} was unplugged" if gone else f"{device} gives no frame; check its cable")
        stamp_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        return Reading(image, sensor_s=stamp_ms / 1000.0 if stamp_ms > 0 else None)

    def close(self) -> None:
        """Release the device."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _ask_for_format(self, capture: cv2.VideoCapture) -> None:
        asked = self._settings
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, asked.width_px)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, asked.height_px)
        capture.set(cv2.CAP_PROP_FPS, asked.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # an old frame is of no use here
        given = (round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        if given != (asked.width_px, asked.height_px):
            logger.warning(
                "%s gives %dx%d instead of %dx%d; the agent works with that",
                asked.device, *given, asked.width_px, asked.height_px,
            )  # fmt: skip


def _check_device(device: str) -> None:
    if not Path(device).exists():
        raise CaptureError(f"{device} does not exist; plug the camera in, or see `v4l2-ctl --list-devices`")
    if not os.access(device, os.R_OK | os.W_OK):
        raise CaptureError(f"{device} may not be read by this user; add it to the group video")
