"""The demonstration's subscriber: what it takes for a subscription."""

from __future__ import annotations

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.app.demo.listener import Listener


@pytest.mark.parametrize(("code", "subscribed"), [(0, True), (1, True), (0x80, False), (0x87, False)])
def test_a_refused_subscription_is_none(code: int, subscribed: bool) -> None:
    """MQTT 5, section 3.9.3: 0x87 is "Not authorized"."""
    listener = Listener("edge-agent-demo/v1/s/d")
    reason = ReasonCode(PacketTypes.SUBACK, identifier=code)
    listener.on_subscribe(Client(CallbackAPIVersion.VERSION2), None, 1, [reason], None)
    assert listener.subscribed.is_set() is subscribed
