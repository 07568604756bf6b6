"""The daemon at amqtt, the broker of a bare machine: MQTT 3.1.1, QoS 1, retained state and the will."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from agent_process import AgentProcess
from mqtt_subscriber import Received, Subscriber
from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent.app.demo import local_broker

pytest.importorskip("amqtt")
pytestmark = [pytest.mark.shared, pytest.mark.broker]

CLIP = Path(__file__).resolve().parents[3] / "shared" / "clips" / "upfall" / "a04_t1_c1.mp4"
STATUS = "edge-agent/v1/plant-1/dev-1/status"


def said(listener: Subscriber, status: str, reason: str) -> Received:
    def done(messages: list[Received]) -> bool:
        return any(m.topic == STATUS and (m.json["status"], m.json["reason"]) == (status, reason) for m in messages)

    return next(m for m in reversed(listener.until(done)) if m.topic == STATUS)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, closing: ExitStack, tmp_path: Path) -> int:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(local_broker, "_SYSTEM_PROGRAMS", "/nowhere")
    address = closing.enter_context(local_broker.local_broker(tmp_path, lambda: False))
    assert address.protocol == "3.1.1"
    return address.port


def test_events_state_and_will_pass_through_it(
    port: int, subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    listener = subscriber(port, protocol=MQTTProtocolVersion.MQTTv311)
    mqtt = {"host": "127.0.0.1", "port": port, "protocol": "3.1.1"}
    running = agent(port, [{"name": "hall", "source": {"type": "clip", "path": str(CLIP)}}], mqtt=mqtt).start()
    listener.until(lambda messages: any("/event/fall" in message.topic for message in messages))
    # So that the broker keeps it already: who is subscribed when it comes gets it without the flag.
    listener.until(lambda messages: any("/alarm/hall" in m.topic and m.json["active"] for m in messages))
    late = subscriber(port, protocol=MQTTProtocolVersion.MQTTv311)
    assert said(late, "online", "running").retain
    late.until(lambda messages: any("/alarm/hall" in m.topic and m.retain and m.json["active"] for m in messages))
    running.kill()
    said(listener, "offline", "lost")
    event = listener.events()[0]
    assert (event["data"]["rule"], event["data"]["phase"], event["seq"]) == ("fall", "raised", 1)
    later = subscriber(port, protocol=MQTTProtocolVersion.MQTTv311)
    assert said(later, "offline", "lost").retain
