"""MQTT 5 packets, for load only: what ten thousand devices of one process need, and nothing else.

The agent itself uses paho; a paho client for each simulated device would cost more than the broker. The packets are the
same, which tests/benchmarks/test_fleet.py proves against paho (sections are those of MQTT 5, OASIS 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge_agent.mqtt.connection import Outgoing, Will
from edge_agent.mqtt.incoming import MAX_INCOMING_BYTES

CONNACK, PUBLISH, PUBACK, SUBACK = 0x20, 0x30, 0x40, 0x90
PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"


@dataclass(frozen=True, slots=True)
class Received:
    """One PUBLISH as a subscriber sees it.

    Attributes:
        topic: Full topic.
        payload: Content.
        mid: Packet identifier; 0 with QoS 0.
    """

    topic: bytes
    payload: bytes
    mid: int


def connect(client_id: str, keepalive_s: int, session_s: int, will: Will | None = None) -> bytes:
    """A CONNECT that keeps its session (section 3.1).

    Args:
        client_id: Of the device.
        keepalive_s: Seconds.
        session_s: For which the broker keeps the session.
        will: What it says when we are gone.
    """
    flags, will_part = 0, b""
    if will is not None:
        message = will.message
        flags = 0x04 | message.qos << 3 | (0x20 if message.retain else 0)
        properties = _properties(message) + b"\x18" + will.delay_s.to_bytes(4, "big")
        will_part = _sized(properties) + _text(message.topic.encode()) + _text(message.payload)
    body = b"\x00\x04MQTT\x05" + bytes([flags]) + keepalive_s.to_bytes(2, "big")
    limits = b"\x11" + session_s.to_bytes(4, "big") + b"\x27" + MAX_INCOMING_BYTES.to_bytes(4, "big")
    body += _sized(limits) + _text(client_id.encode()) + will_part
    return b"\x10" + _sized(body)


def publish(message: Outgoing, mid: int) -> bytes:
    """A PUBLISH (section 3.3); `mid` does not matter with QoS 0."""
    body = _text(message.topic.encode()) + (mid.to_bytes(2, "big") if message.qos else b"")
    body += _sized(_properties(message)) + message.payload
    return bytes([PUBLISH | message.qos << 1 | message.retain]) + _sized(body)


def subscribe(filters: tuple[str, ...], mid: int) -> bytes:
    """A SUBSCRIBE with QoS 1 (section 3.8)."""
    body = mid.to_bytes(2, "big") + b"\x00" + b"".join(_text(each.encode()) + b"\x01" for each in filters)
    return b"\x82" + _sized(body)


def puback(mid: int) -> bytes:
    """A PUBACK that says yes (section 3.4)."""
    return b"\x40\x02" + mid.to_bytes(2, "big")


def packets(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take the whole packets out of a buffer: first byte, and what follows the length."""
    start, end = 0, len(buffer)
    while end - start >= 2:
        length, at, shift = 0, start + 1, 0
        while at < end:
            length |= (buffer[at] & 0x7F) << shift
            shift += 7
            at += 1
            if buffer[at - 1] < 0x80:
                break
        else:
            break
        if end - at < length:
            break
        yield buffer[start], bytes(buffer[at : at + length])
        start = at + length
    del buffer[:start]


def received(first: int, body: bytes) -> Received:
    """A PUBLISH taken apart."""
    topic_end = 2 + int.from_bytes(body[:2], "big")
    at = topic_end
    mid = 0
    if first & 0x06:
        mid = int.from_bytes(body[at : at + 2], "big")
        at += 2
    length, shift = 0, 0
    while True:
        byte = body[at]
        length |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if byte < 0x80:
            break
    return Received(body[2:topic_end], body[at + length :], mid)


def _properties(message: Outgoing) -> bytes:
    """As the agent sets them: payload is UTF-8, expiry, content type (section 3.3.2.3)."""
    expiry = b"" if message.expiry_s is None else b"\x02" + message.expiry_s.to_bytes(4, "big")
    return b"\x01\x01" + expiry + b"\x03" + _text(message.content_type.encode())


def _text(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def _sized(content: bytes) -> bytes:
    length, head = len(content), b""
    while True:
        length, digit = divmod(length, 128)
        head += bytes([digit | (0x80 if length else 0)])
        if not length:
            return head + content
