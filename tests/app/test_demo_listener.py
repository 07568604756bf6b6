"""The demonstration's ears: what it takes for a subscription, for the end, and for the first frame."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from mosquitto import Mosquitto
from mqtt_subscriber import Subscriber
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.app.demo.child_process import child_process
from edge_agent.app.demo.daemon_process import DaemonProcess, written_at_s
from edge_agent.app.demo.listener import Listener, listening
from edge_agent.app.demo.story_to_config import BrokerAddress


@pytest.mark.parametrize(("code", "subscribed"), [(0, True), (1, True), (0x80, False), (0x87, False)])
def test_a_refused_subscription_is_none(code: int, subscribed: bool) -> None:
    """MQTT 5, section 3.9.3: 0x87 is "Not authorized"."""
    listener = Listener("edge-agent-demo/v1/s/d")
    reason = ReasonCode(PacketTypes.SUBACK, identifier=code)
    listener.on_subscribe(Client(CallbackAPIVersion.VERSION2), None, 1, [reason], None)
    assert listener.subscribed.is_set() is subscribed


@pytest.mark.broker
def test_what_a_device_said_last_is_cleared_too(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber]
) -> None:
    port, root = broker().port, "edge-agent-demo/v1/s/d"
    device = subscriber(port, topics="hears/nothing")
    with listening(BrokerAddress("127.0.0.1", port, "5", "mosquitto"), root, lambda: False):
        for number in range(50):
            device.publish(f"{root}/alarm/zone-{number}", b"{}", retain=True)
        device.publish(f"{root}/status", b'{"status": "offline"}', retain=True)
    assert subscriber(port).hear_out() == []


def test_the_clip_begins_when_its_first_frame_was_logged_and_not_when_the_log_is_read() -> None:
    line = "2026-11-22 08:00:00,500 INFO edge_agent.capture.camera_health: camera hall gives frames"
    log = [sys.executable, "-c", f"import sys; sys.stderr.write('{line}\\n')"]
    with child_process(log, subprocess.PIPE) as child:
        daemon = DaemonProcess(child, lambda: 7.0)
        assert child.wait(30) == 0
        daemon.stop()
    assert daemon.began_wall_s() == datetime(2026, 11, 22, 8, 0, 0, 500_000).astimezone().timestamp()


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize("now_s", [1_792_888_201.0, 1_792_891_801.0], ids=["first", "second"])
def test_the_hour_that_comes_twice_in_autumn_is_the_present_one(now_s: float) -> None:
    assert written_at_s("2026-10-25 02:30:00,000 INFO x: camera hall gives frames", now_s) == now_s - 1.0
    assert written_at_s("camera hall gives frames", now_s) == now_s, "no time stands there"
