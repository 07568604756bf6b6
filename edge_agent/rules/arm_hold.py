"""Rule `arm_hold`: somebody works with a raised arm without a pause. See `held_angle` for what one camera can tell."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity, Verdict
from edge_agent.data.zone import Zone
from edge_agent.rules.held_angle import check_hysteresis, held_timing, judge_angle
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Degrees, Seconds
from edge_agent.rules.trust import EVIDENT

_EVIDENCE = "upper_arm_elevation_deg"


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
        now = history.now
        if now.unseen_s > 0.0:
            return UNKNOWN
        if now.lying.value >= EVIDENT:
            return Judgement(Verdict.NO, now.lying.confidence)
        limit_deg = self._settings.exit_deg if raised else self._settings.enter_deg
        arms = (
            judge_angle(_EVIDENCE, now.left_upper_arm_deg, now.left_arm_band_deg, limit_deg),
            judge_angle(_EVIDENCE, now.right_upper_arm_deg, now.right_arm_band_deg, limit_deg),
        )
        up = [arm for arm in arms if arm.verdict is Verdict.YES]
        if up:
            return max(up, key=lambda arm: arm.confidence)
        return UNKNOWN if UNKNOWN in arms else min(arms, key=lambda arm: arm.confidence)
