"""What goes over one accepted connection: status, retained state, health, and the events of the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from edge_agent.errors import OutboxError
from edge_agent.mqtt import channels, refusals
from edge_agent.mqtt.connection import Ack, Connection, Limits
from edge_agent.mqtt.errands import Errands, Replay, Reply
from edge_agent.mqtt.feed import Feed, status
from edge_agent.mqtt.outbox import LIVE_S
from edge_agent.mqtt.outbox_rows import Pending
from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.payload import mark_historical
from edge_agent.mqtt.poison import EventKey, PoisonWatch
from edge_agent.mqtt.receipts import Receipts
from edge_agent.mqtt.topic_pause import TopicPauses

logger = logging.getLogger(__name__)

WINDOW = 20  # design, section 7
_FAILURE = 0x80  # MQTT 5, section 2.4: codes from here on are failures
# Too large, format invalid: the message itself is at fault. What a broker does not authorise today it may tomorrow.
_NEVER_TAKEN = frozenset({0x95, 0x99})
_NOBODY_SUBSCRIBED = 0x10  # MQTT 5, section 3.4.2.1: accepted, but there was nobody to give it to
_RETRY_UNHEARD_S = 0.5


@dataclass(frozen=True, slots=True)
class _Flying:
    """A message without its PUBACK.

    Attributes:
        topic: Where it went.
        key: Where it is an event.
        errand: Where somebody asked for it.
    """

    topic: str
    key: EventKey | None = None
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
        self.receipts = Receipts(feed.outbox, feed.clock)
        """What the outbox does not know yet of the broker's answers; outlives the session."""
        self._connection = connection
        self._limits = limits
        self._window = min(WINDOW, limits.receive_maximum)
        self._feed = feed
        self._pauses = pauses
        self._poison = poison
        self._in_flight: dict[int, _Flying] = {}  # by packet identifier
        self._published: dict[str, int] = {}  # retained topic -> version that the broker has or is about to get
        self._status_due_s = 0.0
        self._alone_until_s = 0.0
        self._farewell_mid: int | None = None
        self._started_s = feed.clock.monotonic_s()
        self._too_large: set[str] = set()  # topics of numbers that the broker does not take; told once
        self._unheard: dict[EventKey, float] = {}  # -> when to send it again

    def fill(self) -> None:
        """Send what the window has room for: status, changed state, then events."""
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
        self._send_unstored(paused, now_s)
        while self._room() and (reply := self.errands.next_reply(now_s)):
            self._send(reply.message, _Flying(reply.message.topic, errand=reply))
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
        self.receipts.note()

    def close(self) -> None:
        """The connection is over: tell the outbox at once what the broker has."""
        self.settle()
        self.receipts.note(at_once=True)

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
    def oldest_event(self) -> EventKey | None:
        """The event on its way that was sent first."""
        return next(self._events_in_flight(), None)

    def _busy(self, now_s: float) -> set[EventKey]:
        """Events that wait, and yet are not to be sent now."""
        unheard = (key for key, due_s in self._unheard.items() if now_s < due_s)
        return {*self._events_in_flight(), *self.receipts.seqs, *unheard}

    def _events_in_flight(self) -> Iterator[EventKey]:
        return (flying.key for flying in self._in_flight.values() if flying.key is not None)

    def _next_events(self, room: int, paused: frozenset[str], now_s: float) -> list[Pending]:
        """Those above suspicion; when there are none and nothing is on its way, one suspect whose time has come."""
        outbox, busy, suspects = self._feed.outbox, self._busy(now_s), self._poison.suspects
        try:
            events = outbox.pending(room, busy | suspects, paused)
            if events or self._in_flight or not suspects:
                return events
            self._alone_until_s = now_s + self._feed.timing.alone_s
            left_out = busy | self._poison.held(now_s)
            if self._send_from_memory(1, left_out, paused, now_s):
                return []
            return outbox.pending(1, left_out, paused)
        except OutboxError as error:
            logger.debug("nothing can be read: %s", error)  # the outbox has said so, and `health` does
            return []

    def _send_unstored(self, paused: frozenset[str], now_s: float) -> None:
        """Events in memory are the newest there are, and have no place in the order of the outbox."""
        for key in self._poison.suspects:
            if isinstance(key, str) and not self._feed.outbox.unstored.waits(key):
                self._poison.forget(key)
        left_out = self._busy(now_s) | self._poison.suspects
        self._send_from_memory(self._room_for_events(now_s), left_out, paused, now_s)

    def _send_from_memory(self, room: int, left_out: set[EventKey], paused: frozenset[str], now_s: float) -> bool:
        """Send so many at most; returns whether there was any."""
        live_after_s = now_s - LIVE_S
        waiting = self._feed.outbox.unstored.pending(room, left_out, paused, live_after_s)
        for each in waiting:
            payload = each.message.payload
            if each.since_s <= live_after_s:
                payload = mark_historical(payload)
            outgoing = Outgoing(each.message.topic, payload, content_type=channels.EVENT.content_type)
            self._send(outgoing, _Flying(outgoing.topic, each.message.event_id))
        return bool(waiting)

    def _room_for_events(self, now_s: float) -> int:
        alone = now_s < self._alone_until_s and not self._poison.suspects.isdisjoint(self._events_in_flight())
        return 0 if alone else self._room()

    def _room(self) -> int:
        return 0 if self._connection.fileno() is None else self._window - len(self._in_flight)

    def _send(self, message: Outgoing, what: _Flying | None = None) -> int | None:
        what = what or _Flying(message.topic)
        size_bytes = self._connection.packet_bytes(message)
        if size_bytes > self._limits.packet_bytes:
            reason = self._too_large_for_broker(size_bytes)
            if what.key is None:
                logger.error("%s is not published: %s", message.topic, reason)
            else:
                self._refuse(what.key, reason)
            return None
        mid = self._connection.publish(message)
        self._in_flight[mid] = what
        return mid

    def _too_large_for_broker(self, size_bytes: int) -> str:
        return f"{size_bytes} bytes, and the broker takes packets of {self._limits.packet_bytes}: raise that"

    def _send_event(self, event: Pending) -> None:
        payload = mark_historical(event.payload) if event.historical else event.payload
        self._send(
            Outgoing(event.topic, payload, content_type=channels.EVENT.content_type), _Flying(event.topic, event.seq)
        )
        self.receipts.note()

    def _replay(self, replay: Replay) -> None:
        try:
            event = self._feed.outbox.kept_event(replay.seq)
        except OutboxError as error:
            logger.warning("event %d is not sent again: %s", replay.seq, error)
            return
        if event is not None:
            message = Outgoing(event.topic, mark_historical(event.payload), content_type=channels.EVENT.content_type)
            self._send(message, _Flying(event.topic, errand=replay))

    def _settle_one(self, flying: _Flying, ack: Ack) -> None:
        if flying.key is not None:
            self._poison.answered(flying.key, taken=ack.code < _FAILURE)
        if ack.code < _FAILURE:
            if self._pauses.taken(flying.topic):
                logger.info("the broker takes %s again", flying.topic)
            if flying.key is not None:
                self._taken(flying.key, ack)
        elif ack.code in _NEVER_TAKEN and flying.key is not None:
            self._refuse(flying.key, f"the broker refused it: {ack.name}")
        elif ack.code in _NEVER_TAKEN and flying.errand is not None:
            logger.error("what was asked for on %s is not sent: the broker refused it: %s", flying.topic, ack.name)
        else:
            self._refused_for_now(flying, ack)

    def _taken(self, key: EventKey, ack: Ack) -> None:
        now_s = self._feed.clock.monotonic_s()
        if ack.code == _NOBODY_SUBSCRIBED and now_s - self._started_s < self._feed.timing.unheard_s:
            self._unheard[key] = now_s + _RETRY_UNHEARD_S
            return
        self._unheard.pop(key, None)
        if isinstance(key, int):
            self.receipts.taken(key)
        else:
            self._feed.outbox.unstored.hear(key)

    def _refuse(self, key: EventKey, reason: str) -> None:
        if isinstance(key, int):
            self.receipts.refused(key, reason)
        else:
            logger.error("event %s is not sent again until it is stored: %s", key, reason)
            self._feed.outbox.unstored.refuse(key)

    def _refused_for_now(self, flying: _Flying, ack: Ack) -> None:
        if self._pauses.refused(flying.topic, ack.code, self._feed.clock.monotonic_s()):
            words = refusals.of_puback(flying.topic, ack.code, ack.name)
            logger.warning("%s; what belongs there is kept and tried again", words)
        if flying.key is None:
            self._published.pop(flying.topic, None)
            if flying.topic == self._feed.topics.status:
                self._status_due_s = 0.0
