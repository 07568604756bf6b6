"""One payload of each kind, from the classes that serialise them."""

from __future__ import annotations

import json
from typing import Any

from edge_agent.clock import SystemClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.payload import CameraHealth, HealthPayload, OutboxHealth, encode
from edge_agent.mqtt.topics import Topics

EVENT = Event(
    id="id",
    incident_id="incident",
    rev=0,
    phase=Phase.RAISED,
    rule="fall",
    severity=Severity.CRITICAL,
    verdict=Verdict.YES,
    confidence=0.9,
    camera="hall",
    zone="press",
    observed_s=1.0,
    duration_s=1.2,
)


def health_payload() -> dict[str, Any]:
    camera = CameraHealth(fps=15.0, frames_dropped=0, last_frame_age_s=0.1, frame_ms_p95=60.0, sight="clear")
    outbox = OutboxHealth(pending=0, quarantined=0, dropped=0)
    fields: dict[str, Any] = {"uptime_s": 5.0, "rss_mb": 140.0, "temperature_c": 50.0}
    return _read(encode(HealthPayload(at="now", cameras={"hall": camera}, outbox=outbox, **fields)))


def alarm_payload() -> dict[str, Any]:
    return _read(encode(AlarmBoard().apply(EVENT, 1.7e9)))


def event_payload() -> dict[str, Any]:
    convert = EventToMqtt(Topics("e", "a", "b"), Envelope("boot", "model", "hash"), SystemClock())
    return _read(convert.to_message(EVENT, 1).payload)


def _read(payload: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(payload)
    return fields
