"""Signed commands hold an update up or take one back; nothing that comes over MQTT chooses what is trusted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from device_run import ROOT, DeviceRun
from mosquitto import Mosquitto
from mqtt_subscriber import Subscriber
from update_operator import COMMANDS, UpdateOperator

pytestmark = pytest.mark.broker


def test_commands_pause_pin_cancel_and_roll_back_and_each_is_answered(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], tmp_path: Path, closing: ExitStack
) -> None:
    port = broker().port
    device = DeviceRun(tmp_path, closing, port, commands=COMMANDS)
    operator = UpdateOperator(subscriber(port), ROOT)
    device.publish("1.2", percent=0)
    device.updater.start()
    device.until(lambda: "not yet this device's turn" in device.updater.text)
    assert operator.order("pin")["status"] == "done"
    assert operator.order("cancel")["reason"] == "nothing_under_way"
    assert operator.order("rollback")["reason"] == "nothing_before"
    release = device.publish("1.3", trial_s=600.0)
    device.until(lambda: "QUEUED" in device.updater.text)
    assert operator.order("check")["status"] == "done"
    assert device.slots.trial is None, "a pinned device stays where it is"
    assert operator.order("pause")["status"] == "done"
    device.until(lambda: "PAUSED (by the key fleet)" in device.updater.text)
    assert operator.order("unpin")["status"] == "done"
    assert operator.order("resume")["status"] == "done"
    device.until(lambda: device.slots.trial is not None, what="the trial")
    assert operator.order("cancel")["status"] == "done"
    device.until(lambda: "ROLLED_BACK: canceled" in device.updater.text)
    assert (device.slots.trial, device.active_release()) == (None, None)
    seen = operator.listener.until(lambda seen: any(b'"CANCELED"' in each.payload for each in seen))
    assert next(each.json["release"] for each in seen if b'"CANCELED"' in each.payload) == release


def test_what_is_signed_for_the_agent_or_by_nobody_is_refused(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], tmp_path: Path, closing: ExitStack
) -> None:
    port = broker().port
    device = DeviceRun(tmp_path, closing, port, commands=COMMANDS)
    operator = UpdateOperator(subscriber(port), ROOT)
    device.publish("1.2", percent=0)
    device.updater.start()
    device.until(lambda: "not yet this device's turn" in device.updater.text)
    assert operator.order("pause", agents_type=True)["reason"] == "malformed"
    assert operator.order("install")["reason"] == "unsupported"
    assert operator.order("pause", args={"release": "x"})["reason"] == "bad_arguments"
    assert operator.order("pause", aud="plant-1/dev-2")["reason"] == "wrong_audience"


def test_an_update_is_committed_while_the_broker_is_away(tmp_path: Path, closing: ExitStack) -> None:
    device = DeviceRun(tmp_path, closing, mqtt_port=9)  # discard(9): nobody listens
    release = device.publish("1.2")
    device.agent.start()
    device.updater.start()
    device.until(lambda: device.active_release() == release, what="the commit")
