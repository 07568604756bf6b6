"""What the outbox gives out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_agent.data.event import Severity

# How much a pending event is worth, where some must be given up; acknowledged are 0, put aside 1.
WORTH = {Severity.INFO: 2, Severity.WARNING: 3, Severity.CRITICAL: 4}


@dataclass(frozen=True, slots=True)
class Pending:
    """One event that the broker does not have yet.

    Attributes:
        seq: Its sequence number.
        topic: Full topic.
        payload: As serialised when it was stored.
        historical: Whether it belongs to the back-fill lane.
    """

    seq: int
    topic: str
    payload: bytes
    historical: bool


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that was raised and not yet cleared.

    Attributes:
        incident_id: Shared by its events.
        rev: Revision of the last stored event.
        rule: Name of the rule.
        severity: Of the last stored event.
        camera: Name of the camera.
        zone: Name of the zone.
        raised_wall_s: When its first event was stored, seconds since the Unix epoch.
    """

    incident_id: str
    rev: int
    rule: str
    severity: Severity
    camera: str
    zone: str
    raised_wall_s: float


@dataclass(frozen=True, slots=True)
class SeqRange:
    """Events `first` to `last`, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """How the outbox stands.

    Attributes:
        pending: Events that the broker does not have yet.
        quarantined: Events that the broker will never take.
        dropped: Events lost for space, ever.
        bytes_used: Bytes in use in the file.
    """

    pending: int
    quarantined: int
    dropped: int
    bytes_used: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that the broker will never take.

    Attributes:
        seq: Its sequence number.
        topic: Full topic.
        payload: As serialised when it was stored.
        reason: Why it was put aside.
        settled_wall_s: When, seconds since the Unix epoch.
    """

    seq: int
    topic: str
    payload: bytes
    reason: str
    settled_wall_s: float


@dataclass(frozen=True, slots=True)
class Storage:
    """How events are kept.

    Attributes:
        state: ``ok``; ``salvaged``: ok, after the file was found damaged in this run; ``memory_only``: the disk takes
            nothing, events wait in memory.
        since_wall_s: Since when, seconds since the Unix epoch.
        reason: What is wrong and what to do; empty where all is well.
    """

    state: Literal["ok", "salvaged", "memory_only"]
    since_wall_s: float
    reason: str = ""
