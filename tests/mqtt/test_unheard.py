"""A broker that lost its sessions has forgotten the subscribers: what nobody heard is sent again for a while."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, until
from mqtt_subscriber import Subscriber

from edge_agent.mqtt.session_timing import Timing

pytestmark = pytest.mark.broker


def test_a_subscriber_that_comes_back_after_the_agent_hears_every_event(
    broker: Callable[..., Mosquitto], device: Callable[..., Device], subscriber: Callable[..., Subscriber]
) -> None:
    mosquitto = broker()
    running = device(mosquitto.port, Timing()).start()
    seqs = running.append(3)
    until(lambda: mosquitto.log.read_text().count(f"{ROOT}/event/") >= 6)  # each at least twice
    assert running.outbox.stats().pending == 3, "the broker took them, and nobody heard"
    listener = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    listener.until(lambda _: len(listener.events()) == 3)
    assert sorted(event["seq"] for event in listener.events()) == seqs
    until(lambda: running.outbox.stats().pending == 0)


def test_where_nobody_ever_subscribes_the_outbox_empties_all_the_same(
    broker: Callable[..., Mosquitto], device: Callable[..., Device]
) -> None:
    running = device(broker().port, Timing(unheard_s=1.0)).start()
    running.append(3)
    until(lambda: running.outbox.stats().pending == 0)
