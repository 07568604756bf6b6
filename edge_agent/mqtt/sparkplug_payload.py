"""Sparkplug B payloads: metrics to bytes, and the one command that is obeyed.

Field numbers and data types are those of the Eclipse Sparkplug specification 3.0, section 6.4; only what is used here
is described. Needs the package protobuf.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

REBIRTH = "Node Control/Rebirth"
_BIRTH_NUMBER = "bdSeq"
_PACKAGE = "edge_agent.sparkplug"


class DataType(IntEnum):
    """Data types of metrics, as far as they are used (Sparkplug 3.0, section 6.4.16)."""

    INT64 = 4
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12


Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Metric:
    """One tag of a SCADA system.

    Attributes:
        name: With slashes for folders.
        type: Stays the same from birth to death.
        value: None for not known.
    """

    name: str
    type: DataType
    value: Value | None


_VALUE_FIELDS = {
    DataType.INT64: "long_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
}


def _payload_class() -> Any:
    """Describe the two messages to protobuf; what it finds beside them in a command it skips."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="edge_agent_sparkplug.proto", package=_PACKAGE, syntax="proto2")
    metric = file.message_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    for name, number, kind in (
        ("name", 1, field.TYPE_STRING),
        ("timestamp", 3, field.TYPE_UINT64),
        ("datatype", 4, field.TYPE_UINT32),
        ("is_null", 7, field.TYPE_BOOL),
    ):
        metric.field.add(name=name, number=number, type=kind, label=field.LABEL_OPTIONAL)
    for name, number, kind in (
        ("long_value", 11, field.TYPE_UINT64),
        ("double_value", 13, field.TYPE_DOUBLE),
        ("boolean_value", 14, field.TYPE_BOOL),
        ("string_value", 15, field.TYPE_STRING),
    ):
        metric.field.add(name=name, number=number, type=kind, label=field.LABEL_OPTIONAL, oneof_index=0)
    payload = file.message_type.add(name="Payload")
    payload.field.add(name="timestamp", number=1, type=field.TYPE_UINT64, label=field.LABEL_OPTIONAL)
    payload.field.add(
        name="metrics", number=2, type=field.TYPE_MESSAGE, label=field.LABEL_REPEATED, type_name=f".{_PACKAGE}.Metric"
    )
    payload.field.add(name="seq", number=3, type=field.TYPE_UINT64, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


_Payload = _payload_class()


def encode_metrics(metrics: Iterable[Metric], at_ms: int, seq: int | None) -> bytes:
    """One payload.

    Args:
        metrics: What it says.
        at_ms: Now, in milliseconds since the Unix epoch.
        seq: 0..255; None for a death of the node, which has none (tck-id-payloads-ndeath-seq).
    """
    payload = _Payload(timestamp=at_ms)
    if seq is not None:
        payload.seq = seq
    for metric in metrics:
        one = payload.metrics.add(name=metric.name, timestamp=at_ms, datatype=int(metric.type))
        if metric.value is None:
            one.is_null = True
        else:
            setattr(one, _VALUE_FIELDS[metric.type], metric.value)
    return bytes(payload.SerializeToString())


def birth_number(number: int) -> Metric:
    """Says which birth a death belongs to (tck-id-payloads-ndeath-bdseq); 0..255."""
    return Metric(_BIRTH_NUMBER, DataType.INT64, number)


def asks_for_rebirth(payload: bytes) -> bool:
    """Whether a command to the node asks for its births; anything else, also what cannot be read, does not."""
    command = _Payload()
    try:
        command.ParseFromString(payload)
    except DecodeError:
        return False
    return any(metric.name == REBIRTH and metric.boolean_value for metric in command.metrics)
