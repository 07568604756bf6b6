"""How tall one person is, learnt while the feet are on the floor: who then looks taller stands higher.

For decisions on the device only; it never leaves it (design, section 8).
"""

from __future__ import annotations

import math

from edge_agent.data.exposure import FRAME_SPEAKS_S
from edge_agent.data.posture import Posture
from edge_agent.rules.trust import ANGLE_SURE

# Nearly every grown person in shoes and helmet is within these. Our own: whoever is first seen high up seems to be a
# giant, and is not believed.
_SHORTEST_M, _TALLEST_M = 1.4, 2.1
# Joints and the sway of a walk scatter it by 3.2 % (decision 012): what is farther away is not the same standing.
_SAME = 0.08
# Who walks is on the floor, and does not sit on a chair.
_WALKS_M_S = 0.4
_LEARNT_S = 3.0
# Whoever walks about taller for so long was taken for somebody shorter: a person who came after, or a camera that was
# measured anew. Our own: nobody walks for so long up on something before coming down again.
_TALLER_S = 30.0
_FORGET_S = 30.0
_SMOOTH_S = 0.5


class OwnStature:
    """The running reference of one person. Costs nothing under a camera that does not know its height.

    Attributes:
        lately_m: As it looks now, smoothed; 0 while it is not known.
    """

    __slots__ = ("_doubt_s", "_learnt_s", "_reference_m", "_t_s", "lately_m")

    def __init__(self) -> None:
        self.lately_m = 0.0
        self._t_s = -math.inf
        self._reference_m = 0.0
        self._learnt_s = 0.0
        self._doubt_s = 0.0

    @property
    def reference_m(self) -> float | None:
        """The person's own; None until it is established."""
        known = self._learnt_s >= _LEARNT_S and _SHORTEST_M <= self._reference_m <= _TALLEST_M
        return self._reference_m if known else None

    def add(self, posture: Posture) -> None:
        """Take in one frame."""
        seen = posture.stature_m
        if seen is None or seen.confidence < ANGLE_SURE:
            if posture.t_s - self._t_s > FRAME_SPEAKS_S:
                self.lately_m = 0.0
            return
        dt_s, self._t_s = min(posture.t_s - self._t_s, FRAME_SPEAKS_S), posture.t_s
        if dt_s <= 0.0:
            return
        if self.lately_m == 0.0:
            self.lately_m = seen.value
        self.lately_m += (1.0 - math.exp(-dt_s / _SMOOTH_S)) * (seen.value - self.lately_m)
        speed = posture.floor_speed_m_s
        if speed is not None and speed.confidence >= ANGLE_SURE and speed.value >= _WALKS_M_S:
            self._learn(dt_s)

    def _learn(self, dt_s: float) -> None:
        part = self.lately_m / self._reference_m - 1.0 if self._reference_m > 0.0 else math.inf
        if abs(part) <= _SAME:
            self._doubt_s = 0.0
            self._learnt_s += dt_s
            weight = dt_s / min(self._learnt_s, _FORGET_S)
            self._reference_m += weight * (self.lately_m - self._reference_m)
        elif self.reference_m is None:
            self._begin_anew()
        else:
            # Nobody stands below the floor: who looks shorter was learnt at a higher place, or is somebody else. Who
            # looks taller may as well be up on something, and is doubted for longer. Doubts in turns cancel out.
            if part * self._doubt_s < 0.0:
                self._doubt_s = 0.0
            self._doubt_s += math.copysign(dt_s, part)
            if not -_LEARNT_S < self._doubt_s < _TALLER_S:
                self._begin_anew()

    def _begin_anew(self) -> None:
        self._reference_m, self._learnt_s, self._doubt_s = self.lately_m, 0.0, 0.0
