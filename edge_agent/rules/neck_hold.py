"""Rule `neck_hold`: somebody works with a bent neck without a pause. See `held_angle` for what a camera can tell.

Inclinations have no sign, and the ears of an upright head lie 15 deg in front: a head that leans back by 55 deg shows
what one that is bent down by 25 deg shows, and counts like it.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity
from edge_agent.data.posture import NEUTRAL_NECK_DEG, Band
from edge_agent.data.zone import Zone
from edge_agent.rules.held_angle import check_hysteresis, held_timing, judge_angle, lies
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Degrees, Seconds
from edge_agent.rules.trust import EVIDENT


@dataclass(frozen=True, slots=True, kw_only=True)
class NeckHoldSettings:
    """Thresholds of `neck_hold`. Flexion is that of the head against the trunk, 0 for an upright head."""

    enabled: bool = False
    """Whether the rule runs. Off until somebody asks for it: the joints of a head are few pixels apart, and most people
    look down at their work."""
    enter_deg: Degrees = 25.0
    """Neck flexion from which on a held posture is not acceptable (ISO 11226:2000, neck flexion). A head
    that leans back counts from 30 deg more on."""
    exit_deg: Degrees = 15.0
    """The head must come back under this; at least 10 deg less than `enter_deg`."""
    hold_s: Seconds = 4.0
    """A posture held for longer than 4 s is static (ISO 11226:2000, clause 2)."""
    cooldown_s: Seconds = 120.0
    """The same person is not reported again for so long."""

    def __post_init__(self) -> None:
        check_hysteresis(self.enter_deg, self.exit_deg)


class NeckHold:
    """Judges `neck_hold`."""

    name = "neck_hold"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: NeckHoldSettings) -> None:
        self._settings = settings
        self.timing = held_timing(settings.hold_s, settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the head is bent down or back; no where it is not, or the person lies."""
        now = history.now
        if now.unseen_s > 0.0:
            return UNKNOWN
        if now.lying.value >= EVIDENT:
            return lies(now)
        neck, band = now.neck_flexion_deg, now.neck_band_deg
        flexion = neck._replace(value=neck.value - NEUTRAL_NECK_DEG)
        in_room = band and Band(band.low_deg - NEUTRAL_NECK_DEG, band.high_deg - NEUTRAL_NECK_DEG)
        limit_deg = self._settings.exit_deg if raised else self._settings.enter_deg
        return judge_angle("neck_flexion_deg", flexion, in_room, limit_deg)
