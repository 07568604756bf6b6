"""What must hold whatever dies: every raised incident arrives, and duplicates can be told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agent_process import AgentProcess
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber

pytestmark = [pytest.mark.shared, pytest.mark.broker, pytest.mark.slow]

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "clips"
LINE = [[0.22, 1.00], [0.52, 0.47], [0.07, 0.31], [0.00, 0.70], [0.00, 1.00]]
BROKER_AWAY_S = 10.0


def camera(name: str, path: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "source": {"type": "clip", "path": str(CLIPS / path), "loop": True}, **fields}


def stored(state: Path) -> list[str]:
    """Identifiers of all events that the agent ever committed, in order of `seq`."""
    with sqlite3.connect(state / "outbox.sqlite") as outbox:
        rows = outbox.execute("SELECT json_extract(payload, '$.id') FROM event ORDER BY seq").fetchall()
    return [identifier for (identifier,) in rows]


def test_a_broker_that_forgets_and_an_agent_that_is_killed_lose_nothing(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    mosquitto = broker(persistence=False)
    listener = subscriber(mosquitto.port)
    hall = camera("hall", "upfall/a04_t1_c1.mp4")
    dock = camera("dock", "factory/worker-zone.gif", zones=[{"name": "line", "polygon": LINE}])
    rules = {"zone_entry": {"cooldown_s": 0, "left_s": 0.2}, "fall": {"cooldown_s": 0}}
    running = agent(mosquitto.port, [hall, dock], rules=rules).start()
    listener.until(lambda messages: _events(messages) >= 3, 30.0)

    mosquitto.stop()  # without persistence: its sessions are gone
    time.sleep(BROKER_AWAY_S)
    mosquitto.start()
    before = len(listener.events())
    listener.until(lambda _: len(listener.events()) >= before + 3, 40.0)

    running.kill()
    killed_at = len(stored(running.directory / "state"))
    running.start()
    restarted = len(listener.events())
    listener.until(lambda _: len(listener.events()) >= restarted + 3 and not left_open(listener, killed_at), 40.0)
    running.stop()
    listener.until(lambda _: len(listener.events()) == len(stored(running.directory / "state")))

    events = sorted(listener.events(), key=lambda event: event["seq"])
    committed = stored(running.directory / "state")
    assert [event["id"] for event in events] == committed, "each committed event, exactly once by (source, id)"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1)), "seq without a gap"


def left_open(listener: Subscriber, up_to_seq: int) -> set[str]:
    """Incidents of events up to this number that no later event has cleared."""
    events = listener.events()
    ended = {event["data"]["incident_id"] for event in events if event["data"]["phase"] == "cleared"}
    return {event["data"]["incident_id"] for event in events if event["seq"] <= up_to_seq} - ended


def _events(messages: list[Received]) -> int:
    return sum("/event/" in message.topic for message in messages)
