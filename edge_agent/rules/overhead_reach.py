"""Rule `overhead_reach`: somebody works with an elbow above the shoulder without a pause."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity
from edge_agent.data.zone import Zone
from edge_agent.rules.held_angle import check_hysteresis, held_timing, judge_arms
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import Judgement
from edge_agent.rules.timing import Degrees, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class OverheadReachSettings:
    """Thresholds of `overhead_reach`."""

    enabled: bool = False
    """Whether the rule runs. Off until somebody asks for it: at many places work overhead is the work."""
    enter_deg: Degrees = 90.0
    """From this elevation of the upper arm on the elbow is above the shoulder, which the caution zone checklist of
    Washington State (WAC 296-62-05105) counts as awkward together with hands above the head."""
    exit_deg: Degrees = 80.0
    """The arm must come back under this; at least 10 deg less than `enter_deg`."""
    hold_s: Seconds = 4.0
    """A posture held for longer than 4 s is static (ISO 11226:2000, clause 2)."""
    cooldown_s: Seconds = 120.0
    """The same person is not reported again for so long."""

    def __post_init__(self) -> None:
        check_hysteresis(self.enter_deg, self.exit_deg)


class OverheadReach:
    """Judges `overhead_reach`."""

    name = "overhead_reach"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: OverheadReachSettings) -> None:
        self._settings = settings
        self.timing = held_timing(settings.hold_s, settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while either elbow is above its shoulder; no where both are below, or the person lies."""
        return judge_arms(history.now, self._settings.exit_deg if raised else self._settings.enter_deg)
