"""What goes over one accepted connection: status, retained state, health, and the events of the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from edge_agent.clock import Clock
from edge_agent.errors import OutboxError
from edge_agent.mqtt.connection import Ack, Connection, Limits, Outgoing
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.outbox_rows import Pending
from edge_agent.mqtt.payload import EVENT_CONTENT_TYPE, StatusPayload, encode, mark_historical, rfc3339
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics
from edge_agent.runtime.backoff import FullJitter

logger = logging.getLogger(__name__)

WINDOW = 20  # design, section 7
_FAILURE = 0x80  # MQTT 5, section 2.4: codes from here on are failures
_NEVER_TAKEN = frozenset({0x87, 0x90, 0x95, 0x99})  # not authorised, topic invalid, too large, format invalid
_RETRY_RECORD_S = 1.0
_NOBODY_SUBSCRIBED = 0x10  # MQTT 5, section 3.4.2.1: accepted, but there was nobody to give it to
_RETRY_UNHEARD_S = 0.5


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of the session, in seconds (design, section 7).

    Attributes:
        status_every_s: Between two refreshes of the status.
        status_expiry_s: After which the broker forgets a status that was not refreshed.
        will_delay_s: After which the broker announces that we are gone.
        session_s: For which the broker keeps our session.
        connack_s: For which we wait for a CONNACK.
        leave_s: For which we take leave.
        unheard_s: After a connect, for which an event that found no subscriber is sent again: a broker that lost its
            sessions has forgotten them until they come back.
    """

    status_every_s: float = 30.0
    status_expiry_s: int = 90
    will_delay_s: int = 10
    session_s: int = 60
    connack_s: float = 10.0
    leave_s: float = 1.5
    unheard_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a session takes from.

    Attributes:
        topics: Names.
        outbox: Events.
        retained: State.
        clock: For the time in the status.
        timing: Of status and leave.
    """

    topics: Topics
    outbox: Outbox
    retained: RetainedTable
    clock: Clock
    timing: Timing


class Session:
    """Keeps the window full and notes what the broker has. Used by the publisher's thread alone."""

    def __init__(
        self, connection: Connection, limits: Limits, feed: Feed, backoff: FullJitter, suspect: int | None
    ) -> None:
        """Take over a connection that the broker accepted.

        Args:
            connection: To publish on.
            limits: Of the broker.
            feed: What to publish.
            backoff: For a broker that has no quota left.
            suspect: An event that may have ended connections; until it is settled, events go one at a time.
        """
        self._connection = connection
        self._limits = limits
        self._window = min(WINDOW, limits.receive_maximum)
        self._feed = feed
        self._backoff = backoff
        self._suspect = suspect
        self._in_flight: dict[int, int | str] = {}  # packet identifier -> seq of an event, or topic
        self._taken: set[int] = set()  # the broker has them, the outbox does not know yet
        self._refused: dict[int, str] = {}
        self._retained_version = 0
        self._status_due_s = 0.0
        self._events_due_s = 0.0
        self._record_due_s = 0.0
        self._farewell_mid: int | None = None
        self._started_s = feed.clock.monotonic_s()
        self._unheard: dict[int, float] = {}  # seq -> when to send it again

    def fill(self) -> None:
        """Send what the window has room for: status, changed state, then events.

        Raises:
            OutboxError: The outbox cannot be read.
        """
        now_s = self._feed.clock.monotonic_s()
        if now_s >= self._status_due_s and self._room():
            self._status_due_s = now_s + self._feed.timing.status_every_s
            self._send(self._feed.topics.status, status(self._feed, "online"))
        for state in self._feed.retained.since(self._retained_version):
            if not self._room():
                return
            self._retained_version = state.version
            self._send(state.topic, Outgoing(state.topic, state.payload, retain=True))
        while now_s >= self._events_due_s and (room := self._room_for_events()):
            events = self._feed.outbox.pending(room, self._busy(now_s))
            if not events:
                return
            for event in events:
                self._send_event(event)

    def settle(self) -> None:
        """Look at the PUBACKs and tell the outbox, all at once."""
        while self._connection.acks:
            ack = self._connection.acks.popleft()
            item = self._in_flight.pop(ack.mid, None)
            if isinstance(item, int):
                self._settle_event(item, ack)
            elif item is not None and ack.code >= _FAILURE:
                logger.warning("the broker does not take %s: %s; it is sent again at the next connect", item, ack.name)
        now_s = self._feed.clock.monotonic_s()
        if (self._taken or self._refused) and now_s >= self._record_due_s:
            self._record(now_s)

    def send_health(self, payload: bytes) -> None:
        """Publish the numbers, QoS 0."""
        self._connection.publish(Outgoing(self._feed.topics.health, payload, qos=0))

    def leave(self) -> bool:
        """Say goodbye as soon as the window has room.

        Returns:
            Whether the broker has heard it.
        """
        if self._farewell_mid is None and self._room():
            self._farewell_mid = self._send(self._feed.topics.status, status(self._feed, "offline"))
        return self._farewell_mid is not None and self._farewell_mid not in self._in_flight

    @property
    def oldest_event(self) -> int | None:
        """The event on its way that was sent first."""
        return next(self._events_in_flight(), None)

    def _busy(self, now_s: float) -> set[int]:
        """Events that are pending in the outbox and yet not to be sent now."""
        waiting = {seq for seq, due_s in self._unheard.items() if now_s < due_s}
        return {*self._events_in_flight(), *self._taken, *self._refused, *waiting}

    def _events_in_flight(self) -> Iterator[int]:
        return (item for item in self._in_flight.values() if isinstance(item, int))

    def _room_for_events(self) -> int:
        if self._suspect is None:
            return self._room()
        return min(1, self._room()) if not self._in_flight else 0

    def _room(self) -> int:
        return 0 if self._connection.fileno() is None else self._window - len(self._in_flight)

    def _send(self, item: int | str, message: Outgoing) -> int | None:
        size_bytes = self._connection.packet_bytes(message)
        if size_bytes > self._limits.packet_bytes:
            reason = f"{size_bytes} bytes, and the broker takes packets of {self._limits.packet_bytes}"
            if isinstance(item, int):
                self._refuse(item, reason)
            else:
                logger.error("%s is not published: %s; raise the broker's maximum packet size", item, reason)
            return None
        mid = self._connection.publish(message)
        self._in_flight[mid] = item
        return mid

    def _send_event(self, event: Pending) -> None:
        payload = mark_historical(event.payload) if event.historical else event.payload
        self._send(event.seq, Outgoing(event.topic, payload, content_type=EVENT_CONTENT_TYPE))
        if self._refused:
            self._record(self._feed.clock.monotonic_s())

    def _settle_event(self, seq: int, ack: Ack) -> None:
        if seq == self._suspect:
            self._suspect = None
        now_s = self._feed.clock.monotonic_s()
        if ack.code == _NOBODY_SUBSCRIBED and now_s - self._started_s < self._feed.timing.unheard_s:
            self._unheard[seq] = now_s + _RETRY_UNHEARD_S
        elif ack.code < _FAILURE:
            self._unheard.pop(seq, None)
            self._taken.add(seq)
            self._backoff.reset()
        elif ack.code in _NEVER_TAKEN:
            self._refuse(seq, f"the broker refused it: {ack.name}")
        else:
            wait_s = self._backoff.next_s()
            self._events_due_s = now_s + wait_s
            logger.warning("the broker does not take event %d now: %s; next try in %.1f s", seq, ack.name, wait_s)

    def _refuse(self, seq: int, reason: str) -> None:
        logger.error("event %d is put aside and not sent again: %s", seq, reason)
        self._refused[seq] = reason

    def _record(self, now_s: float) -> None:
        try:
            if self._taken:
                self._feed.outbox.acknowledge(self._taken)
                self._taken.clear()
            for seq in list(self._refused):
                self._feed.outbox.quarantine(seq, self._refused[seq])
                del self._refused[seq]
        except OutboxError as error:
            # Worst case is a duplicate after a restart, which subscribers drop: no reason to stop publishing.
            if self._record_due_s == 0.0:
                logger.warning("cannot note what the broker has: %s; trying again", error)
            self._record_due_s = now_s + _RETRY_RECORD_S


def status(feed: Feed, state: Literal["online", "offline"], *, will: bool = False) -> Outgoing:
    """The status message, also the one that the broker keeps as our will."""
    if will:
        payload = StatusPayload(status=state, reason="lost")
    else:
        reason: Literal["running", "stopped"] = "running" if state == "online" else "stopped"
        payload = StatusPayload(status=state, reason=reason, at=rfc3339(feed.clock.wall_s()))
    expiry_s = feed.timing.status_expiry_s if state == "online" else None
    return Outgoing(feed.topics.status, encode(payload), retain=True, expiry_s=expiry_s)
