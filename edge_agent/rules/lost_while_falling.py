"""Rule `lost_while_falling`: somebody was going down fast, the detector lost that person, and nobody turned up since.

Detectors are trained on people who stand; many falls end them before anything shows that the person lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.going_down import Before, before_going_down, fast_descent
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.on_ground import STANDING_HIPS_H
from edge_agent.rules.placing import sits_here
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import EVIDENT, SURE

# A descent that was over for longer says nothing about why the person was lost.
_JUST_BEFORE_S = 1.0
# Whoever is lost within so much of H from the border may have left: at a walk (0.8 H/s) it is a quarter of a second.
_BORDER_H = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class LostWhileFallingSettings:
    """Thresholds of `lost_while_falling`. H is the person's own body height."""

    enabled: bool = True
    """Whether the rule runs."""
    hip_descent_h_s: Annotated[float, Gt(0), Le(5)] = 0.76
    """Hips going down this fast (H/s), as for `fall`: 1.3 m/s (Wu, J. Biomech. 2000; Bourke et al. 2008)."""
    descent_hold_s: Annotated[float, Ge(0), Le(2)] = 0.2
    """For at least so long."""
    missing_s: Annotated[float, Ge(2), Le(4)] = 3.0
    """Nobody found there again for so long: a detector that misses a crouching person finds the person again when the
    person comes up, which takes a second or two."""
    still_h_s: Annotated[float, Ge(0), Le(1)] = 0.05
    """Mean optical flow where the person was lost, since the loss (H/s), under which nothing moves there."""
    critical_s: Seconds = 15.0
    """Where the person is still missing, or found lying or still, so long after the loss, it becomes critical."""
    recovered_s: Seconds = 2.0
    """The person must be up again for so long before it is cleared."""
    cooldown_s: Seconds = 60.0
    """The same person is not reported again for so long."""


class LostWhileFalling:
    """Judges `lost_while_falling`, except where people may vanish or lie: exits, occluders, mats (`harmless`).

    Nor where somebody is lost on one of the `seats`: people drop into chairs, and behind the desk half of them is gone.
    """

    name = "lost_while_falling"
    severity = Severity.WARNING
    ends_as = "recovered"
    ergonomic = False

    def __init__(
        self, settings: LostWhileFallingSettings, harmless: tuple[Zone, ...], seats: tuple[Zone, ...] = ()
    ) -> None:
        self._settings = settings
        self._harmless = harmless
        self._seats = seats
        self.timing = Timing(
            onset_s=0.0,
            clear_s=settings.recovered_s,
            unseen_s=60.0,
            cooldown_s=settings.cooldown_s,
            escalate_s=settings.critical_s,
        )

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes from `missing_s` after the loss on, while nothing moves there; no once the person is seen busy or up."""
        now = history.now
        if now.unseen_s <= 0.0:
            return _found(history, self._settings.still_h_s) if raised else UNKNOWN
        lost_s = now.t_s - now.unseen_s
        moved = _mean_motion_h_s(history, lost_s) > self._settings.still_h_s
        if raised:
            return UNKNOWN if moved else Judgement(Verdict.YES, 0.5 * SURE, (Evidence("motion_h_s", now.motion_h_s),))
        if now.unseen_s < self._settings.missing_s or moved or history.risen_line_px is not None:
            return UNKNOWN  # here after all, or known to be down already
        sign = fast_descent(
            history, lost_s - _JUST_BEFORE_S, self._settings.hip_descent_h_s, self._settings.descent_hold_s
        )
        before = before_going_down(history, sign.at_s) if sign else None
        if sign is None or before is None or self._may_have_left(now, before, size):
            return UNKNOWN
        return Judgement(Verdict.YES, sign.confidence, (sign.evidence, Evidence("motion_h_s", now.motion_h_s)))

    def _may_have_left(self, now: Posture, before: Before, size: FrameSize) -> bool:
        """Whether the person was lost at the border of the frame or where people leave, hide, lie or sit down."""
        x1, y1, x2, y2 = now.box_px
        margin_px = _BORDER_H * now.body_height_px.value
        at_border = min(x1, y1, size.width_px - x2, size.height_px - y2) < margin_px
        if at_border or sits_here(now, self._seats, size):
            return True
        # Of somebody behind a machine the box ends where the machine begins: the feet are under it.
        feet_y_px = max(y2, before.hip_y_px + STANDING_HIPS_H * before.height_px)
        for zone in self._harmless:
            left, top, right, bottom = zone.bounds_px(size.width_px, size.height_px)
            if x1 <= right and x2 >= left and y1 <= bottom and feet_y_px >= top:
                return True
        return False


def _found(history: History, still_h_s: float) -> Judgement:
    """Somebody who was missed is seen again: lying or still is as bad, anything else is an end of it."""
    now = history.now
    confidence = max(now.lying.confidence, now.upright.confidence)
    if confidence < SURE:
        return UNKNOWN
    up = now.upright.value >= EVIDENT
    if up or (now.lying.value < EVIDENT and history.mean_motion_h_s > still_h_s):
        return Judgement(Verdict.NO, confidence)
    return Judgement(Verdict.YES, confidence, (Evidence("trunk_inclination_deg", now.trunk_inclination_deg.value),))


def _mean_motion_h_s(history: History, from_s: float) -> float:
    """Mean optical flow on the person since then; 0 where there is no frame of it."""
    motions_h_s = [posture.motion_h_s for posture in history.since(from_s)]
    return sum(motions_h_s) / len(motions_h_s) if motions_h_s else 0.0
