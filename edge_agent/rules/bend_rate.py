"""Rule `bend_rate`: somebody bends down again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt, Le

from edge_agent.data.event import Severity
from edge_agent.data.zone import Zone
from edge_agent.rules.excursions import MovingPart
from edge_agent.rules.held_frequency import frequency_timing, judge_frequency
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class BendRateSettings:
    """Thresholds of `bend_rate`."""

    enabled: bool = False
    """Whether the rule runs. Off until somebody asks for it: where parcels are sorted everybody bends all day."""
    per_minute: Annotated[float, Gt(0), Le(60)] = 2.0
    """Bending beyond 60 deg so often, on average over five minutes, is not acceptable (EN 1005-4: high frequency is two
    a minute or more)."""
    cooldown_s: Seconds = 1800.0
    """The same person is not reported again for so long."""


class BendRate:
    """Judges `bend_rate`."""

    name = "bend_rate"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: BendRateSettings) -> None:
        self._per_minute = settings.per_minute
        self.timing = frequency_timing(settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the trunk was bent often enough in the last minutes."""
        if history.now.unseen_s > 0.0:
            return UNKNOWN
        return judge_frequency("bend_count", history.excursions(MovingPart.TRUNK), self._per_minute, raised=raised)
