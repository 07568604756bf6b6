"""The last word of every device is heard, however many there are and whatever the broker's queue holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from mosquitto import Mosquitto
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent.fleet.listener import FleetListener, listening
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.update.status_payload import UpdateStatus, parse_status, status_to_bytes

pytestmark = pytest.mark.broker

AT = datetime(2026, 5, 1, tzinfo=timezone.utc)
MANY = 3000


def say_all(port: int, *, padding: str = "") -> set[str]:
    """Every device's retained status; returns the devices."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.connect("127.0.0.1", port)
    client.loop_start()
    devices = {f"plant/cam-{number}" for number in range(MANY)}
    for device in devices:
        said = status_to_bytes(UpdateStatus(device=device, group="lab", counter=1, state="IDLE", at=AT))
        payload = said[:-1] + b',"later": "' + padding.encode() + b'"}'
        last = client.publish(f"edge-agent/v1/{device}/update/status", payload, 1, retain=True)
    last.wait_for_publish(30)
    assert last.is_published(), "the broker does not take them in time"
    client.disconnect()
    client.loop_stop()
    return devices


def until_heard(listener: FleetListener, devices: set[str]) -> None:
    """Wait for these to be all that it hears. On a busy machine the listener itself may pause, and settle too soon."""
    deadline_s = time.monotonic() + 30.0
    while not listener.settled() or listener.statuses().keys() != devices:
        heard = len(listener.statuses())
        assert time.monotonic() < deadline_s, f"{heard} were heard, and not these {len(devices)}"
        time.sleep(0.02)


def test_more_devices_than_a_brokers_queue_holds_are_heard(broker: Callable[..., Mosquitto]) -> None:
    mosquitto = broker()
    devices = say_all(mosquitto.port)
    with listening(BrokerSettings(host="127.0.0.1", port=mosquitto.port)) as listener:
        until_heard(listener, devices)


def test_who_is_known_and_was_dropped_on_a_slow_line_is_asked_for_by_name(
    broker: Callable[..., Mosquitto], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(raw: bytes) -> UpdateStatus | None:
        time.sleep(0.001)
        return parse_status(raw)

    monkeypatch.setattr("edge_agent.fleet.listener.parse_status", slowly)
    mosquitto = broker(queue=100)
    devices = say_all(mosquitto.port, padding="x" * 7000)
    gone = "plant/gone"
    with listening(BrokerSettings(host="127.0.0.1", port=mosquitto.port), devices | {gone}) as listener:
        until_heard(listener, devices)
    assert "messages are being dropped" in mosquitto.log.read_text(), "nothing was dropped: the test shows nothing"
