"""Rule `squat_kneel`: somebody works squatting or kneeling without a pause."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.zone import Zone
from edge_agent.rules.held_angle import held_timing
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.placing import sits_here
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds
from edge_agent.rules.trust import ANGLE_SURE, EVIDENT


@dataclass(frozen=True, slots=True, kw_only=True)
class SquatKneelSettings:
    """Thresholds of `squat_kneel`."""

    enabled: bool = False
    """Whether the rule runs. Off until somebody asks for it: fitters kneel all day."""
    hold_s: Seconds = 4.0
    """A posture held for longer than 4 s is static (ISO 11226:2000, clause 2), and bent knees that carry the body are
    not acceptable then (the same, lower extremity)."""
    cooldown_s: Seconds = 120.0
    """The same person is not reported again for so long."""


class SquatKneel:
    """Judges `squat_kneel`, except where people sit (`seats`)."""

    name = "squat_kneel"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: SquatKneelSettings, seats: tuple[Zone, ...]) -> None:
        self._seats = seats
        self.timing = held_timing(settings.hold_s, settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the hips are lower than on a chair and the trunk does not lie."""
        now = history.now
        if now.unseen_s > 0.0 or now.crouching.confidence < ANGLE_SURE:
            return UNKNOWN
        if now.crouching.value < EVIDENT or sits_here(now, self._seats, size):
            return Judgement(Verdict.NO, now.crouching.confidence)
        return Judgement(Verdict.YES, now.crouching.confidence, (Evidence("hip_height_h", now.hip_height_h.value),))
