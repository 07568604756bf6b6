"""How often somebody moves a part of the body out and back: the frequencies that EN 1005-4 limits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from edge_agent.data.exposure import FRAME_SPEAKS_S
from edge_agent.data.posture import Band, Measure, Posture
from edge_agent.rules.trust import ANGLE_SURE

WINDOW_S = 300.0
"""Frequencies are those of the last five minutes: long enough for ten movements at two a minute."""
_SLOT_S = 10.0
# EN 1005-4:2005+A1 judges how often the trunk or an upper arm goes beyond 60 deg. The way back is our own: far enough
# for a joint that trembles on the limit to count once.
_OUT_DEG = 60.0
_BACK_DEG = 45.0


class MovingPart(Enum):
    """A part of the body whose movements are counted."""

    TRUNK = auto()
    LEFT_ARM = auto()
    RIGHT_ARM = auto()


@dataclass(slots=True)
class _Slot:
    """What happened in some seconds."""

    from_s: float
    count: int = 0
    seen_s: float = 0.0


class Excursions:
    """Counts movements of one part of the body beyond 60 deg, each after it was seen within 45 deg.

    What was not seen is not counted, so that the count is the least that there was.

    Attributes:
        count: Movements of the last `WINDOW_S`.
        seen_s: Seconds of it in which the angle could be told.
    """

    def __init__(self, part: MovingPart) -> None:
        self._part = part
        self.count = 0
        self.seen_s = 0.0
        self._slots: deque[_Slot] = deque()
        self._out = True  # until seen within: whoever is found bent did not bend before this camera
        self._before_s: float | None = None

    def add(self, posture: Posture) -> None:
        """Take in a frame."""
        t_s = posture.t_s
        self._forget(t_s)
        frame_s = 0.0 if self._before_s is None else min(t_s - self._before_s, FRAME_SPEAKS_S)
        self._before_s = t_s
        angle, band = _angle(self._part, posture)
        if posture.unseen_s > 0.0 or angle.confidence < ANGLE_SURE:
            return
        slot = self._slot(t_s)
        slot.seen_s += frame_s
        self.seen_s += frame_s
        low_deg, high_deg = band or (angle.value, angle.value)
        if self._out:
            self._out = high_deg >= _BACK_DEG
        elif low_deg >= _OUT_DEG:
            self._out = True
            slot.count += 1
            self.count += 1

    def _forget(self, t_s: float) -> None:
        """Drop what is too old, also while nothing can be told: what was long ago must not go on for ever."""
        while self._slots and t_s - self._slots[0].from_s > WINDOW_S:
            old = self._slots.popleft()
            self.count -= old.count
            self.seen_s = max(0.0, self.seen_s - old.seen_s)  # sums of fractions: never a little less than nothing

    def _slot(self, t_s: float) -> _Slot:
        """The one of now."""
        if not self._slots or t_s - self._slots[-1].from_s >= _SLOT_S:
            self._slots.append(_Slot(t_s))
        return self._slots[-1]


def _angle(part: MovingPart, posture: Posture) -> tuple[Measure, Band | None]:
    """In the picture, and in the room where the camera is calibrated."""
    if part is MovingPart.TRUNK:
        return posture.trunk_inclination_deg, posture.trunk_band_deg
    if part is MovingPart.LEFT_ARM:
        return posture.left_upper_arm_deg, posture.left_arm_band_deg
    return posture.right_upper_arm_deg, posture.right_arm_band_deg
