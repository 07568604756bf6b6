"""When and how a person was last surely up: what the few seconds of a history are too short to remember."""

from __future__ import annotations

from edge_agent.data.posture import Posture
from edge_agent.rules.trust import SURE

_PERSON_SCORE = 0.4
_TRUNK_UP_DEG = 60.0
# On a chair the hips are at 0.25 H above the ankles or more; whose hips are lower is on the ground already.
_HIPS_OFF_GROUND_H = 0.25
# One wild guess of the detector puts nobody on the feet; two that are half a second apart do.
_STEADY_S = 0.5
# Who has come down by more is on the way down, or bends; a step or a look at the floor lowers the shoulders by less.
_AS_HIGH_H = 0.1
# Half a stride towards a camera 4 m away; the noise of H is less.
_NEARER = 1.05
# After so long the person as it was then says nothing about the person now: whoever walked elsewhere, or sat down,
# begins anew. Our own: a slow collapse of 5 s, 5 s of lying still after it, and a little.
REMEMBERED_S = 12.0


class LastUp:
    """Remembers one posture of a person: the latest that was up, and as high as the highest before it."""

    def __init__(self) -> None:
        self._up_since_s: float | None = None
        self._posture: Posture | None = None
        self._highest_y_px = 0.0

    def add(self, posture: Posture) -> None:
        """Take in this frame's posture; of somebody unseen it says nothing."""
        if posture.unseen_s > 0.0:
            return
        if not was_up(posture):
            self._up_since_s = None
            return
        if self._up_since_s is None:
            self._up_since_s = posture.t_s
        if posture.t_s - self._up_since_s < _STEADY_S:
            return
        y_px = posture.shoulders.y_px
        before = self._posture
        if before is None or posture.t_s - before.t_s > REMEMBERED_S or _came_nearer(posture, before):
            self._posture, self._highest_y_px = posture, y_px
        elif y_px <= self._highest_y_px + _AS_HIGH_H * posture.body_height_px.value:
            self._posture, self._highest_y_px = posture, min(y_px, self._highest_y_px)

    def within(self, from_s: float) -> Posture | None:
        """The posture, where it is of this monotonic second or later."""
        return self._posture if self._posture is not None and self._posture.t_s >= from_s else None


def _came_nearer(posture: Posture, before: Posture) -> bool:
    """Whether the person looks taller than then: shoulders that are lower in the picture are no lower in the room."""
    return posture.body_height_px.value > _NEARER * before.body_height_px.value


def was_up(posture: Posture) -> bool:
    """Surely a person, seen, and off the ground: the detector's wilder guesses have low scores."""
    least = min(posture.shoulders.confidence, posture.hips.confidence, posture.body_height_px.confidence)
    sure = posture.unseen_s <= 0.0 and posture.score >= _PERSON_SCORE and least >= SURE
    hips = posture.hip_height_h
    on_ground = hips.confidence >= SURE and hips.value < _HIPS_OFF_GROUND_H
    return sure and not on_ground and posture.trunk_inclination_deg.value < _TRUNK_UP_DEG
