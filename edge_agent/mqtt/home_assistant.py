"""This device as Home Assistant sets it up by itself: one message that names every entity and where its state comes.

The format is Home Assistant's MQTT device discovery (Home Assistant documentation, "MQTT", section "Device discovery
payload"): Home Assistant 2024.11 and later read it. Keys are its abbreviations, which keep the message small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from edge_agent.data.event import Phase
from edge_agent.mqtt.topics import Topics

Platform = Literal["binary_sensor", "event", "sensor"]

_STATUS_GONE_S = 120  # our own: four times the refresh of the status, and beyond its expiry
_HEALTH_GONE_S = 60  # our own: health comes every ten seconds
_ONLINE = "{{ value_json.status }}"
# A number that is not known is absent, and Home Assistant shows None as unknown.
_UNKNOWN = "| default('None')"
_ALARM_ATTRIBUTES = "{{ dict(severity=value_json.severity, count=value_json.count) | to_json }}"
_EVENT = (
    "{% set d = value_json.data %}{{ dict(event_type=d.phase, severity=d.severity, zone=d.zone, camera=d.camera, "
    "duration_s=d.duration_s, confidence=d.confidence, incident_id=d.incident_id, observed_at=d.observed_at, "
    "historical=value_json.historical) | to_json }}"
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Availability(_Part):
    """Where Home Assistant learns whether the entities can be believed."""

    t: str
    """Topic."""
    val_tpl: str = _ONLINE
    """Gives ``online`` or ``offline``, which are Home Assistant's defaults."""


class Device(_Part):
    """What the entities belong to."""

    ids: str
    name: str
    mf: str = "edge-agent"
    mdl: str = "edge-agent"
    sw: str


class Origin(_Part):
    """Who announces."""

    name: str = "edge-agent"
    sw: str


class Entity(_Part):
    """One entity. With nothing but its platform it tells Home Assistant to remove it."""

    p: Platform
    name: str | None = None
    uniq_id: str | None = None
    stat_t: str | None = None
    val_tpl: str | None = None
    qos: Literal[1] | None = None
    """Of Home Assistant's subscription, which is 0 unless every single entity asks for more."""
    dev_cla: str | None = None
    ent_cat: Literal["diagnostic"] | None = None
    json_attr_t: str | None = None
    json_attr_tpl: str | None = None
    evt_typ: tuple[str, ...] | None = None
    unit_of_meas: str | None = None
    stat_cla: Literal["measurement"] | None = None
    exp_aft: int | None = None
    avty: tuple[Availability, ...] | None = None
    """Empty where the entity does not depend on the device being there."""


class Discovery(_Part):
    """The whole message."""

    dev: Device
    o: Origin
    avty: tuple[Availability, ...]
    cmps: dict[str, Entity]


@dataclass(frozen=True, slots=True)
class Watched:
    """What the device watches.

    Attributes:
        cameras: Names.
        zones: Names, also of zones that are not there in this shift.
        rules: Names of all that may raise incidents.
        version: Of the agent.
    """

    cameras: tuple[str, ...]
    zones: tuple[str, ...]
    rules: tuple[str, ...]
    version: str


def discovery_topic(prefix: str, topics: Topics) -> str:
    """Where the message belongs, as in ``homeassistant/device/edge-agent_plant-1_dev-1/config``."""
    return f"{prefix}/device/{_object_id(topics)}/config"


def discovery(topics: Topics, watched: Watched, gone: Mapping[str, Platform]) -> Discovery:
    """Name every entity.

    Args:
        topics: Of this device.
        watched: What there is to name.
        gone: Entities that were announced once and are no more: Home Assistant keeps what is only left out.
    """
    entities = dict(_entities(topics, watched))
    removed = {name: Entity(p=platform) for name, platform in gone.items() if name not in entities}
    return Discovery(
        dev=Device(ids=_object_id(topics), name=topics.device, sw=watched.version),
        o=Origin(sw=watched.version),
        avty=(Availability(t=topics.status),),
        cmps=entities | removed,
    )


def encode_discovery(message: Discovery) -> bytes:
    """UTF-8 JSON; what does not apply is absent."""
    return message.model_dump_json(exclude_none=True).encode()


def _object_id(topics: Topics) -> str:
    # Names of sites and devices hold no underscore, so that two devices can never get the same id.
    return f"edge-agent_{topics.site}_{topics.device}"


def _entities(topics: Topics, watched: Watched) -> Iterator[tuple[str, Entity]]:
    """The most important first."""
    unique = _object_id(topics)
    for place in (*watched.cameras, *watched.zones):
        name = f"alarm_{place}"
        yield name, _alarm(topics.alarm(place), f"{unique}_{name}", place)
    yield "connection", _connection(topics.status, f"{unique}_connection")
    for rule in watched.rules:
        name = f"event_{rule}"
        yield name, _event(topics.event(rule), f"{unique}_{name}", rule)
    for sensor_name, sensor in _sensors(watched.cameras):
        update = {"uniq_id": f"{unique}_{sensor_name}", "stat_t": topics.health}
        yield sensor_name, sensor.model_copy(update=update)


def _alarm(topic: str, unique_id: str, place: str) -> Entity:
    return Entity(
        p="binary_sensor",
        name=f"Alarm {place}",
        uniq_id=unique_id,
        stat_t=topic,
        val_tpl="{{ 'ON' if value_json.active else 'OFF' }}",
        qos=1,
        dev_cla="safety",  # on means unsafe
        json_attr_t=topic,
        json_attr_tpl=_ALARM_ATTRIBUTES,
    )


def _connection(topic: str, unique_id: str) -> Entity:
    return Entity(
        p="binary_sensor",
        name="Connection",
        uniq_id=unique_id,
        stat_t=topic,
        val_tpl="{{ 'ON' if value_json.status == 'online' else 'OFF' }}",
        qos=1,
        dev_cla="connectivity",
        ent_cat="diagnostic",
        exp_aft=_STATUS_GONE_S,
        avty=(),
    )


def _event(topic: str, unique_id: str, rule: str) -> Entity:
    return Entity(
        p="event",
        name=f"Event {rule}",
        uniq_id=unique_id,
        stat_t=topic,
        val_tpl=_EVENT,
        qos=1,
        evt_typ=tuple(phase.value for phase in Phase),
    )


def _sensors(cameras: tuple[str, ...]) -> Iterator[tuple[str, Entity]]:
    """Numbers of `health`, without their topic and id."""
    for camera in cameras:
        of_camera = f"value_json.cameras['{camera}']"
        yield f"fps_{camera}", _sensor(f"Frame rate {camera}", f"{of_camera}.fps", unit="fps")
        yield f"sight_{camera}", _sensor(f"Sight {camera}", f"{of_camera}.sight")
    yield "temperature", _sensor("Temperature", "value_json.temperature_c", unit="°C", device_class="temperature")
    yield "pending", _sensor("Events waiting", "value_json.outbox.pending", unit="events")
    yield "dropped", _sensor("Events lost", "value_json.outbox.dropped", unit="events")


def _sensor(name: str, value: str, *, unit: str | None = None, device_class: str | None = None) -> Entity:
    return Entity(
        p="sensor",
        name=name,
        val_tpl=f"{{{{ {value} {_UNKNOWN} }}}}",
        unit_of_meas=unit,
        stat_cla="measurement" if unit else None,
        dev_cla=device_class,
        ent_cat="diagnostic",
        exp_aft=_HEALTH_GONE_S,
    )
