"""What was announced to Home Assistant is taken back when it is gone, across restarts too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.app.home_assistant_announcement import HomeAssistantAnnouncement
from edge_agent.mqtt.broker_settings import HomeAssistantSettings
from edge_agent.mqtt.home_assistant import Watched
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics

TOPIC = "homeassistant/device/edge-agent_hall-3_dev-1/config"
WATCHED = Watched(("cam-1",), ("press", "aisle"), ("fall",), "1.2.3")


def announce(directory: Path, watched: Watched = WATCHED, **settings: object) -> dict[str, bytes]:
    """What a run of the agent would publish."""
    retained = RetainedTable()
    chosen = HomeAssistantSettings(**({"enabled": True} | settings))  # type: ignore[arg-type]
    topics = Topics("edge-agent/v1", "hall-3", "dev-1")
    HomeAssistantAnnouncement(chosen, topics, retained, directory).announce(watched)
    return {state.topic: state.payload for state in retained.since(0)}


def test_nothing_is_said_to_home_assistant_unless_it_is_switched_on(tmp_path: Path) -> None:
    assert announce(tmp_path, enabled=False) == {}
    assert HomeAssistantSettings().enabled is False


def test_a_zone_that_is_gone_is_removed_even_after_a_restart_and_comes_back(tmp_path: Path) -> None:
    announce(tmp_path)
    entities = json.loads(announce(tmp_path, replace(WATCHED, zones=("press",)))[TOPIC])["cmps"]
    assert entities["alarm_aisle"] == {"p": "binary_sensor"}
    entities = json.loads(announce(tmp_path)[TOPIC])["cmps"]
    assert entities["alarm_aisle"]["stat_t"].endswith("/alarm/aisle")


def test_switching_it_off_empties_the_topic_at_every_start_until_it_is_on_again(tmp_path: Path) -> None:
    announce(tmp_path)
    assert announce(tmp_path, enabled=False) == {TOPIC: b""}
    assert announce(tmp_path, enabled=False) == {TOPIC: b""}
    assert announce(tmp_path)[TOPIC]


def test_another_prefix_empties_the_topic_under_the_old_one(tmp_path: Path) -> None:
    announce(tmp_path)
    published = announce(tmp_path, prefix="house/ha")
    assert published.pop(TOPIC) == b""
    assert list(published) == ["house/ha/device/edge-agent_hall-3_dev-1/config"]


def test_a_damaged_note_is_told_and_does_not_stop_the_announcement(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "home-assistant.json").write_text('{"topic": 3')
    assert announce(tmp_path)[TOPIC]
    assert "delete them there" in caplog.text


def test_a_disk_that_takes_nothing_does_not_stop_the_announcement(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert announce(tmp_path / "absent")[TOPIC]
    assert "entities that vanish will stay" in caplog.text
