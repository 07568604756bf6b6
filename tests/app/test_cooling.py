"""Slower looks before the firmware slows the processor down: with hysteresis, and never blind."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.app.agent import Agent
from edge_agent.app.cooling import Cooling, Level
from edge_agent.app.vision import Vision
from edge_agent.capture.source_settings import ClipSettings
from edge_agent.clock import MediaClock, SystemClock
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.runtime.mailbox import Mailbox
from edge_agent.settings.settings import CameraSettings, Settings

LIMIT_C = 80.0


class Box:
    """A device whose temperature the test sets."""

    def __init__(self) -> None:
        self.now_c: float | None = 50.0
        self.now_s = 0.0
        self.intervals: list[float] = []
        self.cooling = Cooling(self.intervals.append, lambda: self.now_c, LIMIT_C)

    def look(self, now_c: float | None, after_s: float = 10.0) -> Level:
        self.now_c = now_c
        self.now_s += after_s
        self.cooling.look(self.now_s)
        return self.cooling.level


def test_a_cool_device_looks_at_every_frame_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    box = Box()
    assert box.look(74.9) is Level.COOL
    assert (box.cooling.limit_fps, box.intervals, caplog.records) == (None, [], [])


def test_it_slows_down_before_the_limit_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    box = Box()
    assert box.look(75.0) is Level.WARM
    assert box.look(76.0) is Level.WARM
    assert box.look(79.0) is Level.HOT
    assert box.intervals == [pytest.approx(1 / 9), pytest.approx(1 / 5)]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "79 C of 80: looking 5 times a second at most" in caplog.text


def test_it_goes_back_step_by_step_once_it_is_clearly_cooler_and_a_minute_has_passed() -> None:
    box = Box()
    box.look(79.5)
    assert box.look(60.0) is Level.HOT, "ten seconds are no proof"
    assert box.look(75.5, after_s=60.0) is Level.HOT, "not cooler by the gap"
    assert box.look(74.9) is Level.WARM
    assert box.look(60.0) is Level.WARM
    assert box.look(60.0, after_s=60.0) is Level.COOL
    assert box.intervals[-1] == 0.0


def test_from_cool_to_hot_there_is_no_waiting() -> None:
    assert Box().look(85.0) is Level.HOT


def test_a_sensor_that_falls_silent_leaves_the_agent_at_full_speed() -> None:
    box = Box()
    box.look(79.5)
    assert box.look(None) is Level.COOL
    assert box.cooling.temperature_c is None


@given(st.lists(st.one_of(st.none(), st.floats(-40.0, 150.0)), min_size=1, max_size=200))
def test_whatever_the_temperature_does_it_never_stops_looking(temperatures: list[float | None]) -> None:
    box = Box()
    for now_c in temperatures:
        box.look(now_c)
    assert all(0.0 <= interval_s <= 0.2 for interval_s in box.intervals)


@given(st.lists(st.floats(70.0, 90.0), min_size=20, max_size=200))
def test_it_does_not_switch_back_and_forth(temperatures: list[float]) -> None:
    """A level that was entered lasts for a minute, six looks, unless it gets hotter still."""
    box = Box()
    levels = [box.look(now_c) for now_c in temperatures]
    falls = [index for index in range(1, len(levels)) if levels[index] < levels[index - 1]]
    for index in falls:
        assert len(set(levels[max(0, index - 6) : index])) == 1 or index < 6


def test_an_agent_slows_its_vision_down_and_says_so_in_health(tmp_path: Path) -> None:
    source = ClipSettings(type="clip", path=tmp_path / "clip.mp4")
    settings = Settings(
        site="plant-1",
        device="dev-1",
        state_dir=tmp_path,
        cameras=(CameraSettings(name="hall", source=source),),
        mqtt=BrokerSettings(host="127.0.0.1"),
    )
    agent = Agent(settings, SystemClock(), tmp_path / "edge-agent.yaml")
    agent._cooling = Cooling(agent._slow_down, lambda: 79.5, LIMIT_C)
    agent.report_health()
    assert agent.vision.least_interval_s == pytest.approx(0.2)
    assert json.loads(agent._last_health)["inference_limit_fps"] == 5.0
    agent._cooling = Cooling(agent._slow_down, lambda: 40.0, LIMIT_C)
    agent.report_health()
    assert "inference_limit_fps" not in json.loads(agent._last_health)


def test_the_vision_thread_hands_the_limit_to_the_pipeline_of_the_camera() -> None:
    slowed: list[float] = []
    outcome = SimpleNamespace(
        events=(), shadowed=(), sight=SimpleNamespace(fault=None), postures=None, timings=None, poses=None
    )
    pipeline = SimpleNamespace(slow_down=slowed.append, step=lambda _: outcome)
    camera = SimpleNamespace(name="hall", health=None)
    clock = MediaClock()
    vision = Vision((camera,), Mailbox(), None, clock, None)  # type: ignore[arg-type]
    vision._pipelines = {"hall": pipeline}  # type: ignore[dict-item]
    vision.least_interval_s = 0.2
    vision._judge(SimpleNamespace(camera="hall", t_s=0.0), SimpleNamespace())  # type: ignore[arg-type]
    assert slowed == [0.2]
