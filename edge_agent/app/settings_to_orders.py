"""From the settings to what the vision thread works by."""

from __future__ import annotations

from edge_agent.app.timetable import Timetable
from edge_agent.app.vision import Orders
from edge_agent.clock import Clock
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.topics import Topics
from edge_agent.pipeline import PipelineSettings
from edge_agent.posture_log.seen_frame import Origin
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_to_hash import config_hash
from edge_agent.settings.time_zone import time_zone


def settings_to_orders(settings: Settings, model: str, boot_id: str, topics: Topics, clock: Clock) -> Orders:
    """Orders by these settings.

    Args:
        settings: In force from now on.
        model: Name and version of the model that watches; it is named in every event.
        boot_id: Of this run of the system; it is named in every event.
        topics: Of the device.
        clock: Stamps what is published.
    """
    scenes = tuple(camera.scene for camera in settings.cameras)
    timetable = Timetable(scenes, settings.rules, settings.shadow, time_zone(settings.timezone))
    envelope = Envelope(boot_id, model, config_hash(settings))
    how = PipelineSettings(person_score=settings.model.score, strain=settings.strain)
    origins = {
        camera.name: Origin(envelope.model, envelope.config_hash, camera.calibration) for camera in settings.cameras
    }
    return Orders(timetable, how, EventToMqtt(topics, envelope, clock), origins)
