"""The announcement to Home Assistant: documented keys only, and templates that read the real payloads."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from home_assistant_reader import LONG, read_discovery, render
from mqtt_device import make_event

from edge_agent.clock import SystemClock
from edge_agent.data.event import Event, Phase, Severity
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.home_assistant import Platform, Watched, discovery, discovery_topic, encode_discovery
from edge_agent.mqtt.payload import CameraHealth, HealthPayload, OutboxHealth, StatusPayload, encode
from edge_agent.mqtt.topics import Topics

TOPICS = Topics("edge-agent/v1", "hall-3", "dev-1")
WATCHED = Watched(("cam-1",), ("press", "aisle"), ("fall", "zone_entry", "camera_lost"), "1.2.3")

# Home Assistant's documentation of its MQTT integrations names these keys (read for 2025.4).
DEVICE = {"identifiers", "name", "manufacturer", "model", "sw_version"}
COMMON = {"platform", "name", "unique_id", "state_topic", "value_template", "qos", "availability", "entity_category"}
ATTRIBUTES = {"json_attributes_topic", "json_attributes_template"}
DOCUMENTED = {
    "binary_sensor": COMMON | ATTRIBUTES | {"device_class", "expire_after"},
    "event": COMMON | ATTRIBUTES | {"event_types"},
    "sensor": COMMON | ATTRIBUTES | {"device_class", "expire_after", "state_class", "unit_of_measurement"},
}


def announced(watched: Watched = WATCHED, gone: dict[str, Platform] | None = None) -> dict[str, Any]:
    return read_discovery(encode_discovery(discovery(TOPICS, watched, gone or {})))


def alarm_of(event: Event) -> bytes:
    return encode(AlarmBoard().apply(event, 1.7e9))


def health(**changes: Any) -> bytes:
    camera = CameraHealth(fps=14.9, frames_dropped=3, sight="clear")
    outbox = OutboxHealth(pending=7, quarantined=0, dropped=2)
    fields: dict[str, Any] = {"at": "2025-03-01T12:00:00.000Z", "uptime_s": 5.0, "temperature_c": 48.5}
    return encode(HealthPayload(**{**fields, "cameras": {"cam-1": camera}, "outbox": outbox, **changes}))


def test_the_topic_is_one_that_home_assistant_listens_to() -> None:
    topic = discovery_topic("homeassistant", TOPICS)
    assert topic == "homeassistant/device/edge-agent_hall-3_dev-1/config"
    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", topic)


def test_devices_whose_names_join_to_the_same_text_stay_apart() -> None:
    one, other = Topics("e", "a-b", "c"), Topics("e", "a", "b-c")
    assert discovery_topic("homeassistant", one) != discovery_topic("homeassistant", other)


def test_only_documented_keys_are_used() -> None:
    message = announced()
    assert message.keys() == {"device", "origin", "availability", "components"}
    assert message["device"].keys() <= DEVICE
    assert message["device"]["identifiers"]
    assert message["origin"].keys() == {"name", "sw_version"}
    for entity in message["components"].values():
        assert entity.keys() <= DOCUMENTED[entity["platform"]]
        assert {"name", "unique_id", "state_topic", "value_template"} <= entity.keys()
    short = json.loads(encode_discovery(discovery(TOPICS, WATCHED, {})))
    assert not set(LONG.values()).intersection(short), "every name that has an abbreviation is abbreviated"


def test_every_zone_camera_and_rule_has_its_entity_and_no_two_share_an_id() -> None:
    entities = announced()["components"]
    safety = {name for name, entity in entities.items() if entity.get("device_class") == "safety"}
    assert safety == {"alarm_cam-1", "alarm_press", "alarm_aisle"}
    events = {name: entity for name, entity in entities.items() if entity["platform"] == "event"}
    assert events.keys() == {"event_fall", "event_zone_entry", "event_camera_lost"}
    assert all(entity["event_types"] == ["raised", "updated", "cleared"] for entity in events.values())
    ids = [entity["unique_id"] for entity in entities.values()]
    assert len(set(ids)) == len(ids)


def test_what_must_not_be_missed_is_subscribed_with_qos_1() -> None:
    entities = announced()["components"].values()
    assert all(entity["qos"] == 1 for entity in entities if entity["state_topic"] != TOPICS.health)


@pytest.mark.parametrize(("phase", "state"), [(Phase.RAISED, "ON"), (Phase.UPDATED, "ON"), (Phase.CLEARED, "OFF")])
def test_a_zone_is_on_while_an_incident_goes_on(phase: Phase, state: str) -> None:
    entity = announced()["components"]["alarm_press"]
    payload = alarm_of(make_event(phase=phase, severity=Severity.CRITICAL))
    assert entity["state_topic"] == entity["json_attributes_topic"] == TOPICS.alarm("press")
    assert render(entity["value_template"], payload) == state
    attributes = json.loads(render(entity["json_attributes_template"], payload))
    active = state == "ON"
    assert attributes == {"severity": "critical" if active else "none", "count": int(active)}


@pytest.mark.parametrize("phase", list(Phase))
def test_an_event_becomes_an_event_of_its_phase(phase: Phase) -> None:
    entity = announced()["components"]["event_fall"]
    convert = EventToMqtt(TOPICS, Envelope("boot", "model", "hash"), SystemClock())
    message = convert.to_message(make_event(phase=phase, zone="press"), 5)
    assert entity["state_topic"] == message.topic
    said = json.loads(render(entity["value_template"], message.payload))
    assert said.pop("event_type") == phase.value
    assert said["zone"] == "press"
    assert said["severity"] == "critical"
    assert said["historical"] is False
    assert not {"evidence", "id", "model"} & said.keys(), "what an automation has no use for stays away"


def test_the_connection_is_told_by_the_status_even_while_the_device_is_away() -> None:
    entity = announced()["components"]["connection"]
    lost, there = StatusPayload(status="offline", reason="lost"), StatusPayload(status="online", reason="running")
    assert entity["availability"] == []
    assert render(entity["value_template"], encode(there)) == "ON"
    assert render(entity["value_template"], encode(lost)) == "OFF"


def test_everything_else_is_unavailable_while_the_device_is_away() -> None:
    message = announced()
    (source,) = message["components"]["alarm_press"]["availability"]
    assert source["topic"] == TOPICS.status
    assert render(source["value_template"], encode(StatusPayload(status="offline", reason="lost"))) == "offline"


def test_health_becomes_sensors_and_what_is_not_known_becomes_unknown() -> None:
    entities = announced()["components"]
    values = {
        name: render(entity["value_template"], health())
        for name, entity in entities.items()
        if entity["platform"] == "sensor"
    }
    assert values == {
        "fps_cam-1": "14.9",
        "sight_cam-1": "clear",
        "temperature": "48.5",
        "pending": "7",
        "dropped": "2",
    }
    blind = CameraHealth(fps=0.0, frames_dropped=0)
    unknown = health(temperature_c=None, cameras={"cam-1": blind})
    assert render(entities["temperature"]["value_template"], unknown) == "None"
    assert render(entities["sight_cam-1"]["value_template"], unknown) == "None"


def test_what_is_gone_is_told_by_its_platform_alone() -> None:
    entities = announced(gone={"alarm_old": "binary_sensor", "alarm_press": "binary_sensor"})["components"]
    assert entities["alarm_old"] == {"platform": "binary_sensor"}
    assert entities["alarm_press"]["state_topic"], "a zone that is back is announced again"


def test_the_message_stays_under_the_limits_of_common_brokers() -> None:
    """8 KiB for a usual device; for the largest that the settings admit, with the longest names, under 384 KiB."""
    rules = tuple(f"rule_{number:02}_of_usual_length" for number in range(22))
    usual = Watched(("cam-1",), tuple(f"zone-{number}" for number in range(4)), rules[:7], "1.2.3")
    assert len(encode_discovery(discovery(TOPICS, usual, {}))) < 8 * 1024
    cameras = tuple(f"{number}{'c' * 62}" for number in range(8))
    zones = tuple(f"{number:03}{'z' * 60}" for number in range(8 * 32))
    largest = Watched(cameras, zones, rules, "1.2.3")
    topics = Topics("edge-agent/v1", "s" * 63, "d" * 63)
    assert len(encode_discovery(discovery(topics, largest, {}))) < 384 * 1024
