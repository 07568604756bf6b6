"""Everything that a whole run of the agent sends, keeps for sending, or logs, held against the privacy profile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agent_process import AgentProcess
from leaks import leaks, leaks_in_log
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber

from edge_agent.app.demo.story import packaged_story
from edge_agent.mqtt.privacy_profile import profile_hash
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.update.built_in import FACTORY_MODEL

pytestmark = [pytest.mark.broker, pytest.mark.slow]

PROJECT = Path(__file__).resolve().parents[2]
FALL = PROJECT.parent / "shared" / "clips" / "upfall" / "a04_t1_c1.mp4"
ROOT = "edge-agent/v1/plant-1/dev-1"
EVERYWHERE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
LEFT = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
Broker = Callable[..., Mosquitto]
Subscribers = Callable[..., Subscriber]
Agents = Callable[..., AgentProcess]

# Whatever can be switched on is: more can only leave where more runs.
EVERYTHING: dict[str, Any] = {
    "rules": {name: {"enabled": True} for name in CatalogueSettings.__dataclass_fields__},
    "shadow": {"fall": {"suspect_s": 0.5}, "zone_entry": {}, "immobile": {}},
    "strain": {"enabled": True},
    "posture_log": {"enabled": True},
}


def camera(clip: Path, *, height_m: float | None = None) -> dict[str, Any]:
    """One that looks at a recording again and again, with zones of every kind and a calibration."""
    calibration = {"tilt_deg": 15, "fov_deg": 51.8, **({"height_m": height_m} if height_m else {})}
    return {
        "name": "hall",
        "source": {"type": "clip", "path": str(clip), "loop": True},
        "calibration": calibration,
        "zones": [
            {"name": "danger", "kind": "restricted", "polygon": EVERYWHERE, "never_alone": True},
            {"name": "aisle", "kind": "walkway", "polygon": LEFT, "one_way": [[0.1, 0.9], [0.4, 0.9]]},
        ],
    }


def topics(messages: list[Received]) -> set[str]:
    return {message.topic.removeprefix(f"{ROOT}/") for message in messages}


def strained_health(messages: list[Received]) -> bool:
    """Whether `health` has told of strain, of exposure and of rules on trial."""
    found = [message.json["cameras"]["hall"] for message in messages if message.topic == f"{ROOT}/health"]
    return any({"strain", "exposure", "shadow"} <= set(each) for each in found)


def events_of(messages: list[Received]) -> list[dict[str, Any]]:
    return [message.json["data"] for message in messages if "/event/" in message.topic]


def everything_that_left(listener: Subscriber, running: AgentProcess, late: Subscriber) -> list[tuple[str, bytes]]:
    """What was sent, what the broker keeps, and what waits on disk or stays there for a replay."""
    with sqlite3.connect(running.directory / "state" / "outbox.sqlite") as outbox:
        stored = outbox.execute("SELECT topic, payload FROM event").fetchall()
    outbox.close()
    assert stored
    sent = [(message.topic, message.payload) for message in (*listener.messages, *late.messages)]
    return [*sent, *stored]


def run(running: AgentProcess, listener: Subscriber, done: Callable[[list[Received]], bool]) -> None:
    """Play, change the zones on the way, and stop."""
    running.start()
    listener.until(done, 60.0)
    running.settings["cameras"][0]["zones"].pop()
    running.reload()
    running.until_logged("are in force")
    listener.until(lambda messages: any(m.topic.endswith("alarm/aisle") and not m.payload for m in messages))
    running.stop()
    listener.until(
        lambda messages: any(m.topic.endswith("/status") and m.json["reason"] == "stopped" for m in messages)
    )


def judge(listener: Subscriber, running: AgentProcess, late: Subscriber) -> None:
    late.until(lambda messages: {"status", "info", "alarm/danger"} <= topics(messages))
    left = everything_that_left(listener, running, late)
    assert {topic for topic, _ in left if not topic.startswith(f"{ROOT}/")} == set()
    found = [problem for topic, payload in left for problem in leaks(topic.removeprefix(f"{ROOT}/"), payload)]
    assert found == []
    assert {"status", "info", "health", "alarm/danger"} <= topics(listener.messages)
    info = next(message.json for message in late.messages if message.topic == f"{ROOT}/info")
    assert info["privacy_hash"] == profile_hash()
    files = [path for path in (running.directory / "state").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in (*files, running.directory / "state")} == {0}
    lines = running.text.splitlines()
    assert len(lines) > 5
    assert [problem for line in lines for problem in leaks_in_log(line)] == []


@pytest.mark.shared
def test_nothing_but_the_profile_leaves_a_run_on_a_real_fall_with_everything_switched_on(
    broker: Broker, subscriber: Subscribers, agent: Agents
) -> None:
    port = broker().port
    listener = subscriber(port)
    running = agent(port, [camera(FALL, height_m=2.5)], **EVERYTHING)

    def done(messages: list[Received]) -> bool:
        events = events_of(messages)
        falls = {event["phase"] for event in events if event["rule"] == "fall"}
        evidence = {name for event in events for name in event["evidence"]}
        return {"raised", "updated"} <= falls and len(evidence) >= 5 and strained_health(messages)

    run(running, listener, done)
    judge(listener, running, subscriber(port))
    assert list((running.directory / "state" / "postures").rglob("*.gz")), "the exact postures were there to leak"
    assert len({event["rule"] for event in events_of(listener.messages)}) >= 2


def test_nothing_but_the_profile_leaves_a_run_on_the_drawn_clip_that_comes_with_the_agent(
    broker: Broker, subscriber: Subscribers, agent: Agents
) -> None:
    port = broker().port
    listener = subscriber(port)
    running = agent(port, [camera(packaged_story() / "clip.mp4")], **EVERYTHING)
    running.settings["model"] = {"use": FACTORY_MODEL, "threads": 1}
    run(running, listener, lambda messages: bool(events_of(messages)) and strained_health(messages))
    judge(listener, running, subscriber(port))
