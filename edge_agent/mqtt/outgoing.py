"""What goes out, and how it stands on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge_agent.mqtt.protocol_choice import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One PUBLISH.

    Attributes:
        topic: Full topic.
        payload: Bytes as they go out.
        qos: 0 or 1.
        retain: Whether the broker keeps it.
        expiry_s: Seconds after which the broker forgets it; None for never. MQTT 5 only.
        content_type: MIME type. MQTT 5 only.
        correlation: Given back to who asked. MQTT 5 only.
    """

    topic: str
    payload: bytes
    qos: Literal[0, 1] = 1
    retain: bool = False
    expiry_s: int | None = None
    content_type: str = "application/json"
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says when we are gone without a word.

    Attributes:
        message: Of the will.
        delay_s: How long the broker waits for us to come back first. MQTT 5 only.
        session_s: How long the broker keeps the session, and with it the will. MQTT 5 only.
    """

    message: Outgoing
    delay_s: int
    session_s: int


def publish_properties(message: Outgoing, packet: int) -> Properties:
    """Properties of MQTT 5 that go with a message.

    Args:
        message: To publish.
        packet: PUBLISH or WILLMESSAGE, of paho's packet types.
    """
    properties = empty_properties(packet)
    properties.PayloadFormatIndicator = 1
    properties.ContentType = message.content_type
    if message.expiry_s is not None:
        properties.MessageExpiryInterval = message.expiry_s
    if message.correlation is not None:
        properties.CorrelationData = message.correlation
    return properties


def empty_properties(packet: int) -> Properties:
    """None yet, for this type of packet."""
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho leaves this class untyped


def packet_bytes(message: Outgoing, protocol: Protocol) -> int:
    """Size of the PUBLISH packet on the wire (MQTT 5, section 3.3)."""
    body = 2 + len(message.topic.encode()) + len(message.payload) + (2 if message.qos else 0)
    if protocol == "5":
        properties = publish_properties(message, PacketTypes.PUBLISH)
        body += len(properties.pack())  # type: ignore[no-untyped-call]  # paho leaves this class untyped
    length_bytes = 1 if body < 1 << 7 else 2 if body < 1 << 14 else 3 if body < 1 << 21 else 4
    return 1 + length_bytes + body
