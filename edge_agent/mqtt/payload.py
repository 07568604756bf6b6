"""What leaves the device, and nothing else does: the classes that are serialised.

A new class or field changes the privacy profile (`privacy_profile.py`), which a test pins.

Events are CloudEvents 1.0 in JSON (CloudEvents JSON Event Format 1.0, structured mode). Schemas are generated from
these classes; the order of their fields is the order of the keys on the wire.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from edge_agent.data.event import Phase, Severity, Verdict
from edge_agent.mqtt.privacy_profile import EvidenceValue

EVENT_CONTENT_TYPE = "application/cloudevents+json"
"""MQTT content type of an event (CloudEvents MQTT Protocol Binding 1.0, section 3.2)."""
EVENT_SCHEMA = "urn:edge-agent:schema:event:v1"
MAX_PAYLOAD_BYTES = 2048

Rfc3339 = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as `rfc3339` writes it."""


class Payload(BaseModel):
    """Base of everything that is serialised."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=True)


class EventData(Payload):
    """One phase of one incident."""

    incident_id: str = Field(description="UUIDv7 shared by every event of the incident.")
    rev: int = Field(ge=0, description="Revision of the incident, from 0.")
    phase: Phase = Field(description="`raised`, `updated` or `cleared`.")
    rule: str = Field(description="Name of the rule. More rules will come.")
    severity: Severity = Field(description="How urgently a person should act; may rise within an incident.")
    camera: str = Field(description="Name of the camera.")
    zone: str = Field(description="Name of the zone; the camera's name where the person is in none.")
    verdict: Verdict = Field(description="`indeterminate` is time not observed, never `safe`.")
    confidence: float = Field(ge=0, le=1, description="How sure the rule is, as sure as the least sure joint.")
    observed_at: Rfc3339 = Field(description="RFC 3339, UTC: when the frame that decided was exposed.")
    duration_s: float = Field(ge=0, description="Seconds since the rule's condition began.")
    evidence: dict[str, EvidenceValue] = Field(description="What the verdict rests on, in buckets [low, high).")
    evidence_truncated: Literal[True] | None = Field(
        default=None, description="Present where evidence was left out for size."
    )
    model: str = Field(description="Name and version of the pose model.")
    config_hash: str = Field(description="Of the settings in force; also in `info`.")
    clock_synced: bool = Field(description="Whether the device's clock followed a time server.")
    snoozed: Literal[True] | None = Field(
        default=None, description="Present where somebody asked that it go unannounced; it happened all the same."
    )


class EventPayload(Payload):
    """A CloudEvents 1.0 envelope around one event. Drop duplicates by (`source`, `id`), find gaps by `seq`."""

    specversion: Literal["1.0"] = Field(default="1.0", description="Of CloudEvents.")
    id: str = Field(description="UUIDv7.")
    source: str = Field(description="`/edge-agent/{site}/{device}`.")
    type: str = Field(description="`edge-agent.{rule}.v1`.")
    time: Rfc3339 = Field(description="RFC 3339, UTC: when the agent made the event.")
    datacontenttype: Literal["application/json"] = Field(default="application/json", description="Of `data`.")
    dataschema: str = Field(default=EVENT_SCHEMA, description="Names the schema of these events.")
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
    data: EventData = Field(description="One phase of one incident.")


class StatusPayload(Payload):
    """Whether the device is there. The will says `offline` with the reason `lost`."""

    status: Literal["online", "offline"] = Field(description="`online` or `offline`.")
    reason: Literal["running", "stopped", "lost"] = Field(
        description="`running`; `stopped` in good order; `lost` by the will.", json_schema_extra={"x-open": True}
    )
    at: Rfc3339 | None = Field(
        default=None, description="RFC 3339, UTC; absent in the will, which the broker sends later."
    )


class Provisioned(Payload):
    """How a device that nobody set up by hand got its configuration."""

    at: Rfc3339 = Field(description="RFC 3339, UTC: when.")
    clock_synced: bool = Field(
        description="Whether the clock followed a time server then; at a first boot it seldom does."
    )
    source: Literal["boot", "usb", "directory"] = Field(
        description="The boot partition, a USB stick, or a directory that somebody named.",
        json_schema_extra={"x-open": True},
    )
    device_from: Literal["file", "serial", "machine_id"] = Field(
        description="What the device's name is from: the file, the board's serial number, or the system's id.",
        json_schema_extra={"x-open": True},
    )
    wiped: bool = Field(
        description="Whether the file was deleted from where it came; if not, its secrets are still there."
    )


class InfoPayload(Payload):
    """What this device is and watches."""

    version: str = Field(description="Of the agent.")
    runtime: str = Field(description="Interpreter of the pose model and its version.")
    model: str = Field(description="Name and version of the pose model.")
    config_hash: str = Field(description="Of the settings in force; also in every event.")
    cameras: tuple[str, ...] = Field(description="Names of the cameras.")
    zones: tuple[str, ...] = Field(description="Names of all zones, also of those that are not there in this shift.")
    rules: tuple[str, ...] = Field(description="What may raise incidents, the most urgent first.")
    privacy: str = Field(description="Name of the privacy profile.")
    privacy_hash: str | None = Field(
        default=None, description="SHA-256 of the profile: what leaves the device, field by field (docs/privacy.md)."
    )
    bootid: str = Field(description="Changes when the device boots.")
    provisioned: Provisioned | None = Field(
        default=None, description="How it was set up; absent where somebody wrote its configuration by hand."
    )


class ActiveIncident(Payload):
    """One incident that goes on."""

    incident_id: str = Field(description="As in its events.")
    rule: str = Field(description="Name of the rule.")
    severity: Severity = Field(description="The latest.")
    camera: str = Field(description="Name of the camera.")
    since: Rfc3339 = Field(description="RFC 3339, UTC: when the rule's condition began.")
    snoozed: Literal[True] | None = Field(default=None, description="Present where it goes unannounced.")
    acknowledged: Literal[True] | None = Field(default=None, description="Present where somebody takes care of it.")


class AlarmPayload(Payload):
    """What goes on in a zone now, for a SCADA tag or a lamp."""

    zone: str = Field(description="Name of the zone, or of the camera for what is in no zone.")
    active: bool = Field(description="Whether any incident goes on.")
    severity: Severity | Literal["none"] = Field(description="The highest of the incidents.")
    count: int = Field(ge=0, description="How many incidents go on.")
    since: Rfc3339 | None = Field(
        default=None, description="RFC 3339, UTC: start of the oldest incident; absent where there is none."
    )
    incidents: tuple[ActiveIncident, ...] = Field(description="The most severe, oldest first; at most eight.")
    annunciate: bool = Field(description="Whether a lamp should light: an incident goes on that is not snoozed.")
    acknowledged: bool = Field(
        default=False, description="Whether a horn may be silent: somebody takes care of each of them."
    )
    snoozed_until: Rfc3339 | None = Field(
        default=None, description="RFC 3339, UTC: when the last snooze of the zone ends; absent where there is none."
    )
    at: Rfc3339 = Field(description="RFC 3339, UTC: when this state began.")


class ExposureHealth(Payload):
    """Seconds of persons since the start; two persons count twice."""

    yes_s: float = Field(ge=0, description="In the posture.")
    no_s: float = Field(ge=0, description="Surely not.")
    indeterminate_s: float = Field(ge=0, description="In view, but one camera could not tell.")


class RulaHealth(Payload):
    """Seconds of persons by action level, each whole; scores are at least so high (McAtamney and Corlett, 1993)."""

    scores_1_2_s: float = Field(ge=0, description="Acceptable, if not held or repeated for long.")
    scores_3_4_s: float = Field(ge=0, description="To be looked into; changes may be needed.")
    scores_5_6_s: float = Field(ge=0, description="To be looked into and changed soon.")
    score_7_s: float = Field(ge=0, description="To be changed at once; out of reach of what one camera sees.")


class RebaHealth(Payload):
    """Seconds of persons by action level, each whole; scores are at least so high (Hignett and McAtamney, 2000)."""

    score_1_s: float = Field(ge=0, description="Negligible risk.")
    scores_2_3_s: float = Field(ge=0, description="Low risk; changes may be needed.")
    scores_4_7_s: float = Field(ge=0, description="Medium risk; changes needed.")
    scores_8_10_s: float = Field(ge=0, description="High risk; changes needed soon.")
    scores_11_15_s: float = Field(ge=0, description="Very high risk; out of reach of what one camera sees.")


class StrainHealth(Payload):
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


class CameraHealth(Payload):
    """Numbers of one camera."""

    fps: float = Field(description="Frames judged per second, since the report before.")
    frames_dropped: int = Field(ge=0, description="Frames that came faster than they were judged, since the start.")
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


class OutboxHealth(Payload):
    """Numbers of the outbox."""

    pending: int = Field(ge=0, description="Events that the broker does not have yet.")
    quarantined: int = Field(ge=0, description="Events that the broker will never take; kept on the device.")
    dropped: int = Field(
        ge=0, description="Events lost for space or on a damaged disk, ever, where they can be counted."
    )
    dropped_ranges: tuple[tuple[int, int], ...] = Field(
        default=(),
        description="First and last `seq` of what was or may have been lost, ever; at most 16, of which the first "
        "spans the older ones.",
    )
    state: Literal["salvaged", "memory_only"] | None = Field(
        default=None,
        description="Absent while all is well. `salvaged`: well again, after the stored events were found damaged; "
        "`memory_only`: the disk takes no events, they wait in memory and are published from there.",
    )
    since: Rfc3339 | None = Field(default=None, description="RFC 3339, UTC: since when; absent while all is well.")
    reason: str | None = Field(default=None, description="What is wrong and what to do; absent while all is well.")
    waiting: int | None = Field(
        default=None, ge=0, description="Events that wait in memory for the disk; absent where none does."
    )


class CertificatesHealth(Payload):
    """Whole days until certificates expire; negative where they have. Absent what is not used or not known."""

    device_days: int | None = Field(default=None, description="Of this device's certificate towards the broker.")
    authority_days: int | None = Field(default=None, description="Of the authority that the device checks brokers by.")
    broker_days: int | None = Field(default=None, description="Of the broker's certificate, as it showed it last.")


class HealthPayload(Payload):
    """Numbers for dashboards."""

    at: Rfc3339 = Field(description="RFC 3339, UTC.")
    uptime_s: float = Field(description="Seconds since the agent started.")
    rss_mb: float | None = Field(default=None, description="Resident memory.")
    temperature_c: float | None = Field(default=None, description="Of the first thermal zone, mostly the processor.")
    inference_limit_fps: float | None = Field(
        default=None,
        description="Present while the processor is hot: the network looks at so many frames a second at most, and "
        "optical flow follows everybody in between.",
    )
    cameras: dict[str, CameraHealth] = Field(description="By name.")
    outbox: OutboxHealth = Field(description="What waits, and what was lost.")
    certificates: CertificatesHealth | None = Field(default=None, description="Absent without TLS.")


def encode(payload: Payload) -> bytes:
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
