"""Brokers with limits: packet size, window, refusals of single messages, and brokers that only speak MQTT 3.1.1."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, broker_retained, until
from mqtt_subscriber import Subscriber
from tcp_front import TcpFront

from edge_agent.data.event import Evidence
from edge_agent.mqtt.privacy_profile import EVIDENCE

pytestmark = pytest.mark.broker

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]

LARGE = tuple(Evidence(name, 45.0) for name in EVIDENCE)


def quarantined(directory: Path) -> list[tuple[int, str]]:
    with sqlite3.connect(directory / "outbox.sqlite") as connection:
        rows = connection.execute("SELECT seq, reason FROM event WHERE worth = 1 ORDER BY seq").fetchall()
    connection.close()
    return rows


def test_an_event_larger_than_the_brokers_packets_is_put_aside_and_the_rest_goes_on(
    broker: Broker, device: Devices, subscriber: Subscribers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = broker(max_packet_size=900).port
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    running = device(port)
    running.append()
    running.append(evidence=LARGE)
    running.append()
    running.start()
    heard.until(lambda messages: len(messages) == 2)
    until(lambda: running.outbox.stats().pending == 0)
    assert [event["seq"] for event in heard.events()] == [1, 3]
    ((seq, reason),) = quarantined(tmp_path)
    assert seq == 2
    assert "the broker takes packets of 900" in reason
    assert caplog.text.count("event 2 is put aside") == 1
    assert running.publisher.connected


def test_the_window_stays_within_the_brokers_receive_maximum(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    mosquitto = broker(receive_maximum=2)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running = device(mosquitto.port)
    running.append(60)
    running.start()
    heard.until(lambda messages: len(messages) == 60)
    assert [event["seq"] for event in heard.events()] == list(range(1, 61))
    until(lambda: running.outbox.stats().pending == 0)
    # mosquitto ends a connection that has more in flight than it allowed (reason 0x93).
    assert mosquitto.log.read_text().count("as edge-agent-hall-3-cam-1") == 1


@pytest.mark.parametrize(("manner", "levels"), [("refuse", [5, 4]), ("close", [5, 5, 4])])
def test_a_broker_that_only_speaks_3_1_1_is_spoken_to_in_it(
    broker: Broker,
    device: Devices,
    subscriber: Subscribers,
    another_port: int,
    closing: ExitStack,
    manner: Literal["refuse", "close"],
    levels: list[int],
) -> None:
    mosquitto = broker()
    front = TcpFront(another_port, mosquitto.port, manner)
    closing.callback(front.close)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running = device(another_port).start()
    running.append(3)
    messages = heard.until(lambda messages: len(messages) == 3)
    assert front.levels == levels
    assert [message.json["seq"] for message in messages] == [1, 2, 3]
    assert messages[0].properties == {}
    until(lambda: running.outbox.stats().pending == 0)
    running.stop()
    assert b'"offline"' in broker_retained(mosquitto.port)["status"]


def test_with_protocol_5_there_is_no_fallback_and_the_log_says_what_to_set(
    broker: Broker, device: Devices, another_port: int, closing: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    front = TcpFront(another_port, broker().port, "refuse")
    closing.callback(front.close)
    device(another_port, protocol="5").start(wait=False)
    with caplog.at_level(logging.WARNING):
        until(lambda: len(front.levels) >= 3)
    assert set(front.levels) == {5}
    assert caplog.text.count("set mqtt.protocol to auto") == 1


def test_a_broker_that_spoke_5_is_not_spoken_to_in_3_1_1_after_it_was_slow_to_start(
    broker: Broker, device: Devices, another_port: int, closing: ExitStack
) -> None:
    front = TcpFront(another_port, broker().port)
    closing.callback(front.close)
    running = device(another_port).start()
    front._mqtt5 = "close"  # as a broker behind a proxy that is up before it
    front.shut()
    front.reopen()
    until(lambda: len(front.levels) >= 6)
    front._mqtt5 = "pass"
    until(lambda: running.publisher.connected)
    assert set(front.levels) == {5}
