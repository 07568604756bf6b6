"""A recording that stands in for a camera."""

from __future__ import annotations

import logging

from edge_agent.capture.clip import ClipReader
from edge_agent.capture.source import Reading
from edge_agent.capture.source_settings import ClipSettings
from edge_agent.errors import EndOfClip

logger = logging.getLogger(__name__)


class ClipAsCamera:
    """A source that gives the frames of a clip, again and again where `loop` is set.

    Media time goes on over the seam of a loop. `Camera` waits until each frame is due.
    """

    def __init__(self, settings: ClipSettings) -> None:
        self._settings = settings
        self._reader = ClipReader(settings.path)
        self._offset_s = 0.0
        self._warned = False

    def open(self) -> None:
        """Open the file.

        Raises:
            CaptureError: It cannot be read.
        """
        self._reader.open()

    def read(self) -> Reading:
        """The next frame, with media time since the first frame of the first round.

        Raises:
            EndOfClip: The clip is over and does not loop.
            CaptureError: The clip cannot be read any more.
        """
        try:
            reading = self._reader.read()
        except EndOfClip:
            self._warn_if_truncated()
            if not self._settings.loop:
                raise
            self._rewind()
            reading = self._reader.read()
        return Reading(reading.image, media_s=self._offset_s + self._reader.media_s)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def _rewind(self) -> None:
        self._offset_s += self._reader.media_s + 1.0 / self._reader.fps
        self._reader.close()
        self._reader = ClipReader(self._settings.path)
        self._reader.open()

    def _warn_if_truncated(self) -> None:
        if self._reader.truncated and not self._warned:
            self._warned = True
            logger.warning(
                "%s ends after %d of %d frames: it was cut off; the agent plays what there is",
                self._settings.path,
                self._reader.frames_read,
                self._reader.frame_count,
            )
