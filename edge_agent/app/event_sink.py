"""Where events go: into the outbox first, then to everybody who must know at once."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from edge_agent.clock import Clock, wall_at
from edge_agent.data.event import Event, Severity
from edge_agent.errors import OutboxError
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.event_to_mqtt import UNSTORED, EventToMqtt
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.payload import encode
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.snoozes import Snooze, Snoozes
from edge_agent.mqtt.topics import Topics

logger = logging.getLogger(__name__)

_RETRY_S = 1.0
# Our own: where the disk comes back with a thousand events waiting, frames are judged between them.
_FLUSH_S = 0.2
# Our own: some megabytes; what a busy place raises in hours. Beyond, the least worth is given up, and reported.
_MOST_WAITING = 2000
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(slots=True, eq=False)
class _Waiting:
    """An event that is not stored yet.

    Attributes:
        event: It.
        safe: Told once that the disk or the broker has it.
        made_s: When it came, monotonic seconds.
        told: Whether `safe` was called.
    """

    event: Event
    safe: Callable[[Event], None]
    made_s: float
    told: bool = False

    def tell(self) -> None:
        """It is safe."""
        if not self.told:
            self.told = True
            self.safe(self.event)


class EventSink:
    """Stores events in order, and keeps those that the disk refuses until it takes them; these go out from memory.

    Used by the vision thread alone.
    """

    def __init__(
        self, outbox: Outbox, topics: Topics, retained: RetainedTable, clock: Clock, wake: Callable[[], None]
    ) -> None:
        """Wire the sink.

        Args:
            outbox: Open.
            topics: Of this device.
            retained: Gets the state of each zone.
            clock: For wall times and retries.
            wake: Tells the publisher that there is something new.
        """
        self.outbox = outbox
        """Where they go; any thread may read its numbers."""
        self._topics = topics
        self._retained = retained
        self._clock = clock
        self._wake = wake
        self.snoozes = Snoozes()
        """Who asked for quiet; to be changed by `snooze` and its like."""
        self._board = AlarmBoard(self.snoozes)
        self._waiting: dict[str, _Waiting] = {}  # by identifier, in the order of their coming
        self._retry_at_s = 0.0
        self._told = False
        self._lost = 0
        self._shown: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many events the outbox has not taken yet. Any thread."""
        return len(self._waiting)

    @property
    def unheard(self) -> int:
        """How many of them the broker has not either."""
        return sum(not self.outbox.unstored.was_heard(event_id) for event_id in list(self._waiting))

    def put(self, event: Event, to_mqtt: EventToMqtt, safe: Callable[[Event], None]) -> None:
        """Take an event over.

        Args:
            event: From a rule or a camera.
            to_mqtt: Serialises it.
            safe: Called once, when the event is on disk, or the broker has had it from memory.
        """
        logger.info(
            "camera %s: %s %s in %s (%s)", event.camera, event.rule, event.phase.value, event.zone, event.severity.value
        )
        if self.snoozes.covers(event.zone, event.rule, event.severity):
            event = dataclasses.replace(event, snoozed=True)  # on record that nobody was told
        # The state of the zone does not wait for the disk: a lamp must light even where it is full.
        state = self._board.apply(event, wall_at(self._clock, event.observed_s))
        self._retained.set(self._topics.alarm(state.zone), encode(state))
        self._shown.add(state.zone)
        self._wake()
        self._take(event, to_mqtt, safe)

    def record(self, event: Event, to_mqtt: EventToMqtt) -> None:
        """Take over an event that is no alarm: what people did to the device."""
        logger.info("%s %s in %s", event.rule, event.phase.value, event.zone)
        self._take(event, to_mqtt, lambda _: None)

    def allow_snoozing(self, *, critical: bool) -> None:
        """Whether what is critical may be snoozed; before the first event."""
        self.snoozes = Snoozes(allow_critical=critical)
        self._board = AlarmBoard(self.snoozes)

    def snooze(self, snooze: Snooze) -> Snooze | None:
        """Keep quiet about a place for a while; returns the wish that this one replaces."""
        before = self.snoozes.put(snooze)
        self._show_again(snooze.place)
        return before

    def end_snooze(self, place: str, rule: str | None) -> Snooze | None:
        """Be quiet no longer; returns the wish that ended."""
        ended = self.snoozes.end(place, rule)
        self._show_again(place)
        return ended

    def expired_snoozes(self) -> tuple[Snooze, ...]:
        """End the snoozes whose time is over."""
        over = self.snoozes.expired(self._clock.monotonic_s())
        for snooze in over:
            self._show_again(snooze.place)
        return over

    def acknowledge(self, incident_id: str) -> str | None:
        """Somebody takes care of an incident; returns its zone, None where no such incident goes on."""
        zone = self._board.acknowledge(incident_id)
        if zone is not None:
            self._show_again(zone)
        return zone

    def _show_again(self, place: str) -> None:
        if place in self._shown:
            self._retained.set(self._topics.alarm(place), encode(self._board.state(place, self._clock.wall_s())))
            self._wake()

    def retry(self, to_mqtt: EventToMqtt) -> None:
        """Offer the waiting events again; a disk that refused one is asked once a second."""
        for event_id in self.outbox.unstored.newly_heard():
            if event_id in self._waiting:
                self._waiting[event_id].tell()
        self._flush(to_mqtt)

    def show(self, places: tuple[str, ...]) -> None:
        """Publish the state of these zones and cameras where it is new, and take back that of others.

        What still goes on in a zone that is gone is shown under its camera.
        """
        wall_s = self._clock.wall_s()
        changed = self._board.keep(places) | (set(places) - self._shown)
        for place in places:
            if place in changed:
                self._retained.set(self._topics.alarm(place), encode(self._board.state(place, wall_s)))
        for place in self._shown - set(places):
            self._retained.set(self._topics.alarm(place), b"")
        self._shown = set(places)
        self._wake()

    def _take(self, event: Event, to_mqtt: EventToMqtt, safe: Callable[[Event], None]) -> None:
        made_s = self._clock.monotonic_s()
        self._waiting[event.id] = _Waiting(event, safe, made_s)
        self._flush(to_mqtt)
        if event.id not in self._waiting:
            return
        # A lost alert is worse than one that comes twice: docs/decisions/013.
        self.outbox.unstored.put(to_mqtt.to_message(event, UNSTORED, made_s), made_s)
        self._wake()
        while len(self._waiting) > _MOST_WAITING:
            self._give_up_one()

    def _flush(self, to_mqtt: EventToMqtt) -> None:
        """Store what waits, as long as the disk takes it and other work can wait."""
        until_s = self._clock.monotonic_s() + _FLUSH_S
        while self._waiting and self._retry_at_s <= self._clock.monotonic_s() <= until_s:
            item = next(iter(self._waiting.values()))
            try:
                if self._lost:
                    self.outbox.note_lost(self._lost)
                    self._lost = 0
                make = partial(to_mqtt.to_message, item.event, made_s=item.made_s)
                self.outbox.append(item.event, make, item.made_s)
            except OutboxError as error:
                self._tell(error)
                return
            self._told = False
            del self._waiting[item.event.id]
            self.outbox.unstored.forget(item.event.id)
            item.tell()
            self._wake()

    def _give_up_one(self) -> None:
        """What the broker has already first, then the least severe, the oldest of them."""
        unstored = self.outbox.unstored
        least = min(
            self._waiting.values(),
            key=lambda item: (not unstored.was_heard(item.event.id), _RANK[item.event.severity]),
        )
        del self._waiting[least.event.id]
        if not unstored.forget(least.event.id):
            self._lost += 1
            if self._lost == 1:
                logger.error("more events wait in memory than there is room for: the least severe are given up")

    def _tell(self, error: OutboxError) -> None:
        self._retry_at_s = self._clock.monotonic_s() + _RETRY_S
        if not self._told:
            logger.error("%s; events wait in memory and are tried every second", error)
        self._told = True
