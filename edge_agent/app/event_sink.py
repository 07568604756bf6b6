"""Where events go: into the outbox first, then to everybody who must know at once."""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
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
# Our own: some megabytes; what a busy place raises in hours. Beyond, the least worth is given up, and reported.
_MOST_WAITING = 2000
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    event: Event
    stored: Callable[[Event], None]


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
        self._waiting: deque[_Waiting] = deque()
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
        return sum(not self.outbox.unstored.is_settled(item.event.id) for item in self._waiting)

    def put(self, event: Event, to_mqtt: EventToMqtt, stored: Callable[[Event], None]) -> None:
        """Take an event over.

        Args:
            event: From a rule or a camera.
            to_mqtt: Serialises it.
            stored: Called when the event is safe on disk.
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
        self._waiting.append(_Waiting(event, stored))
        self._flush(to_mqtt)

    def record(self, event: Event, to_mqtt: EventToMqtt) -> None:
        """Take over an event that is no alarm: what people did to the device."""
        logger.info("%s %s in %s", event.rule, event.phase.value, event.zone)
        self._waiting.append(_Waiting(event, lambda _: None))
        self._flush(to_mqtt)

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
        """Offer the waiting events again, at most once a second."""
        if self._waiting and self._clock.monotonic_s() >= self._retry_at_s:
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

    def _flush(self, to_mqtt: EventToMqtt) -> None:
        while self._waiting:
            item = self._waiting[0]
            try:
                if self._lost:
                    self.outbox.note_lost(self._lost)
                    self._lost = 0
                self.outbox.append(item.event, partial(to_mqtt.to_message, item.event))
            except OutboxError as error:
                self._tell(error)
                self._publish_from_memory(to_mqtt)
                return
            self._told = False
            self._waiting.popleft()
            self.outbox.unstored.forget(item.event.id)
            item.stored(item.event)
            self._wake()

    def _publish_from_memory(self, to_mqtt: EventToMqtt) -> None:
        """A lost alert is worse than one that comes twice: docs/decisions/013."""
        newest = self._waiting[-1].event
        self.outbox.unstored.put(to_mqtt.to_message(newest, UNSTORED))
        self._wake()
        while len(self._waiting) > _MOST_WAITING:
            self._give_up_one()

    def _give_up_one(self) -> None:
        """What the broker has already first, then the least severe, the oldest of them."""
        unstored = self.outbox.unstored
        least = min(
            self._waiting, key=lambda item: (not unstored.is_settled(item.event.id), _RANK[item.event.severity])
        )
        self._waiting.remove(least)
        if not unstored.forget(least.event.id):
            self._lost += 1
            if self._lost == 1:
                logger.error("more events wait in memory than there is room for: the least severe are given up")

    def _tell(self, error: OutboxError) -> None:
        self._retry_at_s = self._clock.monotonic_s() + _RETRY_S
        if not self._told:
            logger.error("%s; events wait in memory and are tried every second", error)
        self._told = True
