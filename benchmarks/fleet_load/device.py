"""One simulated device: the publisher's behaviour over a socket that somebody else waits on."""

from __future__ import annotations

import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from edge_agent.mqtt.connection import Outgoing
from edge_agent.mqtt.session import WINDOW
from edge_agent.mqtt.session_timing import Timing
from edge_agent.runtime.backoff import FullJitter
from fleet_load import wire
from fleet_load.tally import Tally
from fleet_load.voice import Said, Voice

UNHEARD = 0x10  # MQTT 5, section 3.4.2.1
STABLE_S = 10.0  # as edge_agent.mqtt.publisher has it
_RESEND_S = 0.5  # as edge_agent.mqtt.session has it


class Link(Enum):
    """How far a connection has come."""

    DOWN = 0
    CONNECTING = 1
    SHAKING = 2
    GREETING = 3
    UP = 4


@dataclass(slots=True)
class Flying:
    """A PUBLISH without its PUBACK; `event_id` where it is an event, `first` where it is part of a connect's state."""

    event_id: str | None
    first: bool


class Device:
    """Keeps what must survive a connection (events without a PUBACK, state), and the connection's own.

    It behaves as `edge_agent.mqtt.publisher` and `session` do: status, state, then events, at most 20 without a PUBACK;
    everything retained again at each connect; an event that nobody heard is sent again for 30 s.
    """

    __slots__ = (
        "_buffer", "_flying", "_left", "_mid", "_queue", "_unsent", "backoff", "began_s", "health_waits", "life",
        "link", "pending", "prepared", "settled", "sock", "timing", "up_s", "voice",
    )  # fmt: skip

    def __init__(self, voice: Voice, backoff: FullJitter, timing: Timing) -> None:
        self.voice = voice
        self.backoff = backoff
        self.timing = timing
        self.pending: dict[str, Outgoing] = {}
        """Events that the broker has not taken, oldest first."""
        self.link = Link.DOWN
        self.life = 0
        """Counts connections: what was timed for another one is no more."""
        self.sock: socket.socket | ssl.SSLSocket | None = None
        self.began_s = 0.0
        self.up_s = 0.0
        self.health_waits = False
        self.prepared: Said | None = None
        """The next event, where it was made beforehand."""
        self.settled = False
        """Whether the broker has acknowledged everything retained since the connection came up."""
        self._buffer = bytearray()
        self._queue: deque[tuple[str, str | None, Outgoing, bool]] = deque()
        self._flying: dict[int, Flying] = {}
        self._left = 0
        self._mid = 0
        self._unsent = bytearray()

    def begin(self, now_s: float) -> None:
        """A new connection is tried."""
        self.life += 1
        self.link = Link.CONNECTING
        self.began_s = now_s
        self._buffer.clear()
        self._queue.clear()
        self._flying.clear()
        self._unsent.clear()

    def greet(self, keepalive_s: int, tally: Tally) -> None:
        """Say who we are."""
        self.link = Link.GREETING
        self._put(wire.connect(self.voice.client_id, keepalive_s, self.timing.session_s, self.voice.will()), tally)

    def end(self) -> None:
        """Close the socket; what the broker has not taken stays."""
        self.link = Link.DOWN
        self.settled = False
        self.life += 1
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def came_up(self, now_s: float, tally: Tally) -> None:
        """Send everything retained and every event that waits."""
        self.link = Link.UP
        self.up_s = now_s
        state = [self.voice.online(), *self.voice.state.values()]
        self._left = len(state)
        self._queue.extend(("status" if n == 0 else "state", None, each, True) for n, each in enumerate(state))
        self._queue.extend(("event", event_id, event, False) for event_id, event in self.pending.items())
        self.pump(now_s, tally)
        if self.health_waits:
            self.send_health(now_s, tally)

    def raise_event(self, now_s: float, tally: Tally) -> None:
        """Something happened, or ended."""
        said = self.prepared or self.voice.event()
        self.prepared = None
        self.pending[said.event_id] = said.event
        tally.born_s[said.event_id] = now_s
        if self.link is Link.UP:
            self._queue.append(("alarm", None, said.alarm, False))
            self._queue.append(("event", said.event_id, said.event, False))
            self.pump(now_s, tally)

    def refresh(self, now_s: float, tally: Tally) -> None:
        """Say that we are still here."""
        self._queue.append(("status", None, self.voice.online(), False))
        self.pump(now_s, tally)

    def send_health(self, now_s: float, tally: Tally) -> None:
        """The numbers now, or at the next connect."""
        self.health_waits = self.link is not Link.UP
        if not self.health_waits:
            self._publish("health", self.voice.health(), 0, now_s, tally)

    def resend(self, event_id: str, now_s: float, tally: Tally) -> None:
        """Once more what nobody heard."""
        if event_id in self.pending:
            self._queue.append(("event", event_id, self.pending[event_id], False))
            self.pump(now_s, tally)

    def pump(self, now_s: float, tally: Tally) -> None:
        """Fill the window."""
        while self._queue and len(self._flying) < WINDOW:
            kind, event_id, message, first = self._queue.popleft()
            self._mid = self._mid % 65_535 + 1
            self._flying[self._mid] = Flying(event_id, first)
            self._publish(kind, message, self._mid, now_s, tally)

    def read(self, now_s: float, tally: Tally, again: Callable[[Device, str, float], None]) -> str | None:
        """Take in what the socket has.

        Args:
            now_s: Monotonic seconds.
            tally: To count in.
            again: Called with an event that nobody heard, and when to send it again.

        Returns:
            Why the connection has ended, or None.
        """
        if self.sock is None:
            return None
        chunk = self.sock.recv(65_536)
        if not chunk:
            return "closed"
        tally.bytes_in += len(chunk)
        self._buffer += chunk
        for first, body in wire.packets(self._buffer):
            kind = first & 0xF0
            if kind == wire.PUBACK:
                self._acked(body, now_s, tally, again)
            elif kind == wire.CONNACK:
                if body[1] >= 0x80:
                    return f"refused with 0x{body[1]:02x}"
                tally.accepted_s.append(now_s)
                tally.connack_ms.append((now_s - self.began_s) * 1000)
                self.came_up(now_s, tally)
            elif first == 0xE0:
                return "disconnected by the broker"
        self.pump(now_s, tally)
        return None

    def flush(self) -> None:
        """Hand the socket what it did not take before."""
        if self._unsent and self.sock is not None:
            del self._unsent[: self.sock.send(self._unsent)]

    @property
    def unsent(self) -> bool:
        """Whether bytes wait for the socket."""
        return bool(self._unsent)

    @property
    def in_flight(self) -> int:
        """PUBLISH packets without a PUBACK, and those that wait for the window."""
        return len(self._flying) + len(self._queue)

    def _acked(self, body: bytes, now_s: float, tally: Tally, again: Callable[[Device, str, float], None]) -> None:
        flying = self._flying.pop(int.from_bytes(body[:2], "big"), None)
        if flying is None:
            return
        tally.acked += 1
        if flying.event_id is not None:
            if len(body) > 2 and body[2] == UNHEARD and now_s - self.up_s < self.timing.unheard_s:
                tally.unheard += 1
                again(self, flying.event_id, now_s + _RESEND_S)
            elif self.pending.pop(flying.event_id, None) is not None:
                tally.done[flying.event_id] = now_s
        elif flying.first:
            self._left -= 1
            if self._left == 0:
                self.settled = True
                tally.state_acked_s.append(now_s)

    def _publish(self, kind: str, message: Outgoing, mid: int, now_s: float, tally: Tally) -> None:
        packet = wire.publish(message, mid)
        tally.published[kind] += 1
        tally.published_bytes[kind] += len(packet)
        tally.publishes_s[int(now_s)] += 1
        self._put(packet, tally)

    def _put(self, packet: bytes, tally: Tally) -> None:
        tally.bytes_out += len(packet)
        if self._unsent or self.sock is None:
            self._unsent += packet
            return
        try:
            sent = self.sock.send(packet)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            sent = 0
        except OSError:
            return  # the next read says why it ended; the event is pending still
        self._unsent += packet[sent:]
