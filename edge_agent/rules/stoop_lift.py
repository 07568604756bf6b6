"""Rule `stoop_lift`: somebody fetches something from the floor with a bent back and straight knees.

A camera sees no load. What it sees is the way of lifting that loads the lower back most; with bent knees, or with hands
that stay above the knees, it is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.held_angle import judge_angle
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Degrees, Seconds, Timing
from edge_agent.rules.trust import ANGLE_SURE

# Knee joint 0.285 H and ankle 0.039 H above the floor (Drillis and Contini): hands lower than this are below the knee.
_KNEE_ABOVE_ANKLE_H = 0.246


@dataclass(frozen=True, slots=True, kw_only=True)
class StoopLiftSettings:
    """Thresholds of `stoop_lift`."""

    enabled: bool = False
    """Whether the rule runs. Off until somebody asks for it: whoever picks up a screw bends so, too."""
    trunk_deg: Degrees = 60.0
    """Trunk inclination from which on EN 1005-4 accepts no movement without conditions."""
    knee_deg: Degrees = 140.0
    """Knees stretched further than this are not bent for a lift. Our own: a semi-squat lift bends them to 90 to 135
    deg."""
    hold_s: Seconds = 0.3
    """For so long: a flicker of the joints is shorter, a grip takes half a second."""
    cooldown_s: Seconds = 300.0
    """The same person is not reported again for so long."""


class StoopLift:
    """Judges `stoop_lift`."""

    name = "stoop_lift"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: StoopLiftSettings) -> None:
        self._settings = settings
        self.timing = Timing(onset_s=settings.hold_s, clear_s=1.0, unseen_s=10.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the trunk is bent, a hand is below the knee, and no knee that is seen is bent."""
        now = history.now
        if now.unseen_s > 0.0:
            return UNKNOWN
        bent = judge_angle(
            "trunk_inclination_deg", now.trunk_inclination_deg, now.trunk_band_deg, self._settings.trunk_deg
        )
        if bent.verdict is not Verdict.YES:
            return bent
        reach_h = _lowest_hand_h(now)
        if reach_h is None:
            return UNKNOWN
        knees = [knee for knee in (now.left_knee_deg, now.right_knee_deg) if knee.confidence >= ANGLE_SURE]
        if not knees:
            return UNKNOWN
        straight = min(knee.value for knee in knees) >= self._settings.knee_deg
        if reach_h > _KNEE_ABOVE_ANKLE_H or not straight:
            return Judgement(Verdict.NO, bent.confidence)
        return bent._replace(evidence=(*bent.evidence, Evidence("hand_height_h", reach_h)))


def _lowest_hand_h(now: Posture) -> float | None:
    """How far above the ankles the lower hand is, in H; None where no hand or no foot is surely seen."""
    hands_px = [hand.y_px for hand in (now.left_wrist, now.right_wrist) if hand.confidence >= ANGLE_SURE]
    if not hands_px or now.foot.confidence < ANGLE_SURE:
        return None
    return (now.foot.y_px - max(hands_px)) / now.body_height_px.value
