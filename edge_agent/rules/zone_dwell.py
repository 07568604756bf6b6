"""Rule `zone_dwell`: somebody stays where people should only pass."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.placing import stands_in
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneDwellSettings:
    """Thresholds of `zone_dwell`."""

    enabled: bool = True
    """Whether the rule runs."""
    stay_s: Seconds = 120.0
    """Staying on a walkway for so long is reported. No standard gives a figure; ours is well above the red phase of a
    gate and the wait for a passing truck. Set it to what your risk assessment says."""
    left_s: Seconds = 5.0
    """Being outside, or not seen, for less than this interrupts nothing; after it the incident is cleared."""
    cooldown_s: Seconds = 300.0
    """The same person is not reported again for so long."""


class ZoneDwell:
    """Judges `zone_dwell` for each walkway apart."""

    name = "zone_dwell"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: ZoneDwellSettings) -> None:
        self.timing = Timing(
            onset_s=settings.stay_s,
            clear_s=settings.left_s,
            unseen_s=30.0,
            cooldown_s=settings.cooldown_s,
            pause_s=settings.left_s,
        )

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The walkways."""
        return scene.zones_of(ZoneKind.WALKWAY)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the person's place on the floor is inside."""
        return UNKNOWN if place is None else stands_in(history.now, place, size)
