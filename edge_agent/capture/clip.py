"""Reads a recording frame by frame, with its media time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import final

import cv2

from edge_agent.capture.opencv_capture import open_capture, read_image
from edge_agent.capture.source import Reading
from edge_agent.errors import CaptureError, EndOfClip

_FPS_WHERE_UNKNOWN = 25.0
_HIGHEST_FPS = 1000.0
# Containers that do not count their frames give an estimate; less than this is no proof of a cut.
_TOLERATED_FRAMES = 2.0
_TOLERATED_SHARE = 0.02


@final
class ClipReader:
    """One recording, as fast as it decodes. Iterate over it, or call `read` until EndOfClip.

    Attributes:
        path: The file.
        fps: Frames per second that the container tells; 25 where it tells nothing sensible.
        frame_count: Frames that the container tells or lets estimate; 0 where it does not.
        frames_read: Frames given so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fps = _FPS_WHERE_UNKNOWN
        self.frame_count = 0
        self.frames_read = 0
        self._capture: cv2.VideoCapture | None = None
        self._first_ms = 0.0
        self._media_s = 0.0
        self._over = False

    def open(self) -> None:
        """Open the file.

        Raises:
            CaptureError: It is missing, a directory, empty, unreadable, or no recording.
        """
        _check_file(self.path)
        # An absolute path cannot be taken for one of FFmpeg's protocols, as "concat:..." would be.
        self._capture = open_capture(str(self.path.resolve()), cv2.CAP_FFMPEG)
        if self._capture is None:
            raise CaptureError(f"{self.path} is no recording that can be read, or was cut off; check it with ffprobe")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.fps = fps if 0.0 < fps <= _HIGHEST_FPS else _FPS_WHERE_UNKNOWN
        self.frame_count = round(count) if math.isfinite(count) and count > 0 else 0

    def read(self) -> Reading:
        """The next frame with its media time, in seconds since the first frame.

        Raises:
            EndOfClip: There is no frame left.
            CaptureError: The clip is not open, or holds no frame that can be decoded.
        """
        if self._capture is None:
            raise CaptureError(f"{self.path} is not open")
        image = read_image(self._capture)
        if image is None and self.frames_read == 0:
            raise CaptureError(f"{self.path} holds no frame that can be decoded; check it with ffprobe")
        if image is None:
            self._over = True
            raise EndOfClip(f"{self.path} has no frame left")
        self._media_s = self._next_media_s(self._capture.get(cv2.CAP_PROP_POS_MSEC))
        self.frames_read += 1
        return Reading(image, media_s=self._media_s)

    @property
    def media_s(self) -> float:
        """Media time of the last frame that was read."""
        return self._media_s

    @property
    def truncated(self) -> bool:
        """Whether the clip was read to its end and that came clearly before the one that its container tells.

        Frames and time must both be missing: where the count is an estimate from duration and rate, a variable frame
        rate makes it wrong but leaves the duration right.
        """
        if not self._over or self.frame_count == 0:
            return False
        tolerated = max(_TOLERATED_FRAMES, _TOLERATED_SHARE * self.frame_count)
        missing_frames = self.frame_count - self.frames_read
        missing_s = (self.frame_count - 1) / self.fps - self._media_s
        return missing_frames > tolerated and missing_s > tolerated / self.fps

    def close(self) -> None:
        """Close the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def __iter__(self) -> Iterator[Reading]:
        while True:
            try:
                reading = self.read()
            except EndOfClip:
                return
            yield reading

    def __enter__(self) -> ClipReader:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next_media_s(self, position_ms: float) -> float:
        """Strictly increasing: the container's time, or by count and rate where that stands still or is absent."""
        if self.frames_read == 0:
            self._first_ms = position_ms if math.isfinite(position_ms) else 0.0
            return 0.0
        media_s = (position_ms - self._first_ms) / 1000.0
        if math.isfinite(media_s) and media_s > self._media_s:
            return media_s
        counted_s = self.frames_read / self.fps
        return counted_s if counted_s > self._media_s else self._media_s + 0.5 / self.fps


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise CaptureError(f"{path} is a directory; name the recording in it")
        with path.open("rb") as file:
            if not file.read(1):
                raise CaptureError(f"{path} is empty; copy the recording again")
    except FileNotFoundError as error:
        raise CaptureError(f"{path} does not exist; check the path") from error
    except OSError as error:
        raise CaptureError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
