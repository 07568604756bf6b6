"""The Sparkplug sink at a real broker, as a host hears it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Mosquitto
from mqtt_device import HeldClock, make_event, until
from mqtt_subscriber import Received, Subscriber
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sparkplug_reader import SparkplugPayload, read_sparkplug, rebirth_request
from tcp_front import TcpFront

from edge_agent.clock import Clock, SystemClock
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.broker_settings import BrokerSettings, SparkplugSettings
from edge_agent.mqtt.payload import encode
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.sparkplug import SparkplugSink
from edge_agent.mqtt.topics import Topics

pytestmark = pytest.mark.broker

TOPICS = Topics("edge-agent/v1", "plant-1", "dev-1")
ROOT = "spBv1.0/plant-1"


class Shown:
    """A device that a SCADA system sees, with one camera and one zone."""

    def __init__(self, port: int, directory: Path, clock: Clock, **settings: Any) -> None:
        self.retained = RetainedTable()
        self.board = AlarmBoard()
        options = BrokerSettings(host="127.0.0.1", port=port, sparkplug=SparkplugSettings(enabled=True), **settings)
        self.sink = SparkplugSink(options, TOPICS, self.retained, clock, directory)
        self.sink.watch({"cam-1": ("press",)}, "1.2.3")
        for place in ("cam-1", "press"):
            self.retained.set(TOPICS.alarm(place), encode(self.board.state(place, 1.7e9)))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.sink.run, args=(self._stop,))
        self._thread.start()

    def alarm(self, **changes: Any) -> None:
        event = make_event(camera="cam-1", zone="press", **changes)
        self.retained.set(TOPICS.alarm("press"), encode(self.board.apply(event, 1.7e9)))
        self.sink.wake()

    def stop(self) -> None:
        self._stop.set()
        self.sink.wake()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def shown(tmp_path: Path, closing: ExitStack) -> Callable[..., Shown]:
    def build(port: int, clock: Clock | None = None, **settings: Any) -> Shown:
        made = Shown(port, tmp_path, clock or SystemClock(), **settings)
        closing.callback(made.stop)
        return made

    return build


def heard(messages: list[Received], kind: str) -> list[SparkplugPayload]:
    return [read_sparkplug(message.payload) for message in list(messages) if f"/{kind}/" in message.topic]


def has(kind: str, count: int = 1) -> Callable[[list[Received]], bool]:
    return lambda messages: len(heard(messages, kind)) >= count


@contextmanager
def host(port: int) -> Iterator[Client]:
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_birth_data_and_death_reach_a_host(
    protocol: str,
    broker: Callable[..., Mosquitto],
    subscriber: Callable[..., Subscriber],
    shown: Callable[..., Shown],
) -> None:
    port = broker().port
    listener = subscriber(port, topics="spBv1.0/#")
    device = shown(port, protocol=protocol)
    listener.until(has("DBIRTH"))
    device.alarm()
    listener.until(has("DDATA"))
    device.stop()
    listener.until(has("NDEATH"))
    assert [message.topic for message in listener.messages] == [
        f"{ROOT}/NBIRTH/dev-1",
        f"{ROOT}/DBIRTH/dev-1/cam-1",
        f"{ROOT}/DDATA/dev-1/cam-1",
        f"{ROOT}/NDEATH/dev-1",
    ]
    payloads = [read_sparkplug(message.payload) for message in listener.messages]
    assert [payload.seq for payload in payloads] == [0, 1, 2, None]
    assert payloads[2].metrics["alarm/press/active"] is True
    assert payloads[3].metrics["bdSeq"] == payloads[0].metrics["bdSeq"]
    assert not any(message.retain for message in listener.messages)


def test_a_host_that_asks_gets_every_birth_again_but_not_without_end(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], shown: Callable[..., Shown]
) -> None:
    mosquitto, clock = broker(), HeldClock()
    listener = subscriber(mosquitto.port, topics="spBv1.0/#")
    device = shown(mosquitto.port, clock)
    listener.until(has("DBIRTH"))
    device.alarm()
    listener.until(has("DDATA"))
    with host(mosquitto.port) as asking:
        for _ in range(50):
            asking.publish(f"{ROOT}/NCMD/dev-1", rebirth_request(), 1)
        until(lambda: len(re.findall("Received PUBACK from edge-agent.*-sparkplug", mosquitto.log.read_text())) == 50)
        clock.add(1.0)  # the next birth is due
        listener.until(has("DBIRTH", 2))
    births = heard(listener.messages, "NBIRTH")
    assert len(births) == 2, "fifty requests at once are one"
    assert births[0].metrics["bdSeq"] == births[1].metrics["bdSeq"]
    assert births[1].seq == 0
    assert heard(listener.messages, "DBIRTH")[1].metrics["alarm/press/active"] is True


def test_a_connection_that_is_cut_is_a_death_by_will_and_the_next_birth_has_the_next_number(
    broker: Callable[..., Mosquitto],
    subscriber: Callable[..., Subscriber],
    shown: Callable[..., Shown],
    closing: ExitStack,
    another_port: int,
) -> None:
    port = broker().port
    listener = subscriber(port, topics="spBv1.0/#")
    front = TcpFront(another_port, port)
    closing.callback(front.close)
    device = shown(another_port)
    listener.until(has("DBIRTH"))
    front.shut()
    listener.until(has("NDEATH"))
    device.alarm()
    front.reopen()
    listener.until(has("DBIRTH", 2))
    numbers = [birth.metrics["bdSeq"] for birth in heard(listener.messages, "NBIRTH")]
    assert numbers == [0, 1]
    assert heard(listener.messages, "NDEATH")[0].metrics == {"bdSeq": 0}
    assert heard(listener.messages, "DBIRTH")[1].metrics["alarm/press/active"] is True, "state is never lost"


def test_a_restarted_agent_numbers_its_birth_on(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], shown: Callable[..., Shown]
) -> None:
    port = broker().port
    listener = subscriber(port, topics="spBv1.0/#")
    for number in range(2):
        device = shown(port)
        listener.until(has("DBIRTH", number + 1))
        device.stop()
    assert [birth.metrics["bdSeq"] for birth in heard(listener.messages, "NBIRTH")] == [0, 1]


def test_a_broker_that_takes_only_small_packets_is_told_of(
    broker: Callable[..., Mosquitto], shown: Callable[..., Shown], caplog: pytest.LogCaptureFixture
) -> None:
    shown(broker(max_packet_size=300).port)
    until(lambda: "and the broker takes packets of 300 bytes" in caplog.text)
