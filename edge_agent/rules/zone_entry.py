"""Rule `zone_entry`: somebody stands in a restricted zone."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.placing import stands_in
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneEntrySettings:
    """Thresholds of `zone_entry`."""

    enabled: bool = True
    """Whether the rule runs."""
    dwell_s: Seconds = 0.3
    """A foot must be inside for so long: a step takes about 0.5 s (Winter 2009), a flicker of the detector less."""
    left_s: Seconds = 1.0
    """The person must be outside for so long before the incident is cleared."""
    cooldown_s: Seconds = 30.0
    """The same person entering again within so long is not reported again."""


class ZoneEntry:
    """Judges `zone_entry` for each restricted zone apart."""

    name = "zone_entry"
    severity = Severity.WARNING
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: ZoneEntrySettings) -> None:
        self.timing = Timing(
            onset_s=settings.dwell_s, clear_s=settings.left_s, unseen_s=10.0, cooldown_s=settings.cooldown_s
        )

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The restricted zones."""
        return scene.zones_of(ZoneKind.RESTRICTED)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the person's place on the floor is inside."""
        return UNKNOWN if place is None else stands_in(history.now, place, size)
