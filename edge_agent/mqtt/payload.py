"""What leaves the device, and nothing else does: the classes that are serialised.

Events are CloudEvents 1.0 in JSON (CloudEvents JSON Event Format 1.0, structured mode). Schemas are generated from
these classes; the order of their fields is the order of the keys on the wire.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.data.event import Evidence, Phase, Severity, Verdict

EVENT_CONTENT_TYPE = "application/cloudevents+json"
"""MQTT content type of an event (CloudEvents MQTT Protocol Binding 1.0, section 3.2)."""
EVENT_SCHEMA = "urn:edge-agent:schema:event:v1"
MAX_PAYLOAD_BYTES = 2048

ANGLE_BUCKET_DEG = 15.0  # design, section 8: angles in buckets of 15 deg
HEIGHT_BUCKET = 0.1  # design, section 8: lengths and speeds in tenths of the person's height
_SANE = 1e6  # our own: no angle, length or duration is larger; a broken number must not stop its event
EVIDENCE_WORDS = frozenset({"reason", "resolved", "stage"})
"""Names of evidence whose value may be a word."""

EvidenceValue = tuple[float, float] | int | float | str
"""A bucket ``[low, high)``, a count, a rounded number, or a word."""


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=True)


class EventData(_Payload):
    """One phase of one incident."""

    incident_id: str = Field(description="UUIDv7 shared by every event of the incident.")
    rev: int = Field(ge=0, description="Revision of the incident, from 0.")
    phase: Phase
    rule: str
    severity: Severity
    camera: str
    zone: str = Field(description="Name of the zone; the camera's name where the person is in none.")
    verdict: Verdict = Field(description="`indeterminate` is time not observed, never `safe`.")
    confidence: float = Field(ge=0, le=1)
    observed_at: str = Field(description="RFC 3339, UTC: when the frame that decided was exposed.")
    duration_s: float = Field(ge=0, description="Seconds since the rule's condition began.")
    evidence: dict[str, EvidenceValue] = Field(description="What the verdict rests on, in buckets [low, high).")
    evidence_truncated: Literal[True] | None = Field(
        default=None, description="Present where evidence was left out for size."
    )
    model: str = Field(description="Name and version of the pose model.")
    config_hash: str
    clock_synced: bool = Field(description="Whether the device's clock followed a time server.")


class EventPayload(_Payload):
    """A CloudEvents 1.0 envelope around one event. Drop duplicates by (`source`, `id`), find gaps by `seq`."""

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="UUIDv7.")
    source: str = Field(description="`/edge-agent/{site}/{device}`.")
    type: str = Field(description="`edge-agent.{rule}.v1`.")
    time: str = Field(description="RFC 3339, UTC: when the agent made the event.")
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str = EVENT_SCHEMA
    seq: int = Field(
        ge=0, description="Counts the device's events without a gap, across restarts; 0 where `unstored` is true."
    )
    bootid: str = Field(description="Changes when the device boots.")
    historical: bool = Field(description="Late: published more than a minute after it was stored, or after a reboot.")
    unstored: Literal[True] | None = Field(
        default=None,
        description="Present where the device's disk does not take the event: it is published from memory, and comes "
        "again with the same `id` and its number once it could be stored.",
    )
    data: EventData


class StatusPayload(_Payload):
    """Whether the device is there. The will says `offline` with the reason `lost`."""

    status: Literal["online", "offline"]
    reason: Literal["running", "stopped", "lost"]
    at: str | None = Field(default=None, description="RFC 3339, UTC; absent in the will, which the broker sends later.")


class InfoPayload(_Payload):
    """What this device is and watches."""

    version: str
    runtime: str = Field(description="Interpreter of the pose model and its version.")
    model: str
    config_hash: str
    cameras: tuple[str, ...]
    zones: tuple[str, ...]
    rules: tuple[str, ...]
    privacy: str = Field(description="Name of the privacy profile.")
    bootid: str


class ActiveIncident(_Payload):
    """One incident that goes on."""

    incident_id: str
    rule: str
    severity: Severity
    camera: str
    since: str = Field(description="RFC 3339, UTC.")


class AlarmPayload(_Payload):
    """What goes on in a zone now, for a SCADA tag or a lamp."""

    zone: str
    active: bool
    severity: Severity | Literal["none"] = Field(description="The highest of the incidents.")
    count: int = Field(ge=0, description="How many incidents go on.")
    since: str | None = Field(description="RFC 3339, UTC: start of the oldest incident; absent where there is none.")
    incidents: tuple[ActiveIncident, ...] = Field(description="The most severe, oldest first; at most eight.")
    at: str = Field(description="RFC 3339, UTC: when this state began.")


class ExposureHealth(_Payload):
    """Seconds of persons since the start; two persons count twice."""

    yes_s: float = Field(ge=0, description="In the posture.")
    no_s: float = Field(ge=0, description="Surely not.")
    indeterminate_s: float = Field(ge=0, description="In view, but one camera could not tell.")


class RulaHealth(_Payload):
    """Seconds of persons by action level, each whole; scores are at least so high (McAtamney and Corlett, 1993)."""

    scores_1_2_s: float = Field(ge=0, description="Acceptable, if not held or repeated for long.")
    scores_3_4_s: float = Field(ge=0, description="To be looked into; changes may be needed.")
    scores_5_6_s: float = Field(ge=0, description="To be looked into and changed soon.")
    score_7_s: float = Field(ge=0, description="To be changed at once; out of reach of what one camera sees.")


class RebaHealth(_Payload):
    """Seconds of persons by action level, each whole; scores are at least so high (Hignett and McAtamney, 2000)."""

    score_1_s: float = Field(ge=0, description="Negligible risk.")
    scores_2_3_s: float = Field(ge=0, description="Low risk; changes may be needed.")
    scores_4_7_s: float = Field(ge=0, description="Medium risk; changes needed.")
    scores_8_10_s: float = Field(ge=0, description="High risk; changes needed soon.")
    scores_11_15_s: float = Field(ge=0, description="Very high risk; out of reach of what one camera sees.")


class StrainHealth(_Payload):
    """How people in view worked, summed up over all of them; two persons count twice. No assessment of anybody."""

    calibrated: bool = Field(
        description="Whether angles are those in the room. Where false they are the picture's, which may be larger or "
        "smaller, and no score is certain to be the least."
    )
    rula: RulaHealth
    reba: RebaHealth
    unscored_s: float = Field(ge=0, description="In view, but not even the trunk could be told.")
    observable_share: float = Field(
        ge=0, le=1, description="Share of all these seconds in which trunk, neck and an upper arm could be told."
    )


class CameraHealth(_Payload):
    """Numbers of one camera."""

    fps: float
    frames_dropped: int = Field(ge=0)
    last_frame_age_s: float | None = Field(default=None, description="Absent before the first frame.")
    frame_ms_p95: float | None = Field(default=None, description="Time from a frame to its events.")
    sight: str | None = Field(
        default=None,
        description="`clear`, or why nobody could be seen: `dark`, `covered`, `defocused`, `frozen`, `moved`.",
    )
    exposure: dict[str, ExposureHealth] | None = Field(default=None, description="By ergonomic rule.")
    shadow: dict[str, int] | None = Field(
        default=None,
        description="By rule on trial, how many incidents it would have raised since the start; absent without one.",
    )
    strain: StrainHealth | None = Field(
        default=None, description="Postures at work by RULA and REBA since the start; absent where nobody was in view."
    )


class OutboxHealth(_Payload):
    """Numbers of the outbox."""

    pending: int = Field(ge=0)
    quarantined: int = Field(ge=0)
    dropped: int = Field(
        ge=0, description="Events lost for space or on a damaged disk, ever, where they can be counted."
    )
    dropped_ranges: tuple[tuple[int, int], ...] = Field(
        default=(),
        description="First and last `seq` of what was or may have been lost, ever; at most 16, of which the first "
        "spans the older ones.",
    )
    state: Literal["ok", "salvaged", "memory_only"] = Field(
        default="ok",
        description="`salvaged`: ok again, after the stored events were found damaged; `memory_only`: the disk takes "
        "no events, they wait in memory and are published from there.",
    )
    since: str | None = Field(default=None, description="RFC 3339, UTC: since when; absent while `ok`.")
    reason: str | None = Field(default=None, description="What is wrong and what to do; absent while `ok`.")
    waiting: int = Field(default=0, ge=0, description="Events that wait in memory for the disk.")


class HealthPayload(_Payload):
    """Numbers for dashboards."""

    at: str
    uptime_s: float
    rss_mb: float | None = None
    temperature_c: float | None = None
    cameras: dict[str, CameraHealth]
    outbox: OutboxHealth


def encode(payload: _Payload) -> bytes:
    """UTF-8 JSON without spaces, keys in the order of the fields; what is not known is absent rather than null."""
    return payload.model_dump_json(exclude_none=True).encode()


def mark_historical(event: bytes) -> bytes:
    """The same event, marked as published late. Its `id` stays, so that a duplicate stays one."""
    fields = json.loads(event)
    fields["historical"] = True
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def rfc3339(wall_s: float) -> str:
    """UTC with milliseconds, as in ``2025-03-01T12:00:00.000Z`` (RFC 3339, section 5.6)."""
    whole_ms = round(wall_s * 1000)
    moment = datetime.fromtimestamp(whole_ms // 1000, tz=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{whole_ms % 1000:03d}Z"


def bucketed(evidence: Iterable[Evidence]) -> dict[str, EvidenceValue]:
    """Evidence as it may leave: numbers in buckets by the unit in their name, words from a list, nothing else.

    Args:
        evidence: Exact, as the rules wrote it.

    Returns:
        What may be published, sorted by name. A number whose unit has no rule is left out: pixels tell where a person
        stood in the picture, metres and kilograms how they are built.
    """
    values = {item.name: _allowed(item) for item in evidence}
    return {name: value for name, value in sorted(values.items()) if value is not None}


def _allowed(item: Evidence) -> EvidenceValue | None:
    if isinstance(item.value, str):
        return item.value if item.name in EVIDENCE_WORDS else None
    if not abs(item.value) < _SANE:  # false for NaN, too
        return None
    match item.name.split("_")[1:]:
        case [*_, "deg"] | [*_, "deg", "s"]:
            return _bucket(item.value, ANGLE_BUCKET_DEG)
        case [*_, "h"] | [*_, "h", "s"] | [*_, "ratio" | "collapse"]:
            return _bucket(item.value, HEIGHT_BUCKET)
        case [*_, "px" | "m" | "cm" | "mm", "s"]:
            return None
        case [*_, "s"]:
            return round(item.value, 1)
        case [*_, "count"]:
            return round(item.value)
    return None


def _bucket(value: float, width: float) -> tuple[float, float]:
    # A value a rounding error below an edge belongs to the bucket that the edge opens.
    index = math.floor(value / width + 1e-9)
    return round(index * width, 1), round((index + 1) * width, 1)
