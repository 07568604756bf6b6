"""What one simulated device says, made by the agent's own classes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, cast

from edge_agent import __version__
from edge_agent.clock import SystemClock, wall_at
from edge_agent.data.event import Event, Evidence, Phase, Severity, Verdict
from edge_agent.ids import RandomIds
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.connection import Outgoing, Will
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.feed import Feed, status
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.payload import (
    EVENT_CONTENT_TYPE,
    CameraHealth,
    ExposureHealth,
    HealthPayload,
    InfoPayload,
    OutboxHealth,
    RebaHealth,
    RulaHealth,
    StrainHealth,
    encode,
    rfc3339,
)
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session_timing import Timing
from edge_agent.mqtt.topics import Topics

DEVICES_A_SITE = 50  # our own: a plant of that size; only the topics tell
PREFIX = "edge-agent/v1"
REAL_SITE = "plant-real"
"""Of the real agents, to tell them apart."""
RETAINED_TOPICS = 5
"""Of one device: status, info, and the alarm state of two zones and of the camera."""
_MODEL, _CONFIG_HASH, _BOOT_ID = "edge-pose-n 1.1", "3dd24ea9fbc5", str(uuid.UUID(int=0x8EE07F6D << 96))
_CAMERA, _ZONES = "cam-press", ("press-danger", "walkway-north")
_RULES = (
    "fall",
    "lost_while_falling",
    "man_down",
    "zone_entry",
    "lone_in_zone",
    "wrong_way",
    "zone_dwell",
    "bend_hold",
)


class SteadyClock(SystemClock):
    """The machine's clock, said to be synchronised: asking the kernel for each event would load the driver."""

    def synchronised(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class Said:
    """An event and the state of its zone.

    Attributes:
        event_id: UUIDv7.
        event: To be kept until its PUBACK.
        alarm: Retained.
    """

    event_id: str
    event: Outgoing
    alarm: Outgoing


class Voice:
    """The content of every message of one device. Its camera sees two zones, and people at work."""

    __slots__ = ("_board", "_clock", "_feed", "_ids", "_incident", "_seq", "_to_mqtt", "_topics", "client_id", "state")

    def __init__(self, number: int, clock: SystemClock, timing: Timing) -> None:
        site, device = f"plant-{number // DEVICES_A_SITE:03d}", f"cam-{number:05d}"
        self._topics = Topics(PREFIX, site, device)
        self._clock = clock
        self._ids = RandomIds()
        self._board = AlarmBoard()
        self._to_mqtt = EventToMqtt(self._topics, Envelope(_BOOT_ID, _MODEL, _CONFIG_HASH), clock)
        # `status` of the session takes topics, clock and timing from the feed; a simulated device has no outbox.
        self._feed = Feed(self._topics, cast("Outbox", None), RetainedTable(), clock, timing)
        self._incident: str | None = None
        self._seq = 0
        self.client_id = f"edge-agent-{site}-{device}"
        """As the agent chooses it."""
        self.state: dict[str, Outgoing] = {}
        """The retained messages but for `status`, by topic."""
        self._keep(self._topics.info, encode(_info()))
        for place in (*_ZONES, _CAMERA):
            self._keep(self._topics.alarm(place), encode(self._board.state(place, clock.wall_s())))

    def online(self) -> Outgoing:
        """The status, to be refreshed."""
        return status(self._feed, "online")

    def will(self) -> Will:
        """As the publisher leaves it with the broker."""
        timing = self._feed.timing
        return Will(status(self._feed, "offline", will=True), timing.will_delay_s, timing.session_s)

    def health(self) -> Outgoing:
        """The numbers, QoS 0."""
        return Outgoing(self._topics.health, encode(_health(self._clock)), qos=0)

    def event(self) -> Said:
        """The next fact: an incident is raised and cleared in turn."""
        cleared = self._incident is not None
        now_s = self._clock.monotonic_s()
        incident = self._incident or self._ids.new(self._clock.wall_s())
        self._incident = None if cleared else incident
        event = _event(self._ids.new(self._clock.wall_s()), incident, now_s, cleared=cleared)
        self._seq += 1
        message = self._to_mqtt.to_message(event, self._seq)
        state = self._board.apply(event, wall_at(self._clock, now_s))
        alarm = self._keep(self._topics.alarm(event.zone), encode(state))
        return Said(event.id, Outgoing(message.topic, message.payload, content_type=EVENT_CONTENT_TYPE), alarm)

    def _keep(self, topic: str, payload: bytes) -> Outgoing:
        self.state[topic] = Outgoing(topic, payload, retain=True)
        return self.state[topic]


def _event(event_id: str, incident: str, now_s: float, *, cleared: bool) -> Event:
    return Event(
        id=event_id,
        incident_id=incident,
        rev=int(cleared),
        phase=Phase.CLEARED if cleared else Phase.RAISED,
        rule="fall",
        severity=Severity.CRITICAL,
        verdict=Verdict.NO if cleared else Verdict.YES,
        confidence=0.93,
        camera=_CAMERA,
        zone=_ZONES[0],
        observed_s=now_s,
        duration_s=1.2,
        evidence=(
            Evidence("drop_h", 0.54),
            Evidence("stage", "suspected"),
            Evidence("trunk_inclination_deg", 67.0),
        ),
    )


def _info() -> InfoPayload:
    return InfoPayload(
        version=__version__,
        runtime="litert 2.3.0",
        model=_MODEL,
        config_hash=_CONFIG_HASH,
        cameras=(_CAMERA,),
        zones=_ZONES,
        rules=_RULES,
        privacy="minimal",
        bootid=_BOOT_ID,
    )


def _health(clock: SystemClock) -> HealthPayload:
    rula: dict[str, Any] = {"scores_1_2_s": 5120.0, "scores_3_4_s": 812.0, "scores_5_6_s": 97.0, "score_7_s": 0.0}
    reba = RebaHealth(score_1_s=0.0, scores_2_3_s=5011.0, scores_4_7_s=961.0, scores_8_10_s=57.0, scores_11_15_s=0.0)
    strain = StrainHealth(calibrated=True, rula=RulaHealth(**rula), reba=reba, unscored_s=310.0, observable_share=0.71)
    camera = CameraHealth(
        fps=11.8,
        frames_dropped=3121,
        last_frame_age_s=0.1,
        frame_ms_p95=41.3,
        sight="clear",
        exposure={"bend_hold": ExposureHealth(yes_s=97.5, no_s=5120.2, indeterminate_s=811.7)},
        strain=strain,
    )
    return HealthPayload(
        at=rfc3339(clock.wall_s()),
        uptime_s=round(clock.monotonic_s(), 1),
        rss_mb=131.4,
        temperature_c=61.2,
        cameras={_CAMERA: camera},
        outbox=OutboxHealth(pending=0, quarantined=0, dropped=0),
    )
