"""Rule `cancel_gesture`: somebody signals that no help is needed, which ends the incidents about that person.

The sign is the one that people in the mountains give to a rescue helicopter: one arm stretched up and the other one
down, as the slanted stroke of an N, for "no, I do not need help" (both arms up, a Y, means "yes"). That it must be
held for 3 s, and the limits of the angles, are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Measure
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import ANGLE_SURE

CANCEL_GESTURE = "cancel_gesture"
"""Name of the rule."""
WITHDRAWABLE = frozenset(
    ("fall", "lost_while_falling", "man_down", "slow_collapse", "sos_gesture", "near_fall", "immobile")
)
"""The rules about a person's own well-being: whoever is well may end their incidents. Nobody may withdraw that somebody
is in a forbidden zone."""
# An arm that reaches for something is rarely within 30 deg of straight up, and bent; our own.
_UP_DEG = 150.0
_DOWN_DEG = 30.0
_STRETCHED_DEG = 140.0
_TRUNK_UP_DEG = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelGestureSettings:
    """Times of `cancel_gesture`. Off until everybody at the place knows the sign: it ends alarms.

    On trial (`shadow`) list the rules whose incidents it ends, too: rules on trial know of no other incidents, and
    without one about the same person the sign is not looked for.
    """

    enabled: bool = False
    """Whether the rule runs."""
    hold_s: Seconds = 3.0
    """The sign must be held for so long: who reaches up for something is faster. No source gives a figure."""
    cooldown_s: Seconds = 10.0
    """The same person's sign is not taken again for so long."""


class CancelGesture:
    """Judges `cancel_gesture`: only of somebody about whom there is something to withdraw.

    So a raised arm at work is no event, unless an alarm about this very person is running.
    """

    name = CANCEL_GESTURE
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: CancelGestureSettings) -> None:
        self.timing = Timing(onset_s=settings.hold_s, clear_s=1.0, unseen_s=5.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while somebody upright holds one arm straight up and the other one along the body."""
        now = history.now
        if now.unseen_s > 0.0 or not (raised or history.running & WITHDRAWABLE):
            return UNKNOWN
        trunk = now.trunk_inclination_deg
        left, right = now.left_upper_arm_deg, now.right_upper_arm_deg
        if left.value >= right.value:
            up, elbow, down = left, now.left_elbow_deg, right
        else:
            up, elbow, down = right, now.right_elbow_deg, left
        confidence = min(trunk.confidence, up.confidence, elbow.confidence, down.confidence)
        if confidence < ANGLE_SURE:
            return UNKNOWN
        # Upside down or lying, "up" along the trunk is not up.
        given = trunk.value < _TRUNK_UP_DEG and _is_sign(up, elbow, down)
        if not given:
            return Judgement(Verdict.NO, confidence)
        return Judgement(Verdict.YES, confidence, (Evidence("upper_arm_elevation_deg", up.value),))


def _is_sign(up: Measure, elbow: Measure, down: Measure) -> bool:
    return up.value >= _UP_DEG and elbow.value >= _STRETCHED_DEG and down.value <= _DOWN_DEG
