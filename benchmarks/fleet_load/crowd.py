"""All simulated devices in one thread: sockets by epoll, timers by a heap."""

from __future__ import annotations

import errno
import heapq
import random
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from edge_agent.mqtt.session_timing import Timing
from edge_agent.runtime.backoff import FullJitter
from fleet_load.device import STABLE_S, Device, Link
from fleet_load.tally import Tally
from fleet_load.voice import SteadyClock, Voice

_CONNECT_TIMEOUT_S = 5.0  # as edge_agent.mqtt.connection has it, for TCP and for TLS
_TURN_S = 0.2
_KEEPALIVE_S = 30  # as BrokerSettings has it; the status is refreshed as often, so that a PINGREQ is never due


class Ceiling(random.Random):
    """No jitter: a backoff that draws from this waits for as long as it may."""

    def uniform(self, a: float, b: float) -> float:
        """The upper end."""
        return b


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a device speaks, in seconds; the first time is drawn at random for each.

    Attributes:
        health_s: As the daemon reports it.
        event_s: An incident is raised or cleared so often.
    """

    health_s: float = 10.0
    event_s: float = 60.0


class Crowd:
    """The devices, and the loop that they live in."""

    def __init__(self, count: int, port: int, pace: Pace, tls: ssl.SSLContext | None = None, seed: int = 1) -> None:
        self.tally = Tally()
        self.devices: list[Device] = []
        self.up = 0
        self.ordinary = True
        """Whether ordinary events are made; in a storm of alarms there are none besides."""
        self._port = port
        self._pace = pace
        self._tls = tls
        self._rng = random.Random(seed)
        self._timers: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = 0
        self._epoll = select.epoll()
        self._by_fileno: dict[int, Device] = {}
        clock, timing = SteadyClock(), Timing()
        for number in range(count):
            voice = Voice(number, clock, timing)
            self.devices.append(Device(voice, FullJitter(random.Random(seed + number)), timing))

    def use_jitter(self, *, jitter: bool) -> None:
        """From now on the devices draw their waits at random, as the agent does, or wait for the whole of each."""
        for number, device in enumerate(self.devices):
            device.backoff = FullJitter(random.Random(number) if jitter else Ceiling())

    def connect_all(self) -> None:
        """Every device begins to connect now, as after a power cut."""
        now_s = time.monotonic()
        for device in self.devices:
            self._at(now_s, partial(self._begin, device))

    def speak(self) -> None:
        """Health and events begin, each device at a moment of its own."""
        now_s = time.monotonic()
        for device in self.devices:
            self._every(now_s, self._pace.health_s, device.send_health)
            self._every(now_s, self._pace.event_s, partial(self._ordinary_event, device))

    def _ordinary_event(self, device: Device, now_s: float, tally: Tally) -> None:
        if self.ordinary:
            device.raise_event(now_s, tally)

    def _raise_now(self, device: Device, now_s: float) -> None:
        device.raise_event(now_s, self.tally)

    def raise_all(self) -> None:
        """Every device has an event now; taken in slices, so that answers are read meanwhile.

        The payloads are made beforehand: ten thousand devices have as many processors, the driver has one.
        """
        for device in self.devices:
            device.prepared = device.voice.event()
        now_s = time.monotonic()
        for device in self.devices:
            self._at(now_s, partial(self._raise_now, device))

    def fresh_tally(self) -> Tally:
        """Count anew; returns what was counted so far."""
        before, self.tally = self.tally, Tally()
        return before

    def run(self, seconds: float, done: Callable[[], bool] = lambda: False) -> bool:
        """Let them live for so long, or until `done`; returns whether it was done.

        What was due by then is done, however late a busy machine came to it.
        """
        deadline_s = time.monotonic() + seconds
        while not (finished := done()) and time.monotonic() < deadline_s:
            self._turn(min(_TURN_S, deadline_s - time.monotonic()))
        while not finished and self._timers and self._timers[0][0] <= deadline_s:
            self._act(time.monotonic())
        return finished

    def close(self) -> None:
        """End every connection without a word."""
        for device in self.devices:
            device.end()
        self._epoll.close()

    def pending(self) -> int:
        """Events that the broker has not taken."""
        return sum(len(device.pending) for device in self.devices)

    def _turn(self, wait_s: float) -> None:
        now_s = time.monotonic()
        taken = 0
        while self._timers and self._timers[0][0] <= now_s and taken < 200:
            self._act(now_s)
            taken += 1
            now_s = time.monotonic()
        if self._timers:
            wait_s = min(wait_s, max(0.0, self._timers[0][0] - now_s))
        for fileno, events in self._epoll.poll(max(0.0, wait_s), 512):
            device = self._by_fileno.get(fileno)
            if device is not None:
                self._happened(device, events, time.monotonic())

    def _act(self, now_s: float) -> None:
        due_s, _, act = heapq.heappop(self._timers)
        self.tally.late_ms.append((now_s - due_s) * 1000)
        act(now_s)

    def _happened(self, device: Device, events: int, now_s: float) -> None:
        try:
            if device.link is Link.CONNECTING:
                self._connected(device, now_s)
            elif device.link is Link.SHAKING:
                self._shake(device, now_s)
            elif device.link is not Link.DOWN:
                self._moved(device, events, now_s)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as error:
            self._ended(device, errno.errorcode.get(error.errno or 0, type(error).__name__), now_s)

    def _moved(self, device: Device, events: int, now_s: float) -> None:
        was_up = device.link is Link.UP
        if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            reason = device.read(now_s, self.tally, self._again)
            while reason is None and isinstance(device.sock, ssl.SSLSocket) and device.sock.pending():
                reason = device.read(now_s, self.tally, self._again)
            if reason is not None:
                self._ended(device, reason, now_s)
                return
        if not was_up and device.link is Link.UP:
            self.up += 1
            self._refresh_later(device, device.life, now_s)
        device.flush()
        if device.unsent or events & select.EPOLLOUT:
            self._watch(device, writing=device.unsent)

    def _begin(self, device: Device, now_s: float) -> None:
        device.begin(now_s)
        self.tally.attempts_s.append(now_s)
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(0.0)
        device.sock = sock
        answer = sock.connect_ex(("127.0.0.1", self._port))
        if answer not in (0, errno.EINPROGRESS):
            self._ended(device, errno.errorcode[answer], now_s)
            return
        self._by_fileno[sock.fileno()] = device
        self._epoll.register(sock.fileno(), select.EPOLLOUT | select.EPOLLIN)
        life = device.life
        self._at(now_s + _CONNECT_TIMEOUT_S, lambda now_s: self._give_up(device, life, Link.CONNECTING, now_s))

    def _connected(self, device: Device, now_s: float) -> None:
        sock = device.sock
        assert sock is not None
        answer = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if answer:
            raise OSError(answer, "connect")
        life = device.life
        if self._tls is None:
            self._greet(device, now_s)
            return
        device.link = Link.SHAKING
        device.sock = self._tls.wrap_socket(sock, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        self._at(now_s + _CONNECT_TIMEOUT_S, lambda now_s: self._give_up(device, life, Link.SHAKING, now_s))
        self._watch(device, writing=False)
        self._shake(device, now_s)

    def _shake(self, device: Device, now_s: float) -> None:
        assert isinstance(device.sock, ssl.SSLSocket)
        device.sock.do_handshake()
        self._greet(device, now_s)

    def _greet(self, device: Device, now_s: float) -> None:
        device.greet(_KEEPALIVE_S, self.tally)
        self._watch(device, writing=device.unsent)
        life, timeout_s = device.life, device.timing.connack_s
        self._at(now_s + timeout_s, lambda now_s: self._give_up(device, life, Link.GREETING, now_s))

    def _give_up(self, device: Device, life: int, link: Link, now_s: float) -> None:
        if device.life == life and device.link is link:
            self._ended(device, f"timeout while {link.name.lower()}", now_s)

    def _ended(self, device: Device, reason: str, now_s: float) -> None:
        """As the publisher: a connection that lived for ten seconds ends a series of failures."""
        if device.link is Link.UP:
            self.up -= 1
            self.tally.lost += 1
            if now_s - device.up_s >= STABLE_S:
                device.backoff.reset()
        else:
            self.tally.failures[reason] += 1
        if device.sock is not None:
            self._by_fileno.pop(device.sock.fileno(), None)
        device.end()
        self._at(now_s + device.backoff.next_s(), partial(self._begin, device))

    def _again(self, device: Device, event_id: str, due_s: float) -> None:
        life = device.life
        self._at(due_s, lambda now_s: device.resend(event_id, now_s, self.tally) if device.life == life else None)

    def _refresh_later(self, device: Device, life: int, now_s: float) -> None:
        def refresh(now_s: float) -> None:
            if device.life == life:
                device.refresh(now_s, self.tally)
                self._refresh_later(device, life, now_s)

        self._at(now_s + device.timing.status_every_s, refresh)

    def _every(self, now_s: float, every_s: float, act: Callable[[float, Tally], None]) -> None:
        def again(now_s: float, due_s: float) -> None:
            act(now_s, self.tally)
            self._at(due_s + every_s, lambda now_s: again(now_s, due_s + every_s))

        first_s = now_s + self._rng.uniform(0.0, every_s)
        self._at(first_s, lambda now_s: again(now_s, first_s))

    def _at(self, due_s: float, act: Callable[[float], None]) -> None:
        self._order += 1
        heapq.heappush(self._timers, (due_s, self._order, act))

    def _watch(self, device: Device, *, writing: bool) -> None:
        assert device.sock is not None
        self._epoll.modify(device.sock.fileno(), select.EPOLLIN | (select.EPOLLOUT if writing else 0))
