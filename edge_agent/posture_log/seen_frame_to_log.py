"""Writes what the rules saw, in a thread of its own: the disk never holds up the watching."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

from edge_agent import __version__
from edge_agent.clock import Clock, wall_at
from edge_agent.posture_log.header import Header, header_to_line
from edge_agent.posture_log.posture_log_settings import PostureLogSettings
from edge_agent.posture_log.seen_frame import Origin, SeenFrame
from edge_agent.posture_log.seen_frame_to_line import FIELDS, seen_frame_to_line
from edge_agent.posture_log.segment import Segment
from edge_agent.posture_log.shelf import Shelf

logger = logging.getLogger(__name__)

# So much a power cut may take.
_SYNC_EVERY_S = 5.0
# Short enough that deleting the oldest loses little, long enough that a week is not ten thousand files.
_PART_S = 600.0
# A disk that was full or gone is tried again after so long.
_PAUSE_S = 60.0
# Frames that wait for a slow disk: a minute of one camera, some 10 MB.
_WAITING = 1000
_TURN_S = 0.5


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a part has in common; another one begins a new part."""

    origin: Origin
    width_px: int
    height_px: int


@dataclass(slots=True, eq=False)
class _Open:
    """A part that is being written."""

    kind: _Kind
    started_s: float
    segment: Segment


class SeenFrameToLog:
    """The posture log of every camera. `put` is the vision thread's, `run` the body of its own.

    Args:
        root: Directory of the logs; the one above it exists.
        settings: How much may be kept.
        clock: For wall times, and for when to sync.
    """

    def __init__(self, root: Path, settings: PostureLogSettings, clock: Clock) -> None:
        self._root = root
        self._clock = clock
        self._shelf = Shelf(root, int(settings.max_mb * 1_000_000))
        self._waiting: queue.Queue[tuple[Origin, SeenFrame]] = queue.Queue(_WAITING)
        self._session = secrets.token_hex(8)
        self._open: dict[str, _Open] = {}
        self._parts: dict[str, int] = {}
        self._lost = 0
        self._refused = False
        self._paused_until_s: float | None = None
        self._sync_at_s = float("-inf")

    def put(self, origin: Origin, frame: SeenFrame) -> None:
        """Leave a frame to be written; never blocks. Where the disk is too slow, it is lost and counted."""
        try:
            self._waiting.put_nowait((origin, frame))
        except queue.Full:
            self._lost += 1

    def run(self, stop: threading.Event) -> None:
        """Write until `stop` is set and nothing waits any more."""
        while True:
            try:
                origin, frame = self._waiting.get(timeout=_TURN_S)
            except queue.Empty:
                self._tell_lost()
                if stop.is_set():
                    break
            else:
                self.write(origin, frame)
            self.sync_if_due()
        self.close()

    def write(self, origin: Origin, frame: SeenFrame) -> None:
        """Write one frame, unless the disk refused one lately. What cannot be written is told, never raised."""
        now_s = self._clock.monotonic_s()
        if self._paused_until_s is not None and now_s < self._paused_until_s:
            return
        try:
            line = seen_frame_to_line(frame)
        except (ValueError, TypeError) as error:
            self._tell_refused(error)
            return
        try:
            self._part_for(origin, frame).segment.add(line)
        except OSError as error:
            self._pause(error)
            return
        if self._paused_until_s is not None:
            self._paused_until_s = None
            logger.info("posture log: goes on in %s", self._root)

    def sync_if_due(self) -> None:
        """Bring what was written to the disk, every few seconds, delete what is too much, and tell what was lost."""
        now_s = self._clock.monotonic_s()
        if now_s < self._sync_at_s:
            return
        self._sync_at_s = now_s + _SYNC_EVERY_S
        self._tell_lost()
        if not self._open:
            return
        try:
            for part in self._open.values():
                part.segment.sync()
            self._make_room()
        except OSError as error:
            self._pause(error)

    def close(self) -> None:
        """End every part properly."""
        try:
            for part in self._open.values():
                part.segment.close()
        except OSError as error:
            self._pause(error)
        self._open.clear()

    def _part_for(self, origin: Origin, frame: SeenFrame) -> _Open:
        postures = frame.postures
        kind = _Kind(origin, postures.width_px, postures.height_px)
        part = self._open.get(postures.camera)
        if part is not None:
            full = part.segment.size_bytes >= self._shelf.part_bytes
            if part.kind == kind and not full and postures.t_s - part.started_s < _PART_S:
                return part
            del self._open[postures.camera]
            part.segment.close()
            self._shelf.note(part.segment.path, part.segment.size_bytes)
        wall_s = wall_at(self._clock, postures.t_s)
        path = self._shelf.new_path(postures.camera, wall_s)
        self._make_room()
        segment = Segment(path, header_to_line(self._header(kind, frame, wall_s)))
        self._parts[postures.camera] = self._parts.get(postures.camera, -1) + 1
        part = self._open[postures.camera] = _Open(kind, postures.t_s, segment)
        return part

    def _header(self, kind: _Kind, frame: SeenFrame, wall_s: float) -> Header:
        camera = frame.postures.camera
        return Header(
            agent=__version__,
            session=self._session,
            part=self._parts.get(camera, -1) + 1,
            camera=camera,
            model=kind.origin.model,
            config_hash=kind.origin.config_hash,
            calibration=kind.origin.calibration,
            width_px=kind.width_px,
            height_px=kind.height_px,
            started_s=frame.postures.t_s,
            started_wall_s=wall_s,
            clock_synced=self._clock.synchronised(),
            fields=FIELDS,
        )

    def _make_room(self) -> None:
        self._shelf.make_room({part.segment.path: part.segment.size_bytes for part in self._open.values()})

    def _pause(self, error: Exception) -> None:
        """Leave the parts as they are and try again later, with new ones."""
        for part in self._open.values():
            part.segment.abandon()
            self._shelf.note(part.segment.path, part.segment.size_bytes)
        self._open.clear()
        if self._paused_until_s is None:
            logger.error(
                "posture log: %s; nothing is written to %s for now, and tried again every minute: make room or check "
                "who may write there, or lower posture_log.max_mb; watching goes on",
                error,
                self._root,
            )
        self._paused_until_s = self._clock.monotonic_s() + _PAUSE_S

    def _tell_refused(self, error: Exception) -> None:
        """Once: what one frame has the next ones often have, too."""
        if not self._refused:
            logger.error("posture log: frames are left out that have no form in it (%s); please report this", error)
        self._refused = True

    def _tell_lost(self) -> None:
        lost, self._lost = self._lost, 0
        if lost:
            logger.warning("posture log: %d frames were not written, the disk is too slow; watching goes on", lost)
