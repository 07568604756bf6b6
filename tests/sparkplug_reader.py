"""Reads Sparkplug B payloads without protobuf's library, from the wire format alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_METRIC_FIELDS = {
    1: "name",
    3: "timestamp",
    4: "datatype",
    7: "is_null",
    11: "long",
    13: "double",
    14: "bool",
    15: "string",
}
_TYPES = {4: "long", 10: "double", 11: "bool", 12: "string"}


@dataclass
class SparkplugPayload:
    """What a host makes of a payload.

    Attributes:
        timestamp: Milliseconds since the Unix epoch.
        seq: None where it is absent.
        metrics: Values by name; None for null.
        types: Data types by name.
    """

    timestamp: int | None = None
    seq: int | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)


def read_sparkplug(payload: bytes) -> SparkplugPayload:
    read = SparkplugPayload()
    for number, value in _fields(payload):
        if number == 1:
            read.timestamp = value
        elif number == 3:
            read.seq = value
        else:
            assert number == 2, f"unexpected field {number}"
            _read_metric(read, value)
    return read


def rebirth_request(name: str = "Node Control/Rebirth", *, value: bool = True) -> bytes:
    """As a host writes it."""
    text = name.encode()
    metric = bytes([1 << 3 | BYTES, len(text)]) + text + bytes([4 << 3, 11, 14 << 3, int(value)])
    return bytes([1 << 3, 1, 2 << 3 | BYTES, len(metric)]) + metric


def _read_metric(read: SparkplugPayload, metric: bytes) -> None:
    fields = {_METRIC_FIELDS[number]: value for number, value in _fields(metric)}
    name = fields["name"].decode()
    kind = fields["datatype"]
    assert fields["timestamp"]
    assert name not in read.metrics
    read.types[name] = kind
    if fields.get("is_null"):
        assert _TYPES[kind] not in fields
        read.metrics[name] = None
        return
    value = fields[_TYPES[kind]]
    read.metrics[name] = {"bool": bool, "string": lambda raw: raw.decode()}.get(_TYPES[kind], lambda raw: raw)(value)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield number, value
        elif kind == FIXED64:
            yield number, struct.unpack_from("<d", data, at)[0]
            at += 8
        else:
            assert kind == BYTES, f"unexpected wire type {kind}"
            size, at = _varint(data, at)
            yield number, data[at : at + size]
            at += size
    assert at == len(data)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
