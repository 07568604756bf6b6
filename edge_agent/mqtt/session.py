"""What goes over one accepted connection: status, retained state, health, and the events of the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from edge_agent.clock import Clock
from edge_agent.errors import OutboxError
from edge_agent.mqtt import channels, refusals
from edge_agent.mqtt.connection import Ack, Connection, Limits
from edge_agent.mqtt.errands import Errands, Replay, Reply
from edge_agent.mqtt.event_source import EventSource
from edge_agent.mqtt.outbox_rows import Pending
from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.payload import StatusPayload, encode, mark_historical, rfc3339
from edge_agent.mqtt.poison import PoisonWatch
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session_timing import Timing
from edge_agent.mqtt.topic_pause import TopicPauses
from edge_agent.mqtt.topics import Topics

logger = logging.getLogger(__name__)

WINDOW = 20  # design, section 7
_FAILURE = 0x80  # MQTT 5, section 2.4: codes from here on are failures
# Too large, format invalid: the message itself is at fault. What a broker does not authorise today it may tomorrow.
_NEVER_TAKEN = frozenset({0x95, 0x99})
_RETRY_RECORD_S = 1.0
_NOBODY_SUBSCRIBED = 0x10  # MQTT 5, section 3.4.2.1: accepted, but there was nobody to give it to
_RETRY_UNHEARD_S = 0.5


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a session takes from.

    Attributes:
        topics: Names.
        outbox: Events.
        retained: State.
        clock: For the time in the status.
        timing: Of status and leave.
        announces: Whether the session says that the device is there and when it goes: one process of a device does.
    """

    topics: Topics
    outbox: EventSource
    retained: RetainedTable
    clock: Clock
    timing: Timing
    announces: bool = True


@dataclass(frozen=True, slots=True)
class _Flying:
    """A message without its PUBACK; `seq` where it is an event, `errand` where somebody asked for it."""

    topic: str
    seq: int | None = None
    errand: Reply | Replay | None = None


