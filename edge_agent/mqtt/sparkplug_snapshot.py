"""What a SCADA system sees of the device now: the alarms and the health that other topics carry, as metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_agent.mqtt.payload import AlarmPayload, CameraHealth, HealthPayload
from edge_agent.mqtt.sparkplug_payload import DataType, Metric, Value

_CAMERA_LOST = "camera_lost"  # the rule of the incident that goes on while a camera gives no frames

Metrics = Mapping[str, Metric]
"""By name."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All metrics now.

    Attributes:
        node: Of the device as a whole.
        cameras: Of each camera that gives frames, by its name.
    """

    node: Metrics
    cameras: Mapping[str, Metrics]


@dataclass(frozen=True, slots=True)
class Places:
    """What there is to report on.

    Attributes:
        zones: Zones of each camera, by its name; also of a camera without any.
        version: Of the agent.
    """

    zones: Mapping[str, tuple[str, ...]]
    version: str


def snapshot(places: Places, alarms: Mapping[str, AlarmPayload], health: HealthPayload | None) -> Snapshot:
    """Put it together. The names depend on the places alone: what is not known yet is there without a value.

    Args:
        places: Cameras and zones.
        alarms: State of each place, by its name, as far as it is known.
        health: The latest numbers; None before the first.
    """
    lost = {camera: _is_lost(alarms.get(camera)) for camera in places.zones}
    node = (
        Metric("info/version", DataType.STRING, places.version),
        *_node_health(health),
        *(Metric(f"cameras/{camera}/lost", DataType.BOOLEAN, lost[camera]) for camera in places.zones),
    )
    cameras = {
        camera: _by_name(
            *(metric for place in (camera, *zones) for metric in _alarm(place, alarms.get(place))),
            *_camera_health(health.cameras.get(camera) if health else None),
        )
        for camera, zones in places.zones.items()
        if not lost[camera]
    }
    return Snapshot(_by_name(*node), cameras)


def _by_name(*metrics: Metric) -> Metrics:
    return {metric.name: metric for metric in metrics}


def _is_lost(alarm: AlarmPayload | None) -> bool:
    return alarm is not None and any(incident.rule == _CAMERA_LOST for incident in alarm.incidents)


def _alarm(place: str, alarm: AlarmPayload | None) -> tuple[Metric, ...]:
    return (
        Metric(f"alarm/{place}/active", DataType.BOOLEAN, alarm.active if alarm else None),
        Metric(f"alarm/{place}/severity", DataType.STRING, str(alarm.severity) if alarm else None),
        Metric(f"alarm/{place}/count", DataType.INT64, alarm.count if alarm else None),
    )


def _node_health(health: HealthPayload | None) -> tuple[Metric, ...]:
    outbox = health.outbox if health else None
    return (
        _number("health/uptime_s", health.uptime_s if health else None),
        _number("health/rss_mb", health.rss_mb if health else None),
        _number("health/temperature_c", health.temperature_c if health else None),
        _count("outbox/pending", outbox.pending if outbox else None),
        _count("outbox/quarantined", outbox.quarantined if outbox else None),
        _count("outbox/dropped", outbox.dropped if outbox else None),
    )


def _camera_health(health: CameraHealth | None) -> tuple[Metric, ...]:
    return (
        _number("health/fps", health.fps if health else None),
        _number("health/frame_ms_p95", health.frame_ms_p95 if health else None),
        _count("health/frames_dropped", health.frames_dropped if health else None),
        Metric("health/sight", DataType.STRING, health.sight if health else None),
    )


def _number(name: str, value: Value | None) -> Metric:
    return Metric(name, DataType.DOUBLE, value)


def _count(name: str, value: Value | None) -> Metric:
    return Metric(name, DataType.INT64, value)
