"""Everything that takes part in one run, and what it costs while a phase lasts."""

from __future__ import annotations

import contextlib
import gc
import os
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fleet_load.broker import Broker, TlsFiles, make_tls
from fleet_load.crowd import Crowd, Pace
from fleet_load.real_agent import live
from fleet_load.subscriber import listen
from fleet_load.tally import percentiles

_ASK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is to be.

    Attributes:
        devices: How many simulated ones.
        steady_s: Length of the quiet phase.
        down_s: For how long the broker is away in a storm.
        wait_s: A phase gives up after so long.
        settle_s: Between two phases, so that one does not see the end of the other.
        pace: Of the devices.
        real_agents: Processes with a real publisher and outbox.
        real_event_s: How often each of those has an event.
        storms: Whether the broker is killed.
        persistence: Of the broker.
        tls: ``none``, ``server`` or ``mutual``.
    """

    devices: int
    steady_s: float
    down_s: float
    wait_s: float
    settle_s: float
    pace: Pace
    real_agents: int = 0
    real_event_s: float = 0.5
    storms: bool = True
    persistence: bool = True
    tls: str = "none"


class Other:
    """Another process that obeys commands."""

    def __init__(self, target: Any, *arguments: Any) -> None:
        context = get_context("spawn")  # a fork would copy the driver's memory and sockets
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
        self._process.start()

    def ask(self, command: str) -> Any:
        """Give a command; returns the answer."""
        self._pipe.send(command)
        return self._pipe.recv()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError, EOFError):
            self.ask("stop")
        self._process.join(20)
        if self._process.is_alive():
            self._process.kill()


class Stage:
    """Broker, devices, audience and real agents of one run; closes them all in the end."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._stack = ExitStack()
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-")))
        files = make_tls(directory / "tls") if plan.tls != "none" else None
        mutual = plan.tls == "mutual"
        self.broker = Broker(directory / "broker", persistence=plan.persistence, tls=files, client_certificates=mutual)
        self._stack.callback(self.broker.stop)
        self.broker.start()
        port = self.broker.port
        tls_names = None if files is None else tuple(map(str, (files.ca, files.client_cert, files.client_key)))
        self.audience = Other(listen, port, tls_names)
        self._stack.callback(self.audience.close)
        self.crowd = Crowd(plan.devices, port, plan.pace, _context(files, mutual=mutual))
        self._stack.callback(self.crowd.close)
        # What lives for the whole run is not looked through again and again.
        gc.collect()
        gc.freeze()
        self._stack.callback(gc.unfreeze)
        self.agents: list[Other] = []
        self._directory = directory
        self._asked_s = 0.0
        self._counts = (0, 0)
        self._settled, self._settled_s = False, 0.0
        while not self.audience.ask("ready"):
            time.sleep(0.01)

    def close(self) -> None:
        """End everything that was started."""
        self._stack.close()

    def add_real_agents(self) -> None:
        """Start them, each in its own process."""
        for number in range(self.plan.real_agents):
            agent = Other(live, number, self.broker.port, self._directory, self.plan.real_event_s)
            self._stack.callback(agent.close)
            self.agents.append(agent)

    def mark(self) -> None:
        """Count anew, everywhere."""
        self.crowd.fresh_tally()
        self._counts = (0, 0)
        self._asked_s = 0.0
        self._settled, self._settled_s = False, 0.0
        for other in (self.audience, *self.agents):
            other.ask("mark")

    def heard(self) -> tuple[int, int]:
        """Events and retained topics that the audience has heard of, at most 0.2 s ago."""
        now_s = time.monotonic()
        if now_s - self._asked_s >= _ASK_EVERY_S:
            self._asked_s = now_s
            self._counts = self.audience.ask("count")
        return self._counts

    def agents_settled(self) -> bool:
        """Whether every real agent is connected and has nothing that waits; looked at as seldom as the counts."""
        if time.monotonic() - self._settled_s >= _ASK_EVERY_S:
            self._settled = all(agent.ask("settled") for agent in self.agents)
            self._settled_s = time.monotonic()
        return self._settled

    @contextlib.contextmanager
    def measured(self, figures: dict[str, Any]) -> Iterator[None]:
        """Put into `figures` what the phase inside cost; a broker started inside is measured from its start."""
        began_s, driver_s, broker_s = time.monotonic(), time.process_time(), self.broker.cpu_s
        started = self.broker.starts
        audience_s = self.audience.ask("report")["cpu_s"]
        yield
        wall_s = time.monotonic() - began_s
        after_s = self.broker.cpu_s
        spent_s = after_s - broker_s if self.broker.starts == started else after_s
        figures["cost"] = {
            "wall_s": round(wall_s, 1),
            "broker_cpu_s": round(spent_s, 2),
            "broker_cpu_pct": round(100 * spent_s / wall_s, 1),
            "broker_rss_mb": round(self.broker.rss_mb, 1),
            "driver_cpu_pct": round(100 * (time.process_time() - driver_s) / wall_s, 1),
            "subscriber_cpu_pct": round(100 * (self.audience.ask("report")["cpu_s"] - audience_s) / wall_s, 1),
            "driver_late_ms": percentiles(self.crowd.tally.late_ms),
            "load_average_1_min": round(os.getloadavg()[0], 2),
        }


def _context(files: TlsFiles | None, *, mutual: bool) -> ssl.SSLContext | None:
    if files is None:
        return None
    context = ssl.create_default_context(cafile=files.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if mutual:
        context.load_cert_chain(files.client_cert, files.client_key)
    return context
