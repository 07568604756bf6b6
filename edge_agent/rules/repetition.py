"""Rule `repetition`: somebody raises an arm again and again."""

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
class RepetitionSettings:
    """Thresholds of `repetition`."""

    enabled: bool = False
    """Whether the rule runs. Off until somebody asks for it: at a line every cycle is the same."""
    per_minute: Annotated[float, Gt(0), Le(60)] = 2.0
    """Raising an upper arm beyond 60 deg so often, on average over five minutes, is not acceptable (EN 1005-4: high
    frequency is two a minute or more; the ten a minute of that standard are for 20 to 60 deg). We know these figures
    from others' accounts of the standard."""
    cooldown_s: Seconds = 1800.0
    """The same person is not reported again for so long."""


class Repetition:
    """Judges `repetition`."""

    name = "repetition"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = True

    def __init__(self, settings: RepetitionSettings) -> None:
        self._per_minute = settings.per_minute
        self.timing = frequency_timing(settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the busier arm was raised often enough in the last minutes."""
        if history.now.unseen_s > 0.0:
            return UNKNOWN
        arms = (history.excursions(MovingPart.LEFT_ARM), history.excursions(MovingPart.RIGHT_ARM))
        busier = max(arms, key=lambda raises: raises.count)
        return judge_frequency("arm_raise_count", busier, self._per_minute, raised=raised)
