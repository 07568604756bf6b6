"""Subscribers with little room get everything, too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device
from mqtt_subscriber import Subscriber
from paho.mqtt.enums import MQTTProtocolVersion
from tcp_front import TcpFront

from edge_agent.data.event import Evidence
from edge_agent.mqtt.privacy_profile import EVIDENCE

pytestmark = pytest.mark.broker

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]

EVENTS = f"{ROOT}/event/#"


def append_of_all_sizes(running: Device) -> int:
    """Events from small to larger than fits, in small steps."""
    for count in range(60):
        evidence = tuple(Evidence(name, 45.0) for name in list(EVIDENCE)[:count])
        running.append(evidence=evidence, zone="z" * (count * 22 + 1))
    return 60


@pytest.mark.parametrize("limits", [{"MaximumPacketSize": 2100}, {"ReceiveMaximum": 1}])
def test_a_subscriber_of_mqtt_5_that_takes_little_at_once(
    broker: Broker, device: Devices, subscriber: Subscribers, limits: dict[str, int]
) -> None:
    port = broker().port
    heard = subscriber(port, topics=EVENTS, **limits)
    running = device(port).start()
    count = append_of_all_sizes(running)
    messages = heard.until(lambda messages: len(messages) == count)
    assert [message.json["seq"] for message in messages] == list(range(1, count + 1))
    sizes = [len(message.payload) for message in messages]
    assert max(sizes) > 1900, "the limit was really approached"
    assert messages[-1].json["data"]["evidence_truncated"]


def test_an_agent_a_broker_and_a_subscriber_of_3_1_1(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack
) -> None:
    mosquitto = broker()
    front = TcpFront(another_port, mosquitto.port, "refuse")
    closing.callback(front.close)
    heard = subscriber(mosquitto.port, topics=EVENTS, protocol=MQTTProtocolVersion.MQTTv311)
    running = device(another_port).start()
    count = append_of_all_sizes(running)
    messages = heard.until(lambda messages: len(messages) == count)
    assert [message.json["seq"] for message in messages] == list(range(1, count + 1))
