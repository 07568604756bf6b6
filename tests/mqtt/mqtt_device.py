"""The MQTT part of one agent, as the tests of `edge_agent.mqtt` drive it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mqtt_subscriber import Subscriber

from edge_agent.clock import SystemClock
from edge_agent.data.event import Event, Evidence, Phase, Severity, Verdict
from edge_agent.ids import RandomIds
from edge_agent.mqtt.broker_settings import BrokerSettings, OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.feed import Feed
from edge_agent.mqtt.inbound import Inbound
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.publisher import Publisher
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session_timing import Timing
from edge_agent.mqtt.topics import Topics

ROOT = "edge-agent/v1/hall-3/cam-1"


def make_event(**changes: Any) -> Event:
    """A fall that was just raised, with whatever the test changes."""
    ids = RandomIds()
    fields: dict[str, Any] = {
        "id": ids.new(time.time()),
        "incident_id": ids.new(time.time()),
        "rev": 0,
        "phase": Phase.RAISED,
        "rule": "fall",
        "severity": Severity.CRITICAL,
        "verdict": Verdict.YES,
        "confidence": 0.876,
        "camera": "cam-1",
        "zone": "press",
        "observed_s": time.monotonic(),
        "duration_s": 1.24,
        "evidence": (Evidence("trunk_inclination_deg", 77.0),),
    }
    return Event(**(fields | changes))


class Hasty(random.Random):
    """Jitter that does not keep a test waiting."""

    def uniform(self, a: float, b: float) -> float:
        return min(super().uniform(a, b), 0.1)


class HeldClock(SystemClock):
    """Stands still but for what the test adds, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead_s = 0.0
        self._held_s: float | None = super().monotonic_s()

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self._ahead_s if self._held_s is None else self._held_s

    def add(self, seconds: float) -> None:
        assert self._held_s is not None
        self._held_s += seconds

    def let_go(self) -> None:
        assert self._held_s is not None
        self._ahead_s = max(0.0, self._held_s - super().monotonic_s())
        self._held_s = None


class Device:
    """The MQTT part of one agent: outbox, retained table, and the publisher in its thread."""

    def __init__(
        self, settings: BrokerSettings, directory: Path, timing: Timing, clock: SystemClock | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.topics = Topics("edge-agent/v1", "hall-3", "cam-1")
        self.outbox = Outbox(directory / "outbox.sqlite", OutboxSettings(), self.clock, "boot-1")
        self.outbox.open()
        self.retained = RetainedTable()
        self.convert = EventToMqtt(self.topics, Envelope("boot-1", "yolov8n-pose 1.0", "c0ffee"), self.clock)
        feed = Feed(self.topics, self.outbox, self.retained, self.clock, timing)
        self.inbound = Inbound(commands=True)
        self.publisher = Publisher(settings, feed, Hasty(1), self.inbound)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.publisher.run, args=(self._stop,))

    def start(self, *, wait: bool = True) -> Device:
        self._thread.start()
        if wait:
            until(lambda: self.publisher.connected)
        return self

    def stop(self) -> float:
        """Stop; returns the seconds that the publisher took, without those of the disk."""
        started = time.monotonic()
        if self._thread.ident is not None:
            self._stop.set()
            self.publisher.wake()
            self._thread.join(30)
            assert not self._thread.is_alive()
        took_s = time.monotonic() - started
        self.outbox.close()
        return took_s

    def append(self, count: int = 1, **changes: Any) -> list[int]:
        seqs = []
        for _ in range(count):
            event = make_event(**changes)
            seqs.append(self.outbox.append(event, lambda seq, event=event: self.convert.to_message(event, seq)))
            self.publisher.wake()
        return seqs


def until(done: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, f"did not happen within {timeout_s} s"
        time.sleep(0.005)


def broker_retained(port: int) -> dict[str, bytes]:
    """Retained messages under the device's root, by suffix."""
    seen = Subscriber(port, topics=f"{ROOT}/#")
    try:
        seen.hear_out()
        return {message.topic.removeprefix(f"{ROOT}/"): message.payload for message in seen.messages}
    finally:
        seen.close()
