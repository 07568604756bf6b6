"""Rule `immobile`: somebody who works alone stands and does not move at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import EVIDENT, SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmobileSettings:
    """Thresholds of `immobile`. H is the person's own body height.

    Off until somebody turns it on for a lone worker's place: people who watch a machine stand still, too. The times are
    those of a no-motion alarm (German DGUV Rule 112-139: up to 60 s from the loss of motion to the alarm, pre-alarm
    included).
    """

    enabled: bool = False
    """Whether the rule runs."""
    still_s: Seconds = 45.0
    """Somebody upright who does not move for so long raises a warning."""
    critical_s: Seconds = 60.0
    """After so long it becomes critical."""
    still_h_s: Annotated[float, Ge(0), Le(1)] = 0.05
    """Mean optical flow on the person, in H/s, under which the person is still: breathing and sensor noise."""
    cooldown_s: Seconds = 120.0
    """The same person is not reported again for so long."""


class Immobile:
    """Judges `immobile`."""

    name = "immobile"
    severity = Severity.WARNING
    ends_as = "recovered"
    ergonomic = False

    def __init__(self, settings: ImmobileSettings) -> None:
        self._still_h_s = settings.still_h_s
        self.timing = Timing(
            onset_s=settings.still_s,
            clear_s=1.0,
            unseen_s=30.0,
            cooldown_s=settings.cooldown_s,
            escalate_s=settings.critical_s,
        )

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the last seconds show no motion on somebody upright; who lies is `man_down`'s."""
        now = history.now
        if now.unseen_s > 0.0 or now.upright.confidence < SURE:
            return UNKNOWN
        motion_h_s = history.mean_motion_h_s
        if now.upright.value < EVIDENT or motion_h_s > self._still_h_s:
            return Judgement(Verdict.NO, now.upright.confidence)
        return Judgement(Verdict.YES, now.upright.confidence, (Evidence("motion_h_s", motion_h_s),))
