"""The rules stage: postures in, phases of incidents out. Timing lives here; judging lives in the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edge_agent.clock import Clock, wall_at
from edge_agent.data.event import Event, Evidence, Phase, Verdict
from edge_agent.data.exposure import FRAME_SPEAKS_S, Exposure
from edge_agent.data.posture import Postures
from edge_agent.data.zone import Zone
from edge_agent.ids import IdSource
from edge_agent.rules.cancel_gesture import CANCEL_GESTURE, WITHDRAWABLE
from edge_agent.rules.history import FrameSize, Scene
from edge_agent.rules.placing import is_apart, zone_of
from edge_agent.rules.rule import UNKNOWN, Judgement, Rule
from edge_agent.rules.subjects import Subject, Subjects, one_body, same_place, seen_apart
from edge_agent.rules.watch import Change, Running, Watch, advance, start_cooldown, withdraw, withhold

_PHASES = {
    Change.RAISED: Phase.RAISED,
    Change.CONFIRMED: Phase.UPDATED,
    Change.ESCALATED: Phase.UPDATED,
    Change.CLEARED: Phase.CLEARED,
    Change.LOST: Phase.CLEARED,
}


class _About(NamedTuple):
    """What is running about one subject: the rules, and the line above which who is on the ground counts as risen."""

    rules: frozenset[str]
    risen_line_px: float | None


_NOTHING = _About(frozenset(), None)


class _Key(NamedTuple):
    """Names of a rule and of one of its places, empty for the whole view: what stays when thresholds change."""

    rule: str
    place: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """A rule and one of its places.

    Attributes:
        rule: The rule.
        place: One of its places.
        key: Their names.
        raises: Whether it may raise incidents here, or only counts exposure.
    """

    rule: Rule
    place: Zone | None
    key: _Key
    raises: bool


@dataclass(slots=True)
class _Case:
    """A watch and the identity of its incident, where it has one."""

    watch: Watch
    incident_id: str = ""
    rev: int = 0
    zone: str = ""


def _pairs(scene: Scene, rules: tuple[Rule, ...]) -> tuple[_Pair, ...]:
    """Each rule with each of its places, the most urgent rule first."""
    return tuple(
        _Pair(rule, place, _Key(rule.name, place.name if place else ""), not rule.ergonomic or bool(scene.calibration))
        for rule in rules
        for place in rule.places(scene)
    )


def _news(change: Change, rule: Rule, told: Running) -> Evidence | None:
    """The word that says what this phase of an incident means, where its name does not."""
    if change is Change.CLEARED:
        return Evidence("resolved", rule.ends_as)
    if change is Change.LOST:
        return Evidence("resolved", "unseen")
    if rule.timing.confirm_s:
        return Evidence("stage", "confirmed" if told.confirmed else "suspected")
    return None


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
        # By pair, then by subject: most pairs have no case at all, and one look tells.
        self._cases: dict[_Key, dict[int, _Case]] = {}
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
        about = self._about()
        subjects = self._subjects.follow(postures, frozenset(about))
        everybody = tuple(subject.history.now for subject in subjects if subject.present)
        for subject in subjects:
            history, running = subject.history, about.get(subject.id, _NOTHING)
            history.everybody, history.running, history.risen_line_px = everybody, running.rules, running.risen_line_px
        events = [event for pair in self._watched for event in self._watch(pair, subjects, size)]
        self._forget({subject.id for subject in subjects})
        return tuple(events)

    def stored(self, event: Event) -> None:
        """The event is safe in the outbox: its rule's cooldown starts."""
        timings = {rule.name: rule.timing for rule in self._rules}
        for key, _, case in self._all_cases():
            if case.incident_id == event.incident_id and key.rule in timings:
                case.watch = start_cooldown(case.watch, self._now_s, timings[key.rule])

    def reconfigure(self, scene: Scene, rules: tuple[Rule, ...], why: str = "config_changed") -> tuple[Event, ...]:
        """Go on with other zones and rules; incidents that neither can judge any more are cleared.

        Args:
            scene: From now on.
            rules: From now on.
            why: The evidence word `resolved` of what is cleared.
        """
        if scene.calibration != self._scene.calibration:
            for subject in self._subjects.remembered():
                subject.history.recalibrated()
        watched = _pairs(scene, rules)
        kept = {pair.key for pair in watched if pair.raises}
        ended = [(key, case) for key, _, case in self._all_cases() if key not in kept]
        events = [
            self._event(key, case, case.watch.running, Phase.CLEARED, UNKNOWN, Evidence("resolved", why))
            for key, case in ended
            if case.watch.running is not None
        ]
        for _, case in ended:
            # A zone that comes back, at its next shift or since the clock was set back, still has its cooldown.
            case.watch = Watch(quiet_until_s=case.watch.quiet_until_s)
        counted_only = {pair.key for pair in watched} - kept
        self._cases = {key: cases for key, cases in self._cases.items() if key not in counted_only}
        self._scene, self._rules, self._watched = scene, rules, watched
        self._exposures = {rule.name: self._exposures.get(rule.name, Exposure()) for rule in rules if rule.ergonomic}
        return tuple(events)

    def _all_cases(self) -> Iterator[tuple[_Key, int, _Case]]:
        return ((key, subject, case) for key, cases in self._cases.items() for subject, case in cases.items())

    def _forget(self, remembered: set[int]) -> None:
        for cases in self._cases.values():
            for subject in cases.keys() - remembered:
                del cases[subject]

    def _about(self) -> dict[int, _About]:
        """By subject, what is running about it; those without an incident are left out."""
        found: dict[int, _About] = {}
        for key, subject, case in self._all_cases():
            running = case.watch.running
            if running is not None:
                before = found.get(subject, _NOTHING)
                line_px = running.raised.risen_line_px
                found[subject] = _About(before.rules | {key.rule}, before.risen_line_px if line_px is None else line_px)
        return found

    def _withdraw(self, subject: Subject, judgement: Judgement) -> Iterator[Event]:
        """The person signals that no help is needed: end what is about this very person and may be withdrawn."""
        timings = {rule.name: rule.timing for rule in self._rules}
        withdrawn = judgement._replace(verdict=Verdict.NO)
        for key, cases in self._cases.items():
            case = cases.get(subject.id)
            if key.rule not in WITHDRAWABLE or case is None or case.watch.running is None:
                continue
            told, case.watch = case.watch.running, withdraw(case.watch, self._now_s, timings[key.rule])
            yield self._event(key, case, told, Phase.CLEARED, withdrawn, Evidence("resolved", "cancelled"))

    def _watch(self, pair: _Pair, subjects: tuple[Subject, ...], size: FrameSize) -> Iterator[Event]:
        """One rule in one place on everybody. Nearly always nothing begins: this runs for each pair in every frame."""
        rule, place, cases = pair.rule, pair.place, self._cases.setdefault(pair.key, {})
        bounds_px = place.bounds_px(size.width_px, size.height_px) if place else None
        for subject in subjects:
            case = cases.get(subject.id)
            if case is None and (not subject.present or (bounds_px and is_apart(subject.reach_px, bounds_px))):
                continue
            history, judgement = subject.history, UNKNOWN
            if subject.present:
                judgement = rule.judge(history, place, size, raised=case is not None and case.watch.running is not None)
                if rule.ergonomic and history.now.unseen_s <= 0.0:
                    self._exposures[rule.name].add(judgement.verdict, self._frame_s)
                if rule.ergonomic and history.now.trunk_band_deg is None:
                    judgement = UNKNOWN  # not calibrated for this picture: the angle is not one of the room
            if case is None:
                if judgement.verdict is not Verdict.YES or not pair.raises:
                    continue
                case = cases[subject.id] = _Case(Watch(now_s=history.before_s))
            yield from self._advance(pair, case, subject, judgement, size)

    def _advance(
        self, pair: _Pair, case: _Case, subject: Subject, judgement: Judgement, size: FrameSize
    ) -> Iterator[Event]:
        """Take a judgement into a case; at most one event comes of it."""
        rule, running = pair.rule, case.watch.running
        step = advance(case.watch, judgement, self._now_s, rule.timing, rule.severity)
        on_ground = judgement.risen_line_px is not None
        if step.change is Change.RAISED and self._is_double(pair.key, subject, on_ground=on_ground):
            case.watch = withhold(step.watch)
            return
        case.watch = step.watch
        if step.change is None:
            return
        if step.change is Change.RAISED:
            case.incident_id = self._ids.new(wall_at(self._clock, self._now_s))
            case.rev = 0
            zone = pair.place or zone_of(subject.history.now, self._scene.zones, size)
            case.zone = zone.name if zone else self._scene.camera
        told = step.watch.running or running
        assert told is not None, "a change tells of an incident"
        yield self._event(pair.key, case, told, _PHASES[step.change], judgement, _news(step.change, rule, told))
        if step.change is Change.RAISED and rule.name == CANCEL_GESTURE:
            yield from self._withdraw(subject, judgement)

    def _is_double(self, key: _Key, subject: Subject, *, on_ground: bool) -> bool:
        """Whether an incident of this rule, running or just over, is already about this person found twice."""
        cases = self._cases[key]
        for other in self._subjects.remembered():
            case = cases.get(other.id)
            if other.id == subject.id or case is None:
                continue
            if case.watch.running is None and self._now_s >= case.watch.quiet_until_s:
                continue
            there, here = other.history.now, subject.history.now
            if on_ground and not subject.stood and one_body(there, here):
                return True
            if same_place(there, here) and not seen_apart(other, subject):
                return True
        return False

    def _event(
        self, key: _Key, case: _Case, told: Running, phase: Phase, judgement: Judgement, news: Evidence | None
    ) -> Event:
        extra = [Evidence("unobserved_s", told.unobserved_s)] if told.unobserved_s > 0.0 else []
        if news:
            extra.append(news)
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
