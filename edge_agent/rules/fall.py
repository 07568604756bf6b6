"""Rule `fall`: somebody went down fast and stays down.

Three steps, after the threshold chain of Noury et al., *A proposal for the classification and evaluation of fall
detectors* (IRBM 2008): a fast change, a loss of height, and then a posture on the ground that lasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.going_down import Before, Trigger, before_going_down, collapse, fast_descent, fast_rotation
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.on_ground import is_down, stays_down, trunk_lies
from edge_agent.rules.placing import may_lie_here, sits_here
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Degrees, Timing
from edge_agent.rules.trust import BARELY, SURE

# A fall that began longer ago is not what put the person on the ground.
_TRIGGER_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FallSettings:
    """Thresholds of `fall`. H is the person's own body height."""

    enabled: bool = True
    """Whether the rule runs."""
    hip_descent_h_s: Annotated[float, Gt(0), Le(5)] = 0.76
    """Hips going down this fast (H/s): 1.3 m/s of vertical velocity separates falls from daily activities (Wu, J.
    Biomech. 2000; Bourke et al. 2008) at 1.7 m of height."""
    descent_hold_s: Annotated[float, Ge(0), Le(2)] = 0.2
    """For at least so long."""
    trunk_rate_deg_s: Annotated[float, Gt(0), Le(1000)] = 178.0
    """Or the trunk tipping over this fast: 3.1 rad/s (Bourke and Lyons, Med. Eng. Phys. 2008)."""
    trunk_change_deg: Degrees = 34.0
    """By at least so much within half a second: 0.59 rad (Bourke and Lyons 2008)."""
    box_collapse: Annotated[float, Gt(0), Le(1)] = 0.45
    """Or the height of the person in the picture shrinking by this part within 1 s: a fall along the line of sight."""
    drop_h: Annotated[float, Gt(0), Le(1)] = 0.33
    """The shoulders must have come down by so much of H; bending by a right angle lowers them by 0.29."""
    ground_hips_h: Annotated[float, Gt(0), Le(0.5)] = 0.25
    """Hips lower than this above the feet are on the ground: on a chair they are at 0.25 or more."""
    suspect_s: Annotated[float, Ge(0), Le(30)] = 1.0
    """The person must be down for so long before the incident is raised, as suspected."""
    confirm_s: Annotated[float, Ge(0), Le(60)] = 2.0
    """Still down after so long, it is updated as confirmed. 0 leaves that out."""
    recovered_s: Annotated[float, Ge(0), Le(60)] = 2.0
    """The person must be up again for so long before it is cleared."""
    cooldown_s: Annotated[float, Ge(0), Le(3600)] = 10.0
    """No second fall of the same person is raised for so long."""


class Fall:
    """Judges `fall`, except on the zones where lying is normal (`mats`); on `seats` only a lying trunk counts."""

    name = "fall"
    severity = Severity.CRITICAL
    ends_as = "recovered"
    ergonomic = False

    def __init__(self, settings: FallSettings, mats: tuple[Zone, ...], seats: tuple[Zone, ...] = ()) -> None:
        self._settings = settings
        self._mats = mats
        self._seats = seats
        self.timing = Timing(
            onset_s=settings.suspect_s,
            confirm_s=settings.confirm_s,
            clear_s=settings.recovered_s,
            unseen_s=60.0,
            cooldown_s=settings.cooldown_s,
        )

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes from a fast way down on, for as long as the person stays down."""
        now = history.now
        if raised and history.risen_line_px is not None:
            return stays_down(now, history.risen_line_px)
        if min(now.shoulders.confidence, now.hips.confidence) < BARELY:
            return UNKNOWN
        if not self._may_be_down(history):
            return Judgement(Verdict.NO, now.shoulders.confidence)
        trigger = self._trigger(history)
        before = before_going_down(history, trigger.at_s) if trigger else None
        if trigger is None or before is None:
            return Judgement(Verdict.NO, now.shoulders.confidence)
        drop_h = (now.shoulders.y_px - before.shoulder_y_px) / before.height_px
        if (
            drop_h < self._settings.drop_h
            or may_lie_here(now, self._mats, size)
            or not self._is_down(now, before, size)
        ):
            return Judgement(Verdict.NO, now.shoulders.confidence)
        return Judgement(
            Verdict.YES,
            max(trigger.confidence, now.shoulders.confidence),
            (
                trigger.evidence,
                Evidence("drop_h", drop_h),
                Evidence("trunk_inclination_deg", now.trunk_inclination_deg.value),
            ),
            risen_line_px=before.shoulder_y_px + 0.5 * self._settings.drop_h * before.height_px,
        )

    def _is_down(self, now: Posture, before: Before, size: FrameSize) -> bool:
        """Whether the person is on the ground, or lies where others sit."""
        if sits_here(now, self._seats, size):
            return trunk_lies(now)
        return is_down(now, before, self._settings.ground_hips_h)

    def _may_be_down(self, history: History) -> bool:
        """Whether hips and shoulders are low enough to look any further: true in few frames only."""
        now = history.now
        if now.hip_height_h.confidence >= SURE and now.hip_height_h.value >= self._settings.ground_hips_h:
            return False
        return (
            now.shoulders.y_px - history.highest_shoulders_y_px
            >= self._settings.drop_h * 0.5 * now.body_height_px.value
        )

    def _trigger(self, history: History) -> Trigger | None:
        """The earliest of the three signs of a fall in the last seconds."""
        s, from_s = self._settings, history.now.t_s - _TRIGGER_S
        signs = (
            fast_descent(history, from_s, s.hip_descent_h_s, s.descent_hold_s),
            fast_rotation(history, from_s, s.trunk_rate_deg_s, s.trunk_change_deg),
            collapse(history, from_s, s.box_collapse),
        )
        return min((sign for sign in signs if sign), key=lambda sign: sign.at_s, default=None)