class Session:
    """Keeps the window full and notes what the broker has. Used by the publisher's thread alone."""

    def __init__(
        self, connection: Connection, limits: Limits, feed: Feed, pauses: TopicPauses, poison: PoisonWatch
    ) -> None:
        """Take over a connection that the broker accepted.

        Args:
            connection: To publish on.
            limits: Of the broker.
            feed: What to publish.
            pauses: Topics that the broker does not take now; outlives the session.
            poison: Events that may have ended connections; outlives the session.
        """
        self.errands = Errands()
        """Answers and replays; outlive the session."""
        self._connection = connection
        self._limits = limits
        self._window = min(WINDOW, limits.receive_maximum)
        self._feed = feed
        self._pauses = pauses
        self._poison = poison
        self._in_flight: dict[int, _Flying] = {}  # by packet identifier
        self._taken: set[int] = set()  # the broker has them, the outbox does not know yet
        self._refused: dict[int, str] = {}
        self._published: dict[str, int] = {}  # retained topic -> version that the broker has or is about to get
        self._status_due_s = 0.0
        self._alone_until_s = 0.0
        self._record_due_s = 0.0
        self._farewell_mid: int | None = None
        self._started_s = feed.clock.monotonic_s()
        self._too_large: set[str] = set()  # topics of numbers that the broker does not take; told once
        self._unheard: dict[int, float] = {}  # seq -> when to send it again

    def fill(self) -> None:
        """Send what the window has room for: status, changed state, then events.

        Raises:
            OutboxError: The outbox cannot be read.
        """
        now_s = self._feed.clock.monotonic_s()
        paused = self._pauses.paused(now_s)
        if (
            self._feed.announces
            and now_s >= self._status_due_s
            and self._feed.topics.status not in paused
            and self._room()
        ):
            self._status_due_s = now_s + self._feed.timing.status_every_s
            self._send(status(self._feed, "online"))
        for state in self._feed.retained.since(0):
            if not self._room():
                return
            if self._published.get(state.topic) != state.version and state.topic not in paused:
                self._published[state.topic] = state.version
                self._send(Outgoing(state.topic, state.payload, retain=True))
        while self._room() and (reply := self.errands.next_reply(now_s)):
            self._send(reply.message, errand=reply)
        while (room := self._room_for_events(now_s)) and (events := self._next_events(room, paused, now_s)):
            for event in events:
                self._send_event(event)
        while self._room() and (replay := self.errands.next_replay()):
            self._replay(replay)

    def republish(self) -> None:
        """Send status and state again, as at the connect."""
        self._published.clear()
        self._status_due_s = 0.0

    def give_back_errands(self) -> None:
        """The connection has ended: what was asked for and not acknowledged is sent on the next."""
        for flying in reversed(self._in_flight.values()):
            if flying.errand is not None:
                self.errands.give_back(flying.errand)

    def settle(self) -> None:
        """Look at the PUBACKs and tell the outbox, all at once."""
        while self._connection.acks:
            ack = self._connection.acks.popleft()
            flying = self._in_flight.pop(ack.mid, None)
            if flying is not None:
                self._settle_one(flying, ack)
        now_s = self._feed.clock.monotonic_s()
        if (self._taken or self._refused) and now_s >= self._record_due_s:
            self._record(now_s)

    def send_numbers(self, topic: str, payload: bytes) -> None:
        """Publish numbers, QoS 0; a packet that is too large for the broker would end the connection."""
        message = Outgoing(topic, payload, qos=channels.HEALTH.qos)
        size_bytes = self._connection.packet_bytes(message)
        if size_bytes <= self._limits.packet_bytes:
            self._connection.publish(message)
        elif topic not in self._too_large:
            self._too_large.add(topic)
            logger.error("%s is not published: %s", topic, self._too_large_for_broker(size_bytes))

    def leave(self) -> bool:
        """Say goodbye as soon as the window has room.

        Returns:
            Whether the broker has heard it.
        """
        if not self._feed.announces:
            return not self._in_flight
        if self._farewell_mid is None and self._room():
            self._farewell_mid = self._send(status(self._feed, "offline"))
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
        return (flying.seq for flying in self._in_flight.values() if flying.seq is not None)

    def _next_events(self, room: int, paused: frozenset[str], now_s: float) -> list[Pending]:
        """Those above suspicion; when there are none and nothing is on its way, one suspect whose time has come."""
        outbox, busy = self._feed.outbox, self._busy(now_s)
        events = outbox.pending(room, busy | self._poison.suspects, paused)
        if events or self._in_flight or not self._poison.suspects:
            return events
        self._alone_until_s = now_s + self._feed.timing.alone_s
        return outbox.pending(1, busy | self._poison.held(now_s), paused)

    def _room_for_events(self, now_s: float) -> int:
        alone = now_s < self._alone_until_s and not self._poison.suspects.isdisjoint(self._events_in_flight())
        return 0 if alone else self._room()

    def _room(self) -> int:
        return 0 if self._connection.fileno() is None else self._window - len(self._in_flight)

    def _send(self, message: Outgoing, seq: int | None = None, errand: Reply | Replay | None = None) -> int | None:
        size_bytes = self._connection.packet_bytes(message)
        if size_bytes > self._limits.packet_bytes:
            reason = self._too_large_for_broker(size_bytes)
            if seq is not None:
                self._refuse(seq, reason)
            else:
                logger.error("%s is not published: %s", message.topic, reason)
            return None
        mid = self._connection.publish(message)
        self._in_flight[mid] = _Flying(message.topic, seq, errand)
        return mid

    def _too_large_for_broker(self, size_bytes: int) -> str:
        return f"{size_bytes} bytes, and the broker takes packets of {self._limits.packet_bytes}: raise that"

    def _send_event(self, event: Pending) -> None:
        payload = mark_historical(event.payload) if event.historical else event.payload
        self._send(Outgoing(event.topic, payload, content_type=channels.EVENT.content_type), event.seq)
        if self._refused:
            self._record(self._feed.clock.monotonic_s())

    def _replay(self, replay: Replay) -> None:
        event = self._feed.outbox.kept_event(replay.seq)
        if event is not None:
            message = Outgoing(event.topic, mark_historical(event.payload), content_type=channels.EVENT.content_type)
            self._send(message, errand=replay)

    def _settle_one(self, flying: _Flying, ack: Ack) -> None:
        if flying.seq is not None:
            self._poison.answered(flying.seq, taken=ack.code < _FAILURE)
        if ack.code < _FAILURE:
            if self._pauses.taken(flying.topic):
                logger.info("the broker takes %s again", flying.topic)
            if flying.seq is not None:
                self._settle_taken(flying.seq, ack)
        elif flying.seq is not None and ack.code in _NEVER_TAKEN:
            self._refuse(flying.seq, f"the broker refused it: {ack.name}")
        else:
            self._refused_for_now(flying, ack)

    def _settle_taken(self, seq: int, ack: Ack) -> None:
        now_s = self._feed.clock.monotonic_s()
        if ack.code == _NOBODY_SUBSCRIBED and now_s - self._started_s < self._feed.timing.unheard_s:
            self._unheard[seq] = now_s + _RETRY_UNHEARD_S
        else:
            self._unheard.pop(seq, None)
            self._taken.add(seq)

    def _refused_for_now(self, flying: _Flying, ack: Ack) -> None:
        if self._pauses.refused(flying.topic, ack.code, self._feed.clock.monotonic_s()):
            words = refusals.of_puback(flying.topic, ack.code, ack.name)
            logger.warning("%s; what belongs there is kept and tried again", words)
        if flying.seq is None:
            self._published.pop(flying.topic, None)
            if flying.topic == self._feed.topics.status:
                self._status_due_s = 0.0

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
