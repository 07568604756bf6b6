"""The vision thread at a change of shift: alarms end, their topics stay, and nothing is restarted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from test_pipeline import BACKGROUND, STANDING, WhiteShapeDetector, picture

from edge_agent.app.camera_change_to_event import CameraChangeToEvent
from edge_agent.app.event_sink import EventSink
from edge_agent.app.timetable import Timetable
from edge_agent.app.vision import Orders, Vision
from edge_agent.app.zone_report import ZoneReport
from edge_agent.capture.device_to_frame import Camera
from edge_agent.capture.source import Source
from edge_agent.clock import MediaClock
from edge_agent.data.frame import Frame
from edge_agent.data.shift import Shift
from edge_agent.data.zone import Zone
from edge_agent.ids import SeededIds
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics
from edge_agent.pipeline import Pipeline, PipelineSettings
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.rules_stage import Assignment
from edge_agent.runtime.backoff import FullJitter
from edge_agent.runtime.mailbox import Mailbox

TOPICS = Topics("edge-agent/v1", "plant-1", "dev-1")
BERLIN = ZoneInfo("Europe/Berlin")
FPS = 10.0
FLOOR = ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0))
NIGHT = Zone("floor", FLOOR, active=(Shift(from_="22:00", to="06:00"),))
SIX_S = 1_795_150_800.0  # 2026-11-20 06:00 in Berlin


class SyncedClock(MediaClock):
    """Media time of a device that has a time server."""

    def synchronised(self) -> bool:
        return True


class Film(Mailbox[Frame]):
    """Hands out the frames of somebody who stands there, sets the clock by them, and ends the thread's work."""

    def __init__(self, clock: MediaClock, seconds: float, stop: threading.Event) -> None:
        super().__init__()
        self._clock = clock
        self._stop = stop
        self._frames = self._shot(seconds)

    def take(self, timeout_s: float) -> Frame | None:
        frame = next(self._frames, None)
        if frame is None:
            self._stop.set()
        else:
            self._clock.set(frame.t_s)
        return frame

    @staticmethod
    def _shot(seconds: float) -> Iterator[Frame]:
        for number in range(int(seconds * FPS)):
            yield Frame("hall", number, number / FPS, picture(STANDING) if number else BACKGROUND.copy())


def no_source() -> Source:
    raise AssertionError("the frames come from the mailbox")


class Device:
    """The vision thread with all that it writes to, on somebody who stands in the zone."""

    def __init__(self, directory: Path, began_s: float, seconds: float) -> None:
        clock, ids = SyncedClock(began_s), SeededIds("shift")
        self.stop = threading.Event()
        mailbox = Film(clock, seconds, self.stop)
        self.retained = RetainedTable()
        self.outbox = Outbox(directory / "outbox.sqlite", OutboxSettings(), clock, "boot")
        self.outbox.open()
        sink = EventSink(self.outbox, TOPICS, self.retained, clock, lambda: None)
        camera = Camera("hall", no_source, mailbox, clock, FullJitter(Random(0)))
        self.vision = Vision((camera,), mailbox, sink, clock, CameraChangeToEvent(clock, ids))
        timetable = Timetable((Scene("hall", (NIGHT,)),), CatalogueSettings(), timezone=BERLIN)
        to_mqtt = EventToMqtt(TOPICS, Envelope("boot", "model", "hash"), clock)

        def new_pipeline(assignment: Assignment) -> Pipeline:
            return Pipeline(assignment, PipelineSettings(), WhiteShapeDetector(), clock, ids)

        self.numbers: dict[str, list[dict[str, Any]]] = {}
        report = ZoneReport(TOPICS, clock, self._take_numbers)
        self.vision.prepare(new_pipeline, Orders(timetable, PipelineSettings(), to_mqtt, {}), zone_report=report)

    def run(self) -> list[dict[str, Any]]:
        """What was stored, the oldest first."""
        self.vision.run(self.stop)
        return [json.loads(pending.payload)["data"] for pending in self.outbox.pending(100)]

    def _take_numbers(self, topic: str, payload: bytes) -> None:
        self.numbers.setdefault(topic.removeprefix(f"{TOPICS.root}/agg/"), []).append(json.loads(payload))

    def alarm(self) -> dict[str, Any]:
        states = {state.topic: state.payload for state in self.retained.since(0)}
        state: dict[str, Any] = json.loads(states[TOPICS.alarm("floor")])
        return state


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[list[Device]]:
    made: list[Device] = []
    yield made
    for device in made:
        device.outbox.close()


def test_at_the_end_of_a_shift_the_alarm_goes_out_and_its_topic_stays(tmp_path: Path, devices: list[Device]) -> None:
    device = Device(tmp_path, SIX_S - 4.0, 8.0)
    devices.append(device)
    entry = [event for event in device.run() if event["rule"] == "zone_entry"]
    assert [event["phase"] for event in entry] == ["raised", "cleared"]
    assert entry[1]["evidence"]["resolved"] == "schedule"
    assert entry[0]["incident_id"] == entry[1]["incident_id"]
    assert (device.alarm()["active"], device.alarm()["count"]) == (False, 0)


def test_a_zone_that_is_not_there_has_an_alarm_topic_all_the_same(tmp_path: Path, devices: list[Device]) -> None:
    device = Device(tmp_path, SIX_S + 3600.0, 3.0)
    devices.append(device)
    assert device.run() == []
    assert device.alarm()["active"] is False


def test_a_shift_begins_without_a_restart(tmp_path: Path, devices: list[Device]) -> None:
    device = Device(tmp_path, SIX_S + 16 * 3600.0 - 4.0, 8.0)
    devices.append(device)
    assert [(event["rule"], event["phase"]) for event in device.run()] == [("zone_entry", "raised")]
    assert device.alarm()["active"] is True


def test_a_zone_that_is_not_there_is_not_observed_and_nobody_is_counted_in_it(
    tmp_path: Path, devices: list[Device]
) -> None:
    device = Device(tmp_path, SIX_S - 4.0, 12.0)
    devices.append(device)
    device.run()
    first, before_six, last = device.numbers["floor"]
    assert (first["observed_s"], first["persons_most"], first["incidents"]) == (0, 0, {})
    assert (before_six["observed_s"], before_six["persons_most"]) == (3, 1)
    assert before_six["incidents"] == {"zone_entry": {"warning": 1}}
    assert last["since"] == "2026-11-20T05:00:00.000Z", "a new hour"
    assert (last["observed_s"], last["persons_most"], last["incidents"]) == (0, 0, {})
    assert "persons" not in last
    hall = device.numbers["hall"][-1]
    assert hall["observed_s"] in (7, 8)
    assert (hall["persons"], hall["persons_most"]) == (1, 1)
    assert hall["incidents"] == {}, "an incident counts where its event says that it was"
    assert hall["exposure"].keys() == {"bend_hold"}
