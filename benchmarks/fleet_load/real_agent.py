"""A real publisher with a real outbox in a process of its own, among the simulated devices."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from edge_agent.app.event_sink import EventSink
from edge_agent.clock import SystemClock
from edge_agent.data.event import Event, Evidence, Phase, Severity, Verdict
from edge_agent.ids import RandomIds
from edge_agent.mqtt.broker_settings import BrokerSettings, OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.feed import Feed
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.publisher import Publisher
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session_timing import Timing
from edge_agent.mqtt.topics import Topics
from fleet_load.voice import PREFIX, REAL_SITE

_TURN_S = 0.005


class RealAgent:
    """Outbox, event sink and publisher, wired as `edge_agent.app.agent` wires them; only the events are made up."""

    def __init__(self, number: int, port: int, directory: Path) -> None:
        clock = SystemClock()
        topics = Topics(PREFIX, REAL_SITE, f"agent-{number}")
        self._ids = RandomIds()
        self._outbox = Outbox(directory / f"outbox-{number}.sqlite", OutboxSettings(), clock, "boot-1")
        self._outbox.open()
        retained = RetainedTable()
        self._to_mqtt = EventToMqtt(topics, Envelope("boot-1", "edge-pose-n 1.1", "3dd24ea9fbc5"), clock)
        feed = Feed(topics, self._outbox, retained, clock, Timing())
        self.publisher = Publisher(BrokerSettings(host="127.0.0.1", port=port), feed, random.Random())
        self._sink = EventSink(self._outbox, topics, retained, clock, self.publisher.wake)
        self._sink.show(("press", f"agent-{number}"))
        self._incident: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.publisher.run, args=(self._stop,))
        self._thread.start()

    def raise_event(self) -> tuple[str, float]:
        """An incident is raised, or cleared; returns the event's id and when it was given to the sink."""
        cleared = self._incident is not None
        incident = self._incident or self._ids.new(time.time())
        self._incident = None if cleared else incident
        born_s = time.monotonic()
        event = Event(
            id=self._ids.new(time.time()),
            incident_id=incident,
            rev=int(cleared),
            phase=Phase.CLEARED if cleared else Phase.RAISED,
            rule="fall",
            severity=Severity.CRITICAL,
            verdict=Verdict.YES,
            confidence=0.9,
            camera="cam-1",
            zone="press",
            observed_s=born_s,
            duration_s=1.2,
            evidence=(Evidence("trunk_inclination_deg", 77.0),),
        )
        self._sink.put(event, self._to_mqtt, lambda _: None)
        return event.id, born_s

    @property
    def settled(self) -> bool:
        """Whether it is connected and the broker has all its events."""
        return self.publisher.connected and not self._outbox.stats().pending

    def close(self) -> None:
        """Stop as the agent stops."""
        self._stop.set()
        self.publisher.wake()
        self._thread.join(15)
        self._outbox.close()


def live(pipe: Pipe, number: int, port: int, directory: Path, every_s: float) -> None:
    """The process.

    Args:
        pipe: Takes ``mark``, ``settled``, ``report`` and ``stop``; each is answered.
        number: Of the agent.
        port: Of the broker.
        directory: For its outbox.
        every_s: Seconds between two events.
    """
    logging.disable()
    agent = RealAgent(number, port, directory)
    born_s: dict[str, float] = {}
    changes: list[tuple[float, bool]] = []
    due_s, was = time.monotonic() + random.uniform(0, every_s), False
    command = ""
    while command != "stop":
        now_s = time.monotonic()
        if agent.publisher.connected != was:
            was = not was
            changes.append((now_s, was))
        if now_s >= due_s:
            due_s += every_s
            event_id, event_born_s = agent.raise_event()
            born_s[event_id] = event_born_s
        if pipe.poll(_TURN_S):
            command = pipe.recv()
            if command == "stop":
                agent.close()
            pipe.send(agent.settled if command == "settled" else _answer(command, born_s, changes))
            if command == "mark":
                born_s, changes = {}, []


def _answer(command: str, born_s: dict[str, float], changes: list[tuple[float, bool]]) -> Any:
    times = os.times()
    return {"born_s": born_s, "changes": changes, "cpu_s": times.user + times.system} if command == "report" else None
