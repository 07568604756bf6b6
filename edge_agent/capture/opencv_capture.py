"""cv2.VideoCapture, kept silent and with its errors wrapped."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.errors import CaptureError

_AV_LOG_QUIET = "-8"  # FFmpeg, libavutil/log.h
_LOG_LEVEL_SILENT = 0  # OpenCV, core/utils/logger.defines.hpp


def open_capture(address: str, backend: int, parameters: Sequence[int] = ()) -> cv2.VideoCapture | None:
    """Open a device, a stream or a file.

    Args:
        address: Path or URL.
        backend: A ``cv2.CAP_*`` backend.
        parameters: Pairs of ``cv2.CAP_PROP_*`` and value that hold while it opens.

    Returns:
        The open capture, or None where OpenCV cannot open it; it never says why.

    Raises:
        CaptureError: OpenCV failed in another way; the text never holds the address, which may hold a password.
    """
    _silence_opencv()
    try:
        capture = cv2.VideoCapture(address, backend, list(parameters))
        if capture.isOpened():
            return capture
        capture.release()
    except cv2.error as error:
        # No cause: OpenCV may quote the address.
        raise CaptureError(f"OpenCV failed while it opened the source (code {error.code})") from None
    return None


def read_image(capture: cv2.VideoCapture) -> npt.NDArray[np.generic] | None:
    """The next picture, or None where there is none.

    Raises:
        CaptureError: OpenCV failed while it decoded.
    """
    try:
        arrived, image = capture.read()
    except cv2.error as error:
        raise CaptureError(f"OpenCV failed while it decoded a frame (code {error.code})") from error
    return np.asarray(image) if arrived else None


def _silence_opencv() -> None:
    """Keep OpenCV and FFmpeg off stderr, for the whole process and whatever the environment says.

    They would print addresses with their passwords, and a line per damaged packet; the agent says itself what failed.
    OpenCV reads the variable each time it opens something.
    """
    if os.environ.get("OPENCV_FFMPEG_LOGLEVEL") != _AV_LOG_QUIET:
        os.environ["OPENCV_FFMPEG_LOGLEVEL"] = _AV_LOG_QUIET
    # OpenCV 5 moved it to cv2.utils.logging.
    home = getattr(cv2.utils, "logging", cv2)
    set_level: Callable[[int], object] = home.setLogLevel
    set_level(_LOG_LEVEL_SILENT)
