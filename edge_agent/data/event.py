"""What the rules say: one phase of one incident."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(str, Enum):
    """Where an incident is in its life."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


class Severity(str, Enum):
    """How urgently a person should act."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Verdict(str, Enum):
    """What a rule could tell from what the camera saw."""

    YES = "yes"
    NO = "no"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number or word that a verdict rests on.

    Attributes:
        name: With its unit where it has one, as in ``trunk_inclination_deg``.
        value: Exact here; put into buckets before it leaves the device.
    """

    name: str
    value: float | str


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about one incident.

    Attributes:
        id: UUIDv7 of this event; a subscriber drops duplicates by it.
        incident_id: UUIDv7 shared by every event of the incident.
        rev: Revision of the incident, from 0.
        phase: Raised, updated or cleared.
        rule: Name of the rule, as in ``fall``.
        severity: How urgent.
        verdict: ``yes`` while the rule holds, ``no`` when it was seen to end, ``indeterminate`` when it ended
            unseen.
        confidence: 0..1.
        camera: Name of the camera.
        zone: Name of the zone, or the camera's name where the person is in none.
        observed_s: Monotonic seconds of the frame that decided.
        duration_s: Seconds since the rule's condition began.
        evidence: What the verdict rests on.
        snoozed: Whether somebody has asked that it go unannounced for a while.
    """

    id: str
    incident_id: str
    rev: int
    phase: Phase
    rule: str
    severity: Severity
    verdict: Verdict
    confidence: float
    camera: str
    zone: str
    observed_s: float
    duration_s: float
    evidence: tuple[Evidence, ...] = ()
    snoozed: bool = False
