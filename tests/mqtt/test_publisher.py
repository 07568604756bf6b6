"""The publisher against a real mosquitto: what subscribers see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, broker_retained, until
from mqtt_subscriber import Subscriber
from tcp_front import TcpFront

from edge_agent.mqtt.session_timing import Timing

pytestmark = pytest.mark.broker

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]


def test_an_event_arrives_once_with_topic_qos_and_content_type(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    device(port).start().append()
    (message,) = heard.until(lambda messages: len(messages) == 1)
    assert message.topic == f"{ROOT}/event/fall"
    assert message.qos == 1
    assert not message.retain
    assert message.properties["ContentType"] == "application/cloudevents+json"
    assert message.properties["PayloadFormatIndicator"] == 1
    assert message.json["seq"] == 1
    assert message.json["historical"] is False
    assert message.json["data"]["evidence"] == {"trunk_inclination_deg": [75.0, 90.0]}


def test_status_is_retained_expires_and_says_offline_after_a_clean_stop(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    port = broker().port
    running = device(port).start()
    until(lambda: "status" in broker_retained(port))
    late = subscriber(port, topics=f"{ROOT}/status")
    (online,) = late.until(lambda messages: len(messages) == 1)
    assert online.retain
    assert online.qos == 1
    assert online.json["status"] == "online"
    assert 0 < online.properties["MessageExpiryInterval"] <= 90
    assert running.stop() < 2.0
    offline = late.until(lambda messages: len(messages) == 2)[-1]
    assert offline.json == {"status": "offline", "reason": "stopped", "at": offline.json["at"]}
    assert "MessageExpiryInterval" not in offline.properties


def test_status_is_refreshed_before_it_expires(broker: Broker, device: Devices, subscriber: Subscribers) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/status")
    device(port, Timing(status_every_s=0.5, status_expiry_s=2)).start()
    messages = heard.until(lambda messages: len(messages) == 3)
    assert {message.json["status"] for message in messages} == {"online"}
    assert messages[2].monotonic_s - messages[0].monotonic_s < 2 * 1.2


def test_health_is_sent_at_once_without_qos_or_retain(broker: Broker, device: Devices, subscriber: Subscribers) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/health")
    running = device(port).start()
    running.publisher.set_health(b'{"fps":15}')
    (message,) = heard.until(lambda messages: len(messages) == 1)
    assert (message.payload, message.qos, message.retain) == (b'{"fps":15}', 0, False)


def test_a_changed_state_is_published_and_all_states_again_after_the_broker_forgot_them(
    broker: Broker, device: Devices
) -> None:
    mosquitto = broker(persistence=False)
    running = device(mosquitto.port)
    running.retained.set(running.topics.info, b'{"version":"1"}')
    running.start()
    running.retained.set(running.topics.alarm("press"), b'{"active":true}')
    running.publisher.wake()
    wanted = {"info": b'{"version":"1"}', "alarm/press": b'{"active":true}'}
    until(lambda: broker_retained(mosquitto.port).items() >= wanted.items())
    mosquitto.kill()
    until(lambda: not running.publisher.connected)
    mosquitto.start()
    until(lambda: broker_retained(mosquitto.port).items() >= wanted.items())


def test_nothing_is_lost_and_order_holds_when_the_broker_dies_and_forgets_the_session(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack
) -> None:
    mosquitto = broker(persistence=False)
    front = TcpFront(another_port, mosquitto.port)
    closing.callback(front.close)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running = device(another_port).start()
    appender = threading.Thread(target=running.append, args=(120,))
    appender.start()
    heard.until(lambda messages: len(messages) >= 30)
    front.shut()
    mosquitto.kill()
    appender.join()
    mosquitto.start()
    heard.until(lambda _: heard.subscribed == 2)
    front.reopen()
    heard.until(lambda _: len(heard.events()) == 120, 20)
    assert [event["seq"] for event in heard.events()] == list(range(1, 121))
    assert not any(event["historical"] for event in heard.events())
    until(lambda: running.outbox.stats().pending == 0)


def test_what_waited_too_long_comes_after_live_events_and_is_marked(
    broker: Broker, device: Devices, subscriber: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosquitto = broker(receive_maximum=1)
    waiting = device(mosquitto.port)
    monkeypatch.setattr(waiting.clock, "monotonic_s", lambda: time.monotonic() - 100.0)
    waiting.append(2)
    monkeypatch.undo()
    waiting.append(2)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    waiting.start()
    heard.until(lambda messages: len(messages) == 4)
    assert [(event["seq"], event["historical"]) for event in heard.events()] == [
        (3, False),
        (4, False),
        (1, True),
        (2, True),
    ]


DOOMED = """
import sys, threading
from pathlib import Path
sys.path[:0] = {paths!r}
from mqtt_device import Device
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.session_timing import Timing
device = Device(BrokerSettings(host="127.0.0.1", port={port}), Path({directory!r}), Timing(will_delay_s=1))
device.start()
print("connected", flush=True)
threading.Event().wait(30)
"""


def test_the_will_speaks_after_kill_9(broker: Broker, subscriber: Subscribers, tmp_path: Path) -> None:
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/status")
    here = Path(__file__).parent
    source = DOOMED.format(paths=[str(here), str(here.parent)], port=port, directory=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "connected\n"
        heard.until(lambda messages: len(messages) == 1)
        os.kill(child.pid, signal.SIGKILL)
        killed = time.monotonic()
    will = heard.until(lambda messages: len(messages) == 2)[-1]
    assert will.json == {"status": "offline", "reason": "lost"}
    assert will.monotonic_s - killed > 0.5, "the broker waited for us to come back"


def test_a_short_absence_does_not_set_off_the_will(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack
) -> None:
    mosquitto = broker()
    front = TcpFront(another_port, mosquitto.port)
    closing.callback(front.close)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/status")
    device(another_port, Timing(will_delay_s=2)).start()
    heard.until(lambda messages: len(messages) == 1)
    front.shut()
    front.reopen()
    heard.until(lambda messages: len(messages) == 2)
    time.sleep(3.0)  # longer than the will would have waited
    assert {message.json["status"] for message in heard.messages} == {"online"}


def measured_s(broker: Broker, device: Devices, subscriber: Subscribers) -> list[float]:
    """From append to subscriber, sorted."""
    port = broker().port
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    running = device(port).start()
    taken_s = []
    for count in range(1, 61):
        started = time.monotonic()
        running.append()
        taken_s.append(heard.until(lambda messages, count=count: len(messages) == count)[-1].monotonic_s - started)
    return sorted(taken_s)


def test_an_event_does_not_wait_for_the_publishers_next_turn(
    broker: Broker, device: Devices, subscriber: Subscribers
) -> None:
    taken_s = measured_s(broker, device, subscriber)
    assert taken_s[len(taken_s) // 2] < 0.15, "a turn lasts 0.5 s; without the wake-up the median would be 0.25 s"


@pytest.mark.slow
def test_from_append_to_subscriber_in_less_than_50_ms(broker: Broker, device: Devices, subscriber: Subscribers) -> None:
    taken_s = measured_s(broker, device, subscriber)
    assert taken_s[int(0.95 * len(taken_s))] < 0.05


def test_an_idle_publisher_is_no_busy_loop(broker: Broker, device: Devices) -> None:
    running = device(broker().port).start()
    until(lambda: running.outbox.stats().pending == 0)
    before = time.process_time()
    time.sleep(2.0)
    assert time.process_time() - before < 0.3, "2 s of a busy loop, or its share of a busy machine, is more"
