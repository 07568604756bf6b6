"""One event in, one MQTT message out. Needs neither a broker nor the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from edge_agent.clock import Clock, wall_at
from edge_agent.data.event import Event, Severity
from edge_agent.errors import BrokerError
from edge_agent.mqtt.payload import MAX_PAYLOAD_BYTES, EventData, EventPayload, encode, rfc3339
from edge_agent.mqtt.privacy_profile import bucketed
from edge_agent.mqtt.topics import Topics

UNSTORED = 0
"""In the place of a sequence number, which only the outbox gives."""
_MAX_PACKET_BYTES = 2100  # what a small subscriber takes; a broker drops larger packets without a word to anybody
# Of a PUBLISH beside topic and payload (MQTT 5, section 3.3): header 3, length of the topic 2, identifier 2, properties
# 1 + format 2 + content type 3 + 28; from the broker, subscription identifier 5 and topic alias 3.
_AROUND_BYTES = 49
_MAX_ENVELOPE_BYTES = 768  # our own: with it, rule, camera and zone have a kilobyte before an event passes 2 KiB


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is the same for every event of one run.

    Attributes:
        boot_id: Changes when the device boots.
        model: Name and version of the pose model.
        config_hash: Hash of the settings in force.
    """

    boot_id: str
    model: str
    config_hash: str


@dataclass(frozen=True, slots=True)
class Message:
    """An event, ready for the broker.

    Attributes:
        topic: Full topic.
        payload: CloudEvents JSON, UTF-8, at most 2 KiB.
        event_id: UUIDv7 of the event.
        severity: Decides what is dropped first where the disk is short.
    """

    topic: str
    payload: bytes
    event_id: str
    severity: Severity


class EventToMqtt:
    """Puts events into their envelope. The same event, `seq` and clock give the same bytes."""

    def __init__(self, topics: Topics, envelope: Envelope, clock: Clock) -> None:
        """Bind what does not change from event to event.

        Raises:
            BrokerError: The names of the device are so long that an event would not fit into 2 KiB.
        """
        self._topics = topics
        self._envelope = envelope
        self._clock = clock
        self._source = f"/edge-agent/{quote(topics.site)}/{quote(topics.device)}"
        fixed = (self._source, envelope.boot_id, envelope.model, envelope.config_hash)
        if sum(len(text.encode()) for text in fixed) > _MAX_ENVELOPE_BYTES:
            raise BrokerError("site, device and model have such long names that an event would not fit: shorten them")

    def to_message(self, event: Event, seq: int, made_s: float | None = None) -> Message:
        """Serialise one event under its sequence number.

        Args:
            event: What a rule said; times on the monotonic clock that this object was given.
            seq: From the outbox; in a replay, counted from 1; `UNSTORED` where the disk does not take the event.
            made_s: When the event was made, on that clock; now where None.

        Returns:
            The message. Where it would pass 2 KiB, or its packet 2.1 KB, it goes without its evidence and says so.
        """
        wall_s = self._clock.wall_s() if made_s is None else wall_at(self._clock, made_s)
        payload = self._payload(event, seq, wall_s)
        encoded = encode(payload)
        topic = self._topics.event(event.rule)
        if len(encoded) > min(MAX_PAYLOAD_BYTES, _MAX_PACKET_BYTES - _AROUND_BYTES - len(topic.encode())):
            data = payload.data.model_copy(update={"evidence": {}, "evidence_truncated": True})
            encoded = encode(payload.model_copy(update={"data": data}))
        return Message(topic, encoded, event.id, event.severity)

    def _payload(self, event: Event, seq: int, made_wall_s: float) -> EventPayload:
        return EventPayload(
            id=event.id,
            source=self._source,
            type=f"edge-agent.{event.rule}.v1",
            time=rfc3339(made_wall_s),
            seq=seq,
            bootid=self._envelope.boot_id,
            historical=False,
            unstored=True if seq == UNSTORED else None,
            data=self._data(event),
        )

    def _data(self, event: Event) -> EventData:
        return EventData(
            incident_id=event.incident_id,
            rev=event.rev,
            phase=event.phase,
            rule=event.rule,
            severity=event.severity,
            camera=event.camera,
            zone=event.zone,
            verdict=event.verdict,
            confidence=round(event.confidence, 2),
            observed_at=rfc3339(wall_at(self._clock, event.observed_s)),
            duration_s=round(event.duration_s, 1),
            evidence=bucketed(event.evidence),
            model=self._envelope.model,
            config_hash=self._envelope.config_hash,
            clock_synced=self._clock.synchronised(),
            snoozed=True if event.snoozed else None,
        )
