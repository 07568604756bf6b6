"""A whole run, as Home Assistant would hear it from the broker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from agent_process import AgentProcess
from home_assistant_reader import read_discovery, render, topics_of
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber

pytestmark = [pytest.mark.shared, pytest.mark.broker, pytest.mark.slow]

UPFALL = Path(__file__).resolve().parents[3] / "shared" / "clips" / "upfall"
TOPIC = "homeassistant/device/edge-agent_plant-1_dev-1/config"
EVERYWHERE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
ZONE = {"name": "floor", "kind": "restricted", "polygon": EVERYWHERE}
CORNER = {"name": "corner", "kind": "restricted", "polygon": [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1]]}


def latest(messages: list[Received]) -> dict[str, bytes]:
    return {message.topic: message.payload for message in messages}


def test_every_topic_that_is_announced_is_published_and_its_templates_read_it(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    listener = subscriber(port)
    camera = {"name": "hall", "source": {"type": "clip", "path": str(UPFALL / "a04_t1_c1.mp4"), "loop": True}}
    mqtt = {"host": "127.0.0.1", "port": port, "home_assistant": {"enabled": True}}
    # Rules that the clip does not set off have no event to show.
    rules = {rule: {"enabled": False} for rule in ("lone_in_zone", "wrong_way", "zone_dwell", "bend_hold", "blind")}
    rules |= {"lost_while_falling": {"enabled": False}, "man_down": {"enabled": False}}
    running = agent(port, [{**camera, "zones": [ZONE, CORNER]}], mqtt=mqtt, rules=rules).start()
    listener.until(lambda messages: TOPIC in latest(messages))
    message = read_discovery(latest(listener.messages)[TOPIC])
    named = topics_of(message)
    silent = {f"edge-agent/v1/plant-1/dev-1/event/camera_{change}" for change in ("lost", "back")}
    listener.until(lambda messages: named.keys() - silent <= latest(messages).keys())
    for topic in named.keys() - silent:
        for template in named[topic]:
            assert render(template, latest(listener.messages)[topic])
    fall = message["components"]["event_fall"]
    phases = [
        json.loads(render(fall["value_template"], received.payload))["event_type"]
        for received in listener.messages
        if received.topic == fall["state_topic"]
    ]
    assert phases[0] == "raised"
    assert set(phases) <= set(fall["event_types"])

    running.settings["cameras"][0]["zones"] = [ZONE]
    running.reload()
    listener.until(lambda messages: b'"alarm_corner":{"p":"binary_sensor"}' in latest(messages)[TOPIC])
    assert running.stop() < 5.0

    running.settings["mqtt"]["home_assistant"]["enabled"] = False
    running.start()
    listener.until(lambda messages: latest(messages)[TOPIC] == b"")
    assert running.stop() < 5.0
