"""Rule `arm_hold`: somebody works with a raised arm without a pause.

As for `bend_hold`, both solutions that one camera sees must agree, and only a calibrated camera raises anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Band, Measure
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Degrees, Seconds, Timing
from edge_agent.rules.trust import EVIDENT

_SURE = 0.5


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
        if self.enter_deg - self.exit_deg < 10.0:
            raise ValueError("exit_deg must be at least 10 deg less than enter_deg")


class ArmHold:
    """Judges `arm_hold`."""

    name = "arm_hold"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: ArmHoldSettings) -> None:
        self._settings = settings
        self.timing = Timing(onset_s=settings.hold_s, clear_s=1.0, unseen_s=10.0, cooldown_s=settings.cooldown_s)

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
            _judge_arm(now.left_upper_arm_deg, now.left_arm_band_deg, limit_deg),
            _judge_arm(now.right_upper_arm_deg, now.right_arm_band_deg, limit_deg),
        )
        up = [arm for arm in arms if arm.verdict is Verdict.YES]
        if up:
            return max(up, key=lambda arm: arm.confidence)
        return UNKNOWN if UNKNOWN in arms else min(arms, key=lambda arm: arm.confidence)


def _judge_arm(angle: Measure, band: Band | None, limit_deg: float) -> Judgement:
    if angle.confidence < _SURE:
        return UNKNOWN
    band = band or Band(angle.value, angle.value)
    if band.high_deg < limit_deg:
        return Judgement(Verdict.NO, angle.confidence)
    if band.low_deg < limit_deg:
        return UNKNOWN
    return Judgement(Verdict.YES, angle.confidence, (Evidence("upper_arm_elevation_deg", band.low_deg),))
