"""Whether a camera gives frames: lost after five silent seconds, back with the next frame."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from enum import Enum

logger = logging.getLogger(__name__)

# A person can fall and be under a machine within seconds; a USB camera that re-enumerates needs about two.
LOST_AFTER_S = 5.0


class CameraState(str, Enum):
    """What is known about a camera."""

    STARTING = "starting"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"
    """A clip was played to its end, which is no fault."""


class CameraChangeKind(str, Enum):
    """What subscribers are told about a camera."""

    LOST = "camera_lost"
    BACK = "camera_back"


@dataclass(frozen=True, slots=True)
class CameraChange:
    """A camera was lost or came back.

    Attributes:
        camera: Name of the camera.
        kind: Lost or back.
        at_s: Monotonic seconds at which it counted as lost, or of the first frame after the outage.
        reason: Why, for a person; the same text in the pair of changes of one outage.
        outage_s: Seconds without a frame up to `at_s`.
    """

    camera: str
    kind: CameraChangeKind
    at_s: float
    reason: str
    outage_s: float


class CameraHealth:
    """Thread-safe: the capture thread reports, the main thread calls `check`.

    A read can block in a driver, so silence is judged where `check` is called, not where frames are read. Every outage
    gives exactly one lost and, when it ends, one back, however seldom `check` is called.
    """

    def __init__(self, camera: str, lost_after_s: float = LOST_AFTER_S) -> None:
        self._camera = camera
        self._lost_after_s = lost_after_s
        self._lock = threading.Lock()
        self._state = CameraState.STARTING
        self._silent_since_s: float | None = None
        self._fault = ""
        self._reason = ""
        self._changes: list[CameraChange] = []

    @property
    def state(self) -> CameraState:
        """Lost or not, as of the last report or check."""
        with self._lock:
            return self._state

    @property
    def last_frame_s(self) -> float | None:
        """Monotonic seconds of the last frame, or of the start where none came yet; None before the start."""
        with self._lock:
            return self._silent_since_s

    def started(self, now_s: float) -> None:
        """The capture thread runs; silence counts from here."""
        with self._lock:
            if self._silent_since_s is None:
                self._silent_since_s = now_s

    def frame_arrived(self, now_s: float) -> None:
        """A usable frame was read."""
        with self._lock:
            self._judge(now_s)
            if self._state is CameraState.LOST and self._silent_since_s is not None:
                outage_s = now_s - self._silent_since_s
                logger.info("camera %s gives frames again after %.1f s", self._camera, outage_s)
                self._changes.append(CameraChange(self._camera, CameraChangeKind.BACK, now_s, self._reason, outage_s))
            if self._state is CameraState.STARTING:
                logger.info("camera %s gives frames", self._camera)
            self._state = CameraState.LIVE
            self._silent_since_s = now_s
            self._fault = ""

    def fault(self, reason: str) -> None:
        """The source failed; the reason is told if the camera does not come back in time."""
        with self._lock:
            self._fault = reason

    def ended(self) -> None:
        """The clip is over; no more frames are expected."""
        with self._lock:
            self._state = CameraState.ENDED

    def check(self, now_s: float) -> tuple[CameraChange, ...]:
        """What changed since the last call, oldest first."""
        with self._lock:
            self._judge(now_s)
            changes = tuple(self._changes)
            self._changes.clear()
            return changes

    def _judge(self, now_s: float) -> None:
        if self._silent_since_s is None or self._state in (CameraState.LOST, CameraState.ENDED):
            return
        at_s = self._silent_since_s + self._lost_after_s
        if now_s < at_s:
            return
        self._reason = self._fault or f"no frame for {self._lost_after_s:g} s; check the camera, its cable and power"
        self._state = CameraState.LOST
        self._changes.append(CameraChange(self._camera, CameraChangeKind.LOST, at_s, self._reason, self._lost_after_s))
        logger.error("camera %s is lost: %s; the agent keeps trying to reopen it", self._camera, self._reason)
