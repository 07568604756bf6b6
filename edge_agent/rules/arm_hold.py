"""Rule `arm_hold`: somebody works with a raised arm without a pause. See `held_angle` for what one camera can tell."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity
from edge_agent.data.zone import Zone
from edge_agent.rules.held_angle import check_hysteresis, held_timing, judge_arms
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import Judgement
from edge_agent.rules.timing import Degrees, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmHoldSettings:
    """Thresholds of `arm_hold`."""

    enabled: bool = False
    """Whether the rule runs. Off until somebody asks for it: at many places work overhead is the work."""
    enter_deg: Degrees = 60.0
    """Upper arm elevation from which on a held posture is not acceptable (ISO 11226:2000, upper arm posture)."""
    exit_deg: Degrees = 50.0
    """The arm must come back under this; at least 10 deg less than `enter_deg`."""
    hold_s: Seconds = 4.0
    """A posture held for longer than 4 s is static (ISO 11226:2000, clause 2)."""
    cooldown_s: Seconds = 120.0
    """The same person is not reported again for so long."""

    def __post_init__(self) -> None:
        check_hysteresis(self.enter_deg, self.exit_deg)


class ArmHold:
    """Judges `arm_hold`."""

    name = "arm_hold"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: ArmHoldSettings) -> None:
        self._settings = settings
        self.timing = held_timing(settings.hold_s, settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while either arm is up; no where both are down, or the person lies."""
        return judge_arms(history.now, self._settings.exit_deg if raised else self._settings.enter_deg)
