"""A whole run, as a SCADA system sees it through Sparkplug B."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agent_process import AgentProcess
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber
from sparkplug_reader import read_sparkplug

from edge_agent.app.agent import Agent
from edge_agent.clock import SystemClock
from edge_agent.errors import BrokerError
from edge_agent.settings.file_to_settings import load_settings

pytestmark = [pytest.mark.shared, pytest.mark.broker]

UPFALL = Path(__file__).resolve().parents[3] / "shared" / "clips" / "upfall"
EVERYWHERE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
CAMERA = {
    "name": "hall",
    "source": {"type": "clip", "path": str(UPFALL / "a04_t1_c1.mp4"), "loop": True},
    "zones": [{"name": "floor", "kind": "restricted", "polygon": EVERYWHERE}],
}


def says(kind: str, **metrics: Any) -> Callable[[list[Received]], bool]:
    wanted = {name.replace("__", "/"): value for name, value in metrics.items()}

    def said(messages: list[Received]) -> bool:
        payloads = [read_sparkplug(message.payload) for message in list(messages) if f"/{kind}/" in message.topic]
        return any(wanted.items() <= payload.metrics.items() for payload in payloads)

    return said


@pytest.mark.slow
def test_an_alarm_becomes_tags_and_a_kill_becomes_a_death(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    listener = subscriber(port, topics="spBv1.0/#")
    mqtt = {"host": "127.0.0.1", "port": port, "sparkplug": {"enabled": True, "group": "Plant 1"}}
    running = agent(port, [CAMERA], mqtt=mqtt).start()
    listener.until(says("NBIRTH", cameras__hall__lost=False))
    listener.until(says("DDATA", alarm__floor__active=True))
    listener.until(says("NDATA", outbox__dropped=0))
    payloads = [read_sparkplug(message.payload) for message in listener.messages]
    assert [payload.seq for payload in payloads] == [number % 256 for number in range(len(payloads))]
    born: set[str] = set()
    for message, payload in zip(list(listener.messages), payloads, strict=False):
        if "BIRTH/" in message.topic:
            born |= payload.metrics.keys()
        assert payload.metrics.keys() <= born, "nothing is told that was not announced"
    running.kill()
    listener.until(says("NDEATH", bdSeq=0))
    assert {message.topic.split("/")[1] for message in listener.messages} == {"Plant 1"}


def test_without_protobuf_the_agent_says_what_to_install(
    agent: Callable[..., AgentProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "edge_agent.mqtt.sparkplug", None)
    prepared = agent(1, [CAMERA], mqtt={"host": "127.0.0.1", "sparkplug": {"enabled": True}})
    prepared.write()
    with pytest.raises(BrokerError, match="install edge-agent with the extra `sparkplug`"):
        Agent(load_settings(prepared.config), SystemClock(), prepared.config)
