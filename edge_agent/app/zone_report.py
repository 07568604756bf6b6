"""From frames and events to the numbers of every zone: counts of everybody together, since the full hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from edge_agent.app.zone_tally import ZoneTally
from edge_agent.clock import Clock
from edge_agent.data.event import Event
from edge_agent.data.exposure import Exposure
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight
from edge_agent.mqtt.payload import encode, rfc3339
from edge_agent.mqtt.topics import Topics
from edge_agent.mqtt.zone_numbers_payload import PERSON_S_STEP, PostureNumbers, ZoneNumbersPayload
from edge_agent.rules.history import Scene
from edge_agent.rules.persons_in_zones import persons_in_zones

EVERY_S = 60.0
"""Our own: what a dashboard draws, and few enough that a hundred zones are no load."""
_SAMPLE_S = 1.0  # our own: nobody passes a zone unseen in less, and it costs nothing then
_HOUR_S = 3600.0
_Exposures = Mapping[str, Exposure]


@dataclass(slots=True, eq=False)
class _View:
    """What is counted of one camera's whole view, besides its tallies."""

    scene: Scene
    seen_s: float | None = None
    exposures: _Exposures = field(default_factory=dict)
    before: dict[str, tuple[float, float, float]] = field(default_factory=dict)


class ZoneReport:
    """Counts, and publishes every minute, at the full hour, and when the agent stops. Used by one thread.

    Args:
        topics: Of this device.
        clock: For samples, minutes and hours.
        publish: Takes a topic and its numbers, and keeps only the latest.
    """

    def __init__(self, topics: Topics, clock: Clock, publish: Callable[[str, bytes], None]) -> None:
        self._topics = topics
        self._clock = clock
        self._publish = publish
        self._tallies: dict[str, ZoneTally] = {}
        self._views: dict[str, _View] = {}
        self._due_s = clock.monotonic_s()
        self._begin()

    def watch(self, places: Iterable[str], scenes: Iterable[Scene]) -> None:
        """Count in these places from now on.

        Args:
            places: Every zone and camera, also those that are not there in this shift.
            scenes: Of the cameras whose zones have changed, with the zones that are there now.
        """
        self._tallies = {place: self._tallies.get(place) or ZoneTally() for place in places}
        for scene in scenes:
            view = self._views.setdefault(scene.camera, _View(scene))
            view.scene = scene
        self._views = {camera: view for camera, view in self._views.items() if camera in self._tallies}

    def see(self, sight: Sight, postures: Postures, exposures: _Exposures) -> None:
        """Take in a frame of a camera that is watched; at most one a second counts."""
        view = self._views[postures.camera]
        view.exposures = exposures
        if view.seen_s is not None and postures.t_s - view.seen_s < _SAMPLE_S:
            return
        passed_s = 0.0 if view.seen_s is None else postures.t_s - view.seen_s
        view.seen_s = postures.t_s
        if sight.fault is not None:
            return
        for place, persons in persons_in_zones(postures, view.scene.zones).items():
            self._tallies[place].see(persons, postures.t_s, passed_s)

    def note(self, event: Event) -> None:
        """Take in a phase of an incident."""
        tally = self._tallies.get(event.zone)
        if tally is not None:
            tally.note(event)

    def turn(self) -> None:
        """Publish what is due; call it several times a second."""
        now_s = self._clock.monotonic_s()
        over = int(self._clock.wall_s() // _HOUR_S) != self._hour
        if over or now_s >= self._due_s:
            self._due_s = now_s + EVERY_S
            self.tell()
        if over:
            self._begin()

    def tell(self) -> None:
        """Publish everything now."""
        for place, tally in self._tallies.items():
            self._publish(self._topics.zone_numbers(place), encode(self._numbers(place, tally)))

    def _begin(self) -> None:
        """An hour begins, or the agent, or the clock was set."""
        wall_s = self._clock.wall_s()
        self._hour = int(wall_s // _HOUR_S)
        self._since_s = wall_s
        self._tallies = {place: ZoneTally() for place in self._tallies}
        for view in self._views.values():
            view.before = {rule: _seconds(exposure) for rule, exposure in view.exposures.items()}

    def _numbers(self, place: str, tally: ZoneTally) -> ZoneNumbersPayload:
        view = self._views.get(place)
        return ZoneNumbersPayload(
            zone=place,
            since=rfc3339(self._since_s),
            at=rfc3339(self._clock.wall_s()),
            observed_s=round(tally.observed_s),
            persons=tally.persons(self._clock.monotonic_s()),
            persons_most=tally.persons_most,
            person_s=_coarse(tally.person_s),
            incidents=tally.incidents,
            exposure=_exposure(view) or None if view else None,
        )


def _exposure(view: _View) -> dict[str, PostureNumbers]:
    """What came since the hour began; rules that were enabled anew count from nothing."""
    numbers = {}
    for rule, exposure in view.exposures.items():
        before = view.before.get(rule, (0.0, 0.0, 0.0))
        yes, no, unsure = (_coarse(max(0.0, a - b)) for a, b in zip(_seconds(exposure), before, strict=True))
        numbers[rule] = PostureNumbers(yes_s=yes, no_s=no, indeterminate_s=unsure)
    return numbers


def _seconds(exposure: Exposure) -> tuple[float, float, float]:
    return exposure.yes_s, exposure.no_s, exposure.indeterminate_s


def _coarse(seconds: float) -> int:
    return PERSON_S_STEP * round(seconds / PERSON_S_STEP)
