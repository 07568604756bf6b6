"""Rule `bend_hold`: somebody works bent over without a pause. See `held_angle` for what one camera can tell."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity, Verdict
from edge_agent.data.zone import Zone
from edge_agent.rules.held_angle import check_hysteresis, held_timing, judge_angle
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Degrees, Seconds
from edge_agent.rules.trust import ANGLE_SURE

# A bent person's hips stay near standing height (0.49 H); in a squat or on a chair they do not.
_HIPS_UP_H = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class BendHoldSettings:
    """Thresholds of `bend_hold`."""

    enabled: bool = True
    """Whether the rule runs."""
    enter_deg: Degrees = 60.0
    """Trunk inclination from which on a held posture is not acceptable (ISO 11226:2000, table 1; EN 1005-4)."""
    exit_deg: Degrees = 50.0
    """The trunk must come back under this; at least 10 deg less than `enter_deg`."""
    hold_s: Seconds = 4.0
    """A posture held for longer than 4 s is static (ISO 11226:2000, clause 2)."""
    cooldown_s: Seconds = 120.0
    """The same person is not reported again for so long."""

    def __post_init__(self) -> None:
        check_hysteresis(self.enter_deg, self.exit_deg)


class BendHold:
    """Judges `bend_hold`."""

    name = "bend_hold"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: BendHoldSettings) -> None:
        self._settings = settings
        self.timing = held_timing(settings.hold_s, settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the trunk is inclined and the person stands on the feet; unknown where the feet are not seen."""
        now = history.now
        if now.unseen_s > 0.0:
            return UNKNOWN
        limit_deg = self._settings.exit_deg if raised else self._settings.enter_deg
        bent = judge_angle("trunk_inclination_deg", now.trunk_inclination_deg, now.trunk_band_deg, limit_deg)
        if bent.verdict is not Verdict.YES:
            return bent
        hips = now.hip_height_h
        if hips.confidence < ANGLE_SURE:
            return UNKNOWN
        verdict = Verdict.YES if hips.value >= _HIPS_UP_H else Verdict.NO
        return bent._replace(verdict=verdict, confidence=min(bent.confidence, hips.confidence))
