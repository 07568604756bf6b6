"""Events that the disk does not take reach the broker all the same, and a disk that fails stops no publisher."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, broker_retained, make_event, until
from mqtt_subscriber import Subscriber
from tcp_front import TcpFront

from edge_agent.data.event import Evidence
from edge_agent.mqtt.event_to_mqtt import UNSTORED
from edge_agent.mqtt.outbox import LIVE_S
from edge_agent.mqtt.privacy_profile import EVIDENCE
from edge_agent.mqtt.session_timing import Timing

pytestmark = pytest.mark.broker

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]


def put_unstored(running: Device, age_s: float = 0.0, **changes: Any) -> str:
    event = make_event(**changes)
    since_s = running.clock.monotonic_s() - age_s
    running.outbox.unstored.put(running.convert.to_message(event, UNSTORED), since_s)
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
    until(lambda: running.outbox.unstored.was_heard(event_id))
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


def test_what_is_old_comes_after_what_is_live_and_says_so(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    mosquitto = broker()
    running = device(mosquitto.port)
    old = [put_unstored(running, age_s=LIVE_S + 1.0) for _ in range(50)]
    new = put_unstored(running)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running.start()
    messages = heard.until(lambda messages: len(messages) == 51)
    assert [message.json["id"] for message in messages] == [new, *old]
    assert [message.json["historical"] for message in messages] == [False] + [True] * 50


def test_one_over_which_connections_end_holds_up_no_other(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    """mosquitto 2 answers what is above its own limit in a way that ends the connection."""
    mosquitto = broker(message_size_limit=1000)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running = device(mosquitto.port, Timing(unheard_s=0.0, suspect_s=0.02, suspect_max_s=0.1)).start()
    large = put_unstored(running, evidence=tuple(Evidence(name, 45.0) for name in EVIDENCE))
    others = {put_unstored(running, evidence=()) for _ in range(40)}
    running.append(3, evidence=())
    heard.until(lambda messages: {message.json["id"] for message in messages} >= others)
    heard.until(lambda messages: {1, 2, 3} <= {message.json["seq"] for message in messages})
    until(lambda: all(running.outbox.unstored.was_heard(event_id) for event_id in others))
    assert not running.outbox.unstored.was_heard(large)


def test_what_the_broker_will_never_take_is_not_counted_as_heard(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    port = broker(max_packet_size=700).port
    running = device(port).start()
    large = put_unstored(running, evidence=tuple(Evidence(name, 45.0) for name in EVIDENCE))
    until(lambda: not running.outbox.unstored.waits(large))
    assert not running.outbox.unstored.was_heard(large)
    assert not running.outbox.unstored.forget(large)


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


def test_what_the_disk_does_not_note_as_heard_is_not_sent_again_at_the_next_connect(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack
) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    front = TcpFront(another_port, port)
    closing.callback(front.close)
    running = device(another_port)
    running.append(3)
    with running.outbox._file.reading() as connection:
        connection.execute("PRAGMA query_only = 1")
    running.start()
    heard.until(lambda messages: len(messages) == 3)
    # The broker's answers come after the subscribers have theirs.
    until(lambda: running.publisher._receipts.seqs == {1, 2, 3})
    front.shut()
    until(lambda: not running.publisher.connected)
    front.reopen()
    until(lambda: running.publisher.connected)
    event_id = put_unstored(running)
    running.retained.set(running.topics.alarm("press"), b'{"active":true}')
    heard.until(lambda messages: any(event_id in message.payload.decode() for message in messages))
    until(lambda: broker_retained(port).get("alarm/press") == b'{"active":true}')
    assert running.outbox.stats().pending == 3, "the disk notes nothing"
    assert sorted(message.json["seq"] for message in heard.messages) == [0, 1, 2, 3]
