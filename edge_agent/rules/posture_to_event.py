"""The rules stage: postures in, phases of incidents out. Timing lives here; judging lives in the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edge_agent.clock import Clock, wall_at
from edge_agent.data.event import Event, Evidence, Phase, Verdict
from edge_agent.data.exposure import Exposure
from edge_agent.data.posture import Postures
from edge_agent.data.zone import Zone
from edge_agent.ids import IdSource
from edge_agent.rules.history import FrameSize, Scene
from edge_agent.rules.placing import zone_of
from edge_agent.rules.rule import UNKNOWN, Judgement, Rule
from edge_agent.rules.subjects import Subject, Subjects, same_place
from edge_agent.rules.watch import FRAME_SPEAKS_S, Change, Running, Watch, advance, start_cooldown, withhold

_PHASES = {
    Change.RAISED: Phase.RAISED,
    Change.ESCALATED: Phase.UPDATED,
    Change.CLEARED: Phase.CLEARED,
    Change.LOST: Phase.CLEARED,
}


class _Key(NamedTuple):
    """What one watch is of: a rule, a place of it, a person. Looked up for each in every frame."""

    rule: str
    place: str
    subject: int


@dataclass(slots=True)
class _Case:
    """A watch and the identity of its incident, where it has one."""

    watch: Watch
    incident_id: str = ""
    rev: int = 0
    zone: str = ""


def _pairs(scene: Scene, rules: tuple[Rule, ...]) -> tuple[tuple[Rule, Zone | None], ...]:
    """Each rule with each of its places, the most urgent rule first."""
    return tuple((rule, place) for rule in rules for place in rule.places(scene))


class PostureToEvent:
    """Runs the rules of one camera.

    The same postures give the same events; identifiers and wall times come from what is injected. Not thread-safe.
    """

    def __init__(self, scene: Scene, rules: tuple[Rule, ...], clock: Clock, ids: IdSource) -> None:
        self._scene = scene
        self._rules = rules
        self._watched = _pairs(scene, rules)
        self._clock = clock
        self._ids = ids
        self._subjects = Subjects()
        self._cases: dict[_Key, _Case] = {}
        self._now_s = 0.0
        self._frame_s = 0.0
        self._exposures = {rule.name: Exposure() for rule in rules if rule.ergonomic}

    @property
    def exposures(self) -> Mapping[str, Exposure]:
        """By ergonomic rule, how long people worked so."""
        return self._exposures

    @property
    def watching(self) -> bool:
        """Whether there is any rule and place to judge."""
        return bool(self._watched)

    def __call__(self, postures: Postures) -> tuple[Event, ...]:
        """Judge everybody in this frame.

        Every event must be put into the outbox and then reported to `stored`.
        """
        self._frame_s = min(postures.t_s - self._now_s, FRAME_SPEAKS_S)
        self._now_s = postures.t_s
        size = FrameSize(postures.width_px, postures.height_px)
        lines_px = self._risen_lines_px()
        subjects = self._subjects.follow(postures, self._with_incident())
        for subject in subjects:
            subject.history.risen_line_px = lines_px.get(subject.id)
        events: list[Event] = []
        for rule, place in self._watched:
            for subject in subjects:
                events.extend(self._watch(rule, place, subject, size))
        remembered = {subject.id for subject in subjects}
        self._cases = {key: case for key, case in self._cases.items() if key.subject in remembered}
        return tuple(events)

    def stored(self, event: Event) -> None:
        """The event is safe in the outbox: its rule's cooldown starts."""
        timings = {rule.name: rule.timing for rule in self._rules}
        for key, case in self._cases.items():
            if case.incident_id == event.incident_id and key.rule in timings:
                case.watch = start_cooldown(case.watch, self._now_s, timings[key.rule])

    def reconfigure(self, scene: Scene, rules: tuple[Rule, ...]) -> tuple[Event, ...]:
        """Go on with other zones and rules; incidents that neither can judge any more are cleared."""
        kept = {(rule.name, place.name if place else "") for rule in rules for place in rule.places(scene)}
        events = [
            self._event(key, case, case.watch.running, Phase.CLEARED, UNKNOWN, "config_changed")
            for key, case in self._cases.items()
            if (key.rule, key.place) not in kept and case.watch.running is not None
        ]
        self._cases = {key: case for key, case in self._cases.items() if (key.rule, key.place) in kept}
        self._scene, self._rules, self._watched = scene, rules, _pairs(scene, rules)
        self._exposures = {rule.name: self._exposures.get(rule.name, Exposure()) for rule in rules if rule.ergonomic}
        return tuple(events)

    def _with_incident(self) -> frozenset[int]:
        """The subjects about whom an incident is running."""
        return frozenset(key.subject for key, case in self._cases.items() if case.watch.running is not None)

    def _risen_lines_px(self) -> dict[int, float]:
        """By subject, the line above which somebody who is on the ground counts as risen."""
        running = ((key, case.watch.running) for key, case in self._cases.items())
        lines_px = ((key.subject, incident.raised.risen_line_px) for key, incident in running if incident is not None)
        return {subject: line_px for subject, line_px in lines_px if line_px is not None}

    def _watch(self, rule: Rule, place: Zone | None, subject: Subject, size: FrameSize) -> tuple[Event, ...]:
        """One rule on one person in one place."""
        key = _Key(rule.name, place.name if place else "", subject.id)
        case = self._cases.get(key)
        running = case.watch.running if case else None
        judgement = rule.judge(subject.history, place, size, raised=running is not None) if subject.present else UNKNOWN
        if rule.ergonomic:
            if subject.present:
                self._exposures[rule.name].add(judgement.verdict, self._frame_s)
            if self._scene.calibration is None:
                return ()
        if case is None:
            if judgement.verdict is not Verdict.YES:
                return ()  # nearly always: nothing began
            case = self._cases[key] = _Case(Watch())
        step = advance(case.watch, judgement, self._now_s, rule.timing, rule.severity)
        if step.change is Change.RAISED and self._is_double(key, subject):
            case.watch = withhold(step.watch)
            return ()
        case.watch = step.watch
        if step.change is None:
            return ()
        if step.change is Change.RAISED:
            case.incident_id = self._ids.new(wall_at(self._clock, self._now_s))
            case.rev = 0
            zone = place or zone_of(subject.history.now, self._scene.zones, size)
            case.zone = zone.name if zone else self._scene.camera
        resolved = {Change.CLEARED: rule.ends_as, Change.LOST: "unseen"}.get(step.change, "")
        told = step.watch.running or running
        assert told is not None, "a change tells of an incident"
        return (self._event(key, case, told, _PHASES[step.change], judgement, resolved),)

    def _is_double(self, key: _Key, subject: Subject) -> bool:
        """Whether an incident of this rule, running or just over, is already about somebody in the same place."""
        for other in self._subjects.remembered():
            case = self._cases.get(_Key(key.rule, key.place, other.id))
            if other.id == subject.id or case is None:
                continue
            fresh = case.watch.running is not None or self._now_s < case.watch.quiet_until_s
            if fresh and same_place(other.history.now, subject.history.now):
                return True
        return False

    def _event(self, key: _Key, case: _Case, told: Running, phase: Phase, judgement: Judgement, resolved: str) -> Event:
        extra = [Evidence("unobserved_s", told.unobserved_s)] if told.unobserved_s > 0.0 else []
        if resolved:
            extra.append(Evidence("resolved", resolved))
        event = Event(
            id=self._ids.new(wall_at(self._clock, self._now_s)),
            incident_id=case.incident_id,
            rev=case.rev,
            phase=phase,
            rule=key.rule,
            severity=told.severity,
            verdict=judgement.verdict,
            confidence=judgement.confidence,
            camera=self._scene.camera,
            zone=case.zone,
            observed_s=self._now_s,
            duration_s=self._now_s - told.since_s,
            evidence=(*judgement.evidence, *extra),
        )
        case.rev += 1
        return event
