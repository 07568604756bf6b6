"""What listens: an alerting service and a dashboard, in a process of their own.

Both keep their session and use QoS 1. The alerting service takes the events, the dashboard everything else.
"""

from __future__ import annotations

import os
import selectors
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any

from fleet_load import wire
from fleet_load.voice import PREFIX, REAL_SITE

ALERTS = (f"{PREFIX}/+/+/event/#",)
BOARD = (
    *(f"{PREFIX}/+/+/{suffix}" for suffix in ("status", "info", "health", "alarm/#")),
    "$SYS/broker/retained messages/count",
    "$SYS/broker/publish/messages/dropped",
    "$SYS/broker/store/messages/bytes",
)
_RETRY_S = 0.5
_SESSION_S = 3600
_KEEPALIVE_S = 600  # of these two only; the devices' is the agent's
_ID = b'"id":"'
_REAL = f"/{REAL_SITE}/".encode()


@dataclass(slots=True)
class Heard:
    """What came since the last `mark`.

    Attributes:
        events: By id of a simulated device's event, when it first came, CLOCK_MONOTONIC in seconds.
        real_events: Likewise for the real agents.
        duplicates: Events that came again.
        states: By retained topic of a simulated device, when it first came.
        kinds: PUBLISH packets by kind.
        bytes_in: Received.
    """

    events: dict[str, float] = field(default_factory=dict)
    real_events: dict[str, float] = field(default_factory=dict)
    duplicates: int = 0
    states: dict[bytes, float] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    bytes_in: int = 0


class Listener:
    """One session at the broker."""

    def __init__(self, name: str, filters: tuple[str, ...], take: Callable[[wire.Received], None]) -> None:
        self.sock: socket.socket | None = None
        self.subscribed = False
        self.away = False
        self._name = name
        self._filters = filters
        self._take = take
        self._buffer = bytearray()
        self._retry_s = 0.0

    def connect(self, port: int, tls: ssl.SSLContext | None) -> bool:
        """Try, at most twice a second; returns whether there is a new socket."""
        now_s = time.monotonic()
        if self.sock is not None or self.away or now_s < self._retry_s:
            return False
        self._retry_s = now_s + _RETRY_S
        try:
            sock = socket.create_connection(("127.0.0.1", port), timeout=5)
            self.sock = tls.wrap_socket(sock, server_hostname="127.0.0.1") if tls else sock
            self.sock.sendall(wire.connect(f"bench-{self._name}", _KEEPALIVE_S, _SESSION_S))
        except OSError:
            self.drop()
            return False
        self._buffer.clear()
        return True

    def read(self) -> int:
        """Take in what there is; returns how many bytes, 0 at the end of the connection."""
        assert self.sock is not None
        try:
            chunk = self.sock.recv(262_144)
            self._buffer += chunk
            answers = bytearray()
            for first, body in wire.packets(self._buffer):
                answers += self._answer(first, body)
            if answers:
                self.sock.sendall(answers)
        except OSError:
            return 0
        return len(chunk)

    def drop(self) -> None:
        """Close the socket."""
        if self.sock is not None:
            self.sock.close()
        self.sock = None
        self.subscribed = False

    def _answer(self, first: int, body: bytes) -> bytes:
        kind = first & 0xF0
        if kind == wire.PUBLISH:
            message = wire.received(first, body)
            self._take(message)
            return wire.puback(message.mid) if message.mid else b""
        if kind == wire.CONNACK:
            return wire.subscribe(self._filters, 1)
        if kind == wire.SUBACK:
            self.subscribed = True
        return b""


class Audience:
    """Both listeners, and what they heard."""

    def __init__(self, port: int, tls: ssl.SSLContext | None) -> None:
        self.heard = Heard()
        self.broker_says: dict[str, int] = {}
        self.alerts = Listener("alerts", ALERTS, self._event)
        self.board = Listener("board", BOARD, self._state)
        self._port = port
        self._tls = tls
        self._selector = selectors.DefaultSelector()

    def turn(self) -> None:
        """Connect what is not connected, and read for at most a tenth of a second."""
        for listener in (self.alerts, self.board):
            if listener.connect(self._port, self._tls) and listener.sock is not None:
                self._selector.register(listener.sock, selectors.EVENT_READ, listener)
        for key, _ in self._selector.select(0.1):
            listener = key.data
            if listener is None:
                continue  # a command, which is read elsewhere
            count = listener.read()
            while isinstance(listener.sock, ssl.SSLSocket) and count and listener.sock.pending():
                count = listener.read()
            self.heard.bytes_in += count
            if not count:
                self.drop(listener)

    def drop(self, listener: Listener) -> None:
        """Let go of a connection."""
        if listener.sock is not None:
            self._selector.unregister(listener.sock)
        listener.drop()

    def watch(self, pipe: Pipe) -> None:
        """Let a command interrupt the waiting."""
        self._selector.register(pipe, selectors.EVENT_READ, None)

    def _event(self, message: wire.Received) -> None:
        at = message.payload.index(_ID) + len(_ID)
        event_id = message.payload[at : at + 36].decode()
        self.heard.kinds["event"] += 1
        events = self.heard.real_events if _REAL in message.topic else self.heard.events
        if event_id in events:
            self.heard.duplicates += 1
        else:
            events[event_id] = time.monotonic()

    def _state(self, message: wire.Received) -> None:
        if message.topic.startswith(b"$SYS"):
            self.broker_says[message.topic.decode()] = int(message.payload)
            return
        kind = message.topic.split(b"/")[4].decode()
        self.heard.kinds[kind] += 1
        if kind != "health" and _REAL not in message.topic:
            self.heard.states.setdefault(message.topic, time.monotonic())


def listen(pipe: Pipe, port: int, tls_files: tuple[str, str, str] | None) -> None:
    """The process: obeys commands and answers each.

    Args:
        pipe: Takes ``ready``, ``mark``, ``mark states``, ``count``, ``report``, ``away``, ``back`` and ``stop``.
        port: Of the broker.
        tls_files: CA, certificate and key, where it speaks TLS.
    """
    tls = None
    if tls_files is not None:
        tls = ssl.create_default_context(cafile=tls_files[0])
        tls.load_cert_chain(tls_files[1], tls_files[2])
    audience = Audience(port, tls)
    audience.watch(pipe)
    while True:
        audience.turn()
        if pipe.poll():
            command = pipe.recv()
            pipe.send(_obey(audience, command))
            if command == "stop":
                return


def _obey(audience: Audience, command: str) -> Any:
    heard = audience.heard
    match command:
        case "ready":
            return audience.alerts.subscribed and audience.board.subscribed
        case "mark":
            audience.heard = Heard()
        case "mark states":
            heard.states.clear()
        case "count":
            return len(heard.events), len(heard.states)
        case "report":
            states_s = sorted(heard.states.values())
            times = os.times()
            return {
                "events": heard.events,
                "real_events": heard.real_events,
                "duplicates": heard.duplicates,
                "states_s": states_s,
                "kinds": dict(heard.kinds),
                "bytes_in": heard.bytes_in,
                "broker_says": dict(audience.broker_says),
                "cpu_s": times.user + times.system,
            }
        case "away":
            audience.alerts.away = True
            audience.drop(audience.alerts)
        case "back":
            audience.alerts.away = False
    return None
