"""Rule `reach_in`: a hand in a restricted zone while the feet are outside."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.placing import LEAST_CONFIDENCE, floor_point, is_inside
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing

# A wrist is the joint that networks misplace most: half sure is not enough to accuse somebody.
_WRIST_SURE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachInSettings:
    """Thresholds of `reach_in`.

    A camera sees no depth: a hand before the zone looks like a hand in it. Therefore it is off until somebody who
    knows the view turns it on, for zones drawn around an opening that the camera looks into.
    """

    enabled: bool = False
    """Whether the rule runs."""
    hold_s: Seconds = 0.5
    """The hand must be inside for so long: a hand that swings past in walking takes less (a step is 0.5 s, Winter
    2009)."""
    cooldown_s: Seconds = 30.0
    """The same person reaching in again within so long is not reported again."""


class ReachIn:
    """Judges `reach_in` for each restricted zone apart."""

    name = "reach_in"
    severity = Severity.WARNING
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: ReachInSettings) -> None:
        self.timing = Timing(onset_s=settings.hold_s, clear_s=1.0, unseen_s=10.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The restricted zones."""
        return scene.zones_of(ZoneKind.RESTRICTED)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while a wrist is inside and the feet are not: whoever stands inside is `zone_entry`'s."""
        now = history.now
        feet = floor_point(now)
        if place is None or now.unseen_s > 0.0 or feet.confidence < LEAST_CONFIDENCE:
            return UNKNOWN
        if is_inside(feet, place, size):
            return Judgement(Verdict.NO, feet.confidence)
        hands = _of_hands(now, place, size)
        return hands._replace(confidence=min(hands.confidence, feet.confidence))


def _of_hands(now: Posture, place: Zone, size: FrameSize) -> Judgement:
    """Yes by one hand that is surely inside; no only where both are surely outside."""
    hands = (now.left_wrist, now.right_wrist)
    inside = [hand.confidence for hand in hands if hand.confidence >= _WRIST_SURE and is_inside(hand, place, size)]
    if inside:
        return Judgement(Verdict.YES, max(inside))
    least = min(hand.confidence for hand in hands)
    return Judgement(Verdict.NO, least) if least >= _WRIST_SURE else UNKNOWN
