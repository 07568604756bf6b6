"""Numbers of QoS 0: the latest of each topic, once there is a connection, and never what would end it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, until
from mqtt_subscriber import Subscriber

pytestmark = pytest.mark.broker

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]


def test_the_latest_numbers_of_every_topic_arrive_without_qos_or_retain(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/agg/#", retain_as_published=True)
    running = device(port)
    for zone in ("press", "aisle"):
        for number in range(3):
            running.publisher.set_numbers(running.topics.zone_numbers(zone), b"%d" % number)
    running.start()
    messages = heard.until(lambda messages: len(messages) == 2)
    assert {message.topic: message.payload for message in messages} == {
        f"{ROOT}/agg/press": b"2",
        f"{ROOT}/agg/aisle": b"2",
    }
    assert {(message.qos, message.retain) for message in messages} == {(0, False)}


def test_numbers_that_were_told_while_stopping_still_go_out(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/#")
    running = device(port).start()
    # Without the wake-up of `set_numbers`: the next time that the publisher looks, it is to stop already.
    running.publisher._numbers[running.topics.zone_numbers("press")] = b"last"
    running.stop()
    topics = [message.topic for message in heard.until(lambda seen: bool(seen) and b"stopped" in seen[-1].payload)]
    assert f"{ROOT}/agg/press" in topics


def test_numbers_too_large_for_the_broker_are_told_once_and_do_not_end_the_connection(
    broker: Broker, device: Devices, subscriber: Subscribers, caplog: pytest.LogCaptureFixture
) -> None:
    port = broker(max_packet_size=500).port
    heard = subscriber(port, topics=f"{ROOT}/#")
    running = device(port).start()
    for _ in range(3):
        running.publisher.set_health(b"x" * 600)
        until(lambda: not running.publisher._numbers)
    running.publisher.set_health(b"small")
    heard.until(lambda messages: any(message.payload == b"small" for message in messages))
    assert caplog.text.count("/health is not published: ") == 1
    assert "connection lost" not in caplog.text
