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
from edge_agent.rules.going_down import before_going_down, fast_descent
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.on_ground import stays_down
from edge_agent.rules.placing import is_inside
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing

# A descent that was over for longer says nothing about why the person was lost.
_JUST_BEFORE_S = 1.0
# Whoever is lost within so much of H from the border may have left: at a walk (0.8 H/s) it is a quarter of a second.
_BORDER_H = 0.2
# Half of how far a fall lowers the shoulders, as for `man_down`.
_RISEN_H = 0.17


@dataclass(frozen=True, slots=True, kw_only=True)
class LostWhileFallingSettings:
    """Thresholds of `lost_while_falling`. H is the person's own body height."""

    enabled: bool = True
    """Whether the rule runs."""
    hip_descent_h_s: Annotated[float, Gt(0), Le(5)] = 0.76
    """Hips going down this fast (H/s), as for `fall`: 1.3 m/s (Wu, J. Biomech. 2000; Bourke et al. 2008)."""
    descent_hold_s: Annotated[float, Ge(0), Le(2)] = 0.2
    """For at least so long."""
    missing_s: Annotated[float, Ge(0.5), Le(4)] = 3.0
    """Nobody found there again for so long: a detector that misses a crouching person finds the person again when the
    person comes up, which takes a second or two."""
    still_h_s: Annotated[float, Ge(0), Le(1)] = 0.05
    """Mean optical flow where the person was lost (H/s) under which nothing moves there."""
    critical_s: Seconds = 15.0
    """After so long without a move it becomes critical."""
    recovered_s: Seconds = 2.0
    """The person must be up again for so long before it is cleared."""
    cooldown_s: Seconds = 60.0
    """The same person is not reported again for so long."""


class LostWhileFalling:
    """Judges `lost_while_falling`; whoever is lost in one of the `ways_out` (exits, occluders) may have left."""

    name = "lost_while_falling"
    severity = Severity.WARNING
    ends_as = "recovered"
    ergonomic = False

    def __init__(self, settings: LostWhileFallingSettings, ways_out: tuple[Zone, ...]) -> None:
        self._settings = settings
        self._ways_out = ways_out
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
        """Yes from `missing_s` after the loss on, while nothing moves there; unknown while something does."""
        now = history.now
        if raised and history.risen_line_px is not None:
            return stays_down(now, history.risen_line_px)
        if now.unseen_s < self._settings.missing_s or history.risen_line_px is not None:
            return UNKNOWN  # here after all, or known to be down already
        if now.motion_h_s > self._settings.still_h_s or self._may_have_left(now, size):
            return UNKNOWN
        lost_s = now.t_s - now.unseen_s
        sign = fast_descent(
            history, lost_s - _JUST_BEFORE_S, self._settings.hip_descent_h_s, self._settings.descent_hold_s
        )
        before = before_going_down(history, sign.at_s) if sign else None
        if sign is None or before is None:
            return UNKNOWN
        return Judgement(
            Verdict.YES,
            sign.confidence,
            (sign.evidence, Evidence("motion_h_s", now.motion_h_s)),
            risen_line_px=before.shoulder_y_px + _RISEN_H * before.height_px,
        )

    def _may_have_left(self, now: Posture, size: FrameSize) -> bool:
        """Whether the person was lost at the border of the frame or where people leave or hide."""
        x1, y1, x2, y2 = now.box_px
        margin_px = _BORDER_H * now.body_height_px.value
        at_border = min(x1, y1, size.width_px - x2, size.height_px - y2) < margin_px
        return at_border or any(
            is_inside(point, zone, size) for zone in self._ways_out for point in (now.foot, now.torso)
        )
