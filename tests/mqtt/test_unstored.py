"""Events that the disk does not take reach the broker all the same, and a disk that fails stops no publisher."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, broker_retained, make_event, until
from mqtt_subscriber import Subscriber

from edge_agent.mqtt.event_to_mqtt import UNSTORED

pytestmark = pytest.mark.broker

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]


def put_unstored(running: Device) -> str:
    event = make_event()
    running.outbox.unstored.put(running.convert.to_message(event, UNSTORED))
    running.publisher.wake()
    return event.id


def test_an_event_in_memory_is_published_once_and_marked(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    mosquitto = broker()
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running = device(mosquitto.port).start()
    event_id = put_unstored(running)
    heard.until(lambda messages: len(messages) == 1)
    until(lambda: running.outbox.unstored.is_settled(event_id))
    mosquitto.stop()
    until(lambda: not running.publisher.connected)
    mosquitto.start()
    until(lambda: running.publisher.connected and heard.subscribed == 2)
    running.append()
    messages = heard.until(lambda messages: len(messages) == 2)
    assert [(message.json["seq"], message.json.get("unstored")) for message in messages] == [(0, True), (1, None)]


def test_without_a_broker_it_waits(broker: Broker, device: Devices, subscriber: Subscribers) -> None:
    mosquitto = broker()
    running = device(mosquitto.port)
    ids = [put_unstored(running) for _ in range(50)]
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running.start()
    messages = heard.until(lambda messages: len(messages) == 50)
    assert [message.json["id"] for message in messages] == ids


@pytest.mark.parametrize("when", ["before", "while"])
def test_an_outbox_that_is_gone_ends_neither_the_publisher_nor_the_alarm_state(
    broker: Broker, device: Devices, subscriber: Subscribers, tmp_path: Path, when: str
) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/#")
    state = tmp_path / "state"
    state.mkdir()
    running = device(port)
    running.outbox.close()
    if when == "while":
        running.start()
    running.outbox._file._path = state / "outbox.sqlite"
    shutil.rmtree(state)
    running.outbox.open()
    assert running.outbox.storage.state == "memory_only"
    if when == "before":
        running.start()
    running.retained.set(running.topics.alarm("press"), b'{"active":true}')
    event_id = put_unstored(running)
    heard.until(lambda messages: any(event_id in message.payload.decode() for message in messages))
    until(lambda: broker_retained(port).get("alarm/press") == b'{"active":true}')
    assert running.publisher.connected
