"""Rule `lone_in_zone`: somebody is the only one where work needs two people."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity, Verdict
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.placing import is_apart, reach_px, stands_in
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.subjects import same_place
from edge_agent.rules.timing import Seconds, Timing

OUT_OF_SIGHT = (ZoneKind.EXIT, ZoneKind.OCCLUDER)
"""Kinds of zones of which nobody can say who is there: in a door, behind a machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneInZoneSettings:
    """Thresholds of `lone_in_zone`."""

    enabled: bool = True
    """Whether the rule runs. On, since no zone has `never_alone` unless somebody asked for it."""
    alone_s: Seconds = 60.0
    """Somebody alone for so long is reported. No standard gives a figure; ours leaves time to fetch a tool or to let
    the second person through the door. Set it to what your risk assessment says."""
    left_s: Seconds = 5.0
    """Being outside, in company or not seen for less than this interrupts nothing: somebody who walks past is no
    company. After it the incident is cleared."""
    cooldown_s: Seconds = 300.0
    """The same person is not reported again for so long."""


class LoneInZone:
    """Judges `lone_in_zone` for each zone that says `never_alone`."""

    name = "lone_in_zone"
    severity = Severity.WARNING
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: LoneInZoneSettings) -> None:
        # Nobody else may become the one who is alone while an old incident still waits for its person.
        self.timing = Timing(
            onset_s=settings.alone_s,
            clear_s=min(settings.left_s, settings.alone_s),
            unseen_s=min(30.0, settings.alone_s),
            cooldown_s=settings.cooldown_s,
            pause_s=settings.left_s,
        )

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The zones that say `never_alone`."""
        return tuple(zone for zone in scene.zones if zone.never_alone and zone.kind not in OUT_OF_SIGHT)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the person is inside and everybody else is outside; unknown where one of them cannot be placed."""
        if place is None:
            return UNKNOWN
        now = history.now
        judgement = stands_in(now, place, size)
        if judgement.verdict is not Verdict.YES:
            return judgement
        bounds_px = place.bounds_px(size.width_px, size.height_px)
        for other in history.everybody:
            if other is now or is_apart(reach_px(other), bounds_px):
                continue
            there = stands_in(other, place, size)
            confidence = min(judgement.confidence, there.confidence)
            if there.verdict is Verdict.YES and not same_place(other, now):
                return Judgement(Verdict.NO, confidence)
            # Who is neither outside nor in sight apart cannot be placed, or is the same person found twice.
            judgement = judgement._replace(confidence=confidence) if there.verdict is Verdict.NO else UNKNOWN
        return judgement
