"""Rule `rushing`: somebody runs where people should walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.placing import stands_in
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import SURE

_LEAST_GAP_M_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class RushingSettings:
    """Thresholds of `rushing`.

    Off until somebody turns it on: it needs a camera whose height is known, and on a forklift or a bicycle people are
    as fast without running.
    """

    enabled: bool = False
    """Whether the rule runs."""
    enter_m_s: Annotated[float, Ge(1.0), Le(10.0)] = 2.1
    """So fast over the floor: people change from a walk to a run at about 2.0 to 2.1 m/s (Hreljac, *Preferred and
    energetically optimal gait transition speeds in human locomotion*, Med. Sci. Sports Exerc. 1993)."""
    exit_m_s: Annotated[float, Ge(0.5), Le(10.0)] = 1.8
    """Under this it is over; at least 0.2 m/s less than `enter_m_s`."""
    hold_s: Seconds = 0.8
    """For so long: two or three strides of a run, and longer than a hasty step aside. Our own."""
    cooldown_s: Seconds = 60.0
    """The same person is not reported again for so long."""

    def __post_init__(self) -> None:
        if self.enter_m_s - self.exit_m_s < _LEAST_GAP_M_S - 1e-9:
            raise ValueError("exit_m_s must be at least 0.2 m/s less than enter_m_s")


class Rushing:
    """Judges `rushing` for each walkway and restricted zone apart, and for the whole view where there is none."""

    name = "rushing"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: RushingSettings) -> None:
        self._settings = settings
        self.timing = Timing(onset_s=settings.hold_s, clear_s=1.0, unseen_s=10.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """Where people should walk, if the camera's height is known."""
        if scene.calibration is None or not scene.calibration.knows_metres:
            return ()
        return scene.zones_of(ZoneKind.WALKWAY, ZoneKind.RESTRICTED) or (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while somebody upright is that fast; unknown near the horizon and while the camera itself is pushed."""
        now = history.now
        speed = now.floor_speed_m_s
        if speed is None or speed.confidence < SURE:
            return UNKNOWN
        if speed.value < (self._settings.exit_m_s if raised else self._settings.enter_m_s):
            return Judgement(Verdict.NO, speed.confidence)
        inside = Judgement(Verdict.YES, speed.confidence) if place is None else stands_in(now, place, size)
        confidence = min(inside.confidence, speed.confidence)
        return Judgement(inside.verdict, confidence, (Evidence("floor_speed_m_s", speed.value),))
