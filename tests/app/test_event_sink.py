"""Nothing is lost where the disk is full, and a lamp lights all the same."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_agent.app.event_sink import EventSink
from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.ids import SeededIds
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics

TOPICS = Topics("edge-agent/v1", "plant-1", "dev-1")
IDS = SeededIds("sink")


def fall(phase: Phase = Phase.RAISED, incident: str = "incident-1", zone: str = "hall") -> Event:
    return Event(
        id=IDS.new(0.0),
        incident_id=incident,
        rev=0,
        phase=phase,
        rule="fall",
        severity=Severity.CRITICAL,
        verdict=Verdict.YES,
        confidence=0.9,
        camera="hall",
        zone=zone,
        observed_s=0.0,
        duration_s=1.0,
    )


class Sunk:
    """A sink on a real outbox file."""

    def __init__(self, directory: Path) -> None:
        self.clock = MediaClock(1_700_000_000.0)
        self.outbox = Outbox(directory / "outbox.sqlite", OutboxSettings(), self.clock, "boot")
        self.outbox.open()
        self.retained = RetainedTable()
        self.convert = EventToMqtt(TOPICS, Envelope("boot", "model", "hash"), self.clock)
        self.sink = EventSink(self.outbox, TOPICS, self.retained, self.clock, lambda: None)
        self.stored: list[Event] = []

    def put(self, event: Event) -> None:
        self.sink.put(event, self.convert, self.stored.append)

    def fill_disk(self) -> None:
        self.limit_pages(1)
        while not self.sink.waiting:
            self.put(fall())

    def limit_pages(self, pages: int) -> None:
        """SQLite's own limit gives the genuine SQLITE_FULL."""
        with self.outbox._file.reading() as connection:
            connection.execute(f"PRAGMA max_page_count = {pages}")

    def payload(self, place: str) -> bytes:
        states = {state.topic: state.payload for state in self.retained.since(0)}
        return states[TOPICS.alarm(place)]

    def alarm(self, place: str = "hall") -> dict[str, object]:
        found: dict[str, object] = json.loads(self.payload(place))
        return found


@pytest.fixture
def sunk(tmp_path: Path) -> Iterator[Sunk]:
    made = Sunk(tmp_path)
    yield made
    made.outbox.close()


def test_an_event_is_stored_before_its_rule_hears_of_it(sunk: Sunk) -> None:
    event = fall()
    sunk.put(event)
    assert sunk.stored == [event]
    assert [pending.seq for pending in sunk.outbox.pending(10)] == [1]


def test_a_full_disk_keeps_events_in_memory_in_order_and_the_alarm_shows(
    sunk: Sunk, caplog: pytest.LogCaptureFixture
) -> None:
    sunk.limit_pages(1)
    events = [fall(incident=f"incident-{number}") for number in range(30)]
    for event in events:
        sunk.put(event)
    waiting = sunk.sink.waiting
    assert waiting > 0
    assert sunk.alarm()["active"] is True
    assert sum("events wait in memory" in record.message for record in caplog.records) == 1
    assert sunk.stored == events[: 30 - waiting], "the cooldown of the others has not begun"
    sunk.limit_pages(100_000)
    sunk.sink.retry(sunk.convert)
    assert sunk.sink.waiting == waiting, "a second has not passed"
    sunk.clock.set(1.0)
    sunk.sink.retry(sunk.convert)
    assert sunk.stored == events
    assert [pending.seq for pending in sunk.outbox.pending(100)] == list(range(1, 31))


def test_the_alarm_ends_with_its_last_incident(sunk: Sunk) -> None:
    sunk.put(fall(incident="a"))
    sunk.put(fall(incident="b"))
    sunk.put(fall(Phase.CLEARED, "a"))
    assert (sunk.alarm()["active"], sunk.alarm()["count"]) == (True, 1)
    sunk.put(fall(Phase.CLEARED, "b"))
    assert (sunk.alarm()["active"], sunk.alarm()["severity"]) == (False, "none")


def test_a_fall_in_a_zone_that_a_reload_removes_goes_on_under_its_camera(sunk: Sunk) -> None:
    sunk.sink.show(("hall", "press"))
    sunk.put(fall(zone="press"))
    assert (sunk.alarm("press")["active"], sunk.alarm("hall")["active"]) == (True, False)
    sunk.sink.show(("hall",))
    assert sunk.payload("press") == b"", "taken back"
    assert (sunk.alarm("hall")["active"], sunk.alarm("hall")["count"]) == (True, 1)
    sunk.put(fall(Phase.UPDATED, zone="press"))
    assert (sunk.payload("press"), sunk.alarm("hall")["count"]) == (b"", 1)
    sunk.put(fall(Phase.CLEARED, zone="press"))
    assert (sunk.payload("press"), sunk.alarm("hall")["active"]) == (b"", False)


def test_a_zone_that_comes_back_does_not_show_what_its_camera_shows(sunk: Sunk) -> None:
    sunk.sink.show(("hall", "press"))
    sunk.put(fall(zone="press"))
    sunk.sink.show(("hall",))
    sunk.sink.show(("hall", "press"))
    sunk.put(fall(Phase.UPDATED, zone="press"))
    assert (sunk.alarm("press")["active"], sunk.alarm("hall")["count"]) == (False, 1)
    sunk.put(fall(Phase.CLEARED, zone="press"))
    assert (sunk.alarm("press")["active"], sunk.alarm("hall")["active"]) == (False, False)


def test_the_alarm_of_a_zone_that_was_removed_between_two_runs_is_taken_back(sunk: Sunk) -> None:
    sunk.put(fall(Phase.CLEARED, zone="press"))
    sunk.sink.show(("hall",))
    assert sunk.payload("press") == b""


def published(sunk: Sunk) -> list[dict[str, object]]:
    return [json.loads(each.message.payload) for each in sunk.outbox.unstored.pending(10_000, (), (), -1.0)]


def hear_all(sunk: Sunk) -> None:
    for each in sunk.outbox.unstored.pending(10_000, (), (), -1.0):
        sunk.outbox.unstored.hear(each.message.event_id)


def test_what_the_disk_refuses_goes_out_from_memory_and_comes_again_with_its_number(sunk: Sunk) -> None:
    sunk.put(fall())
    sunk.limit_pages(1)
    refused = [fall(incident=f"incident-{number}") for number in range(2, 40)]
    for event in refused:
        sunk.put(event)
    (*_, last) = published(sunk)
    assert (last["seq"], last["unstored"], last["id"]) == (0, True, refused[-1].id)
    assert sunk.outbox.storage.state == "memory_only"
    assert len(published(sunk)) == sunk.sink.waiting
    sunk.limit_pages(100_000)
    sunk.clock.set(1.0)
    sunk.sink.retry(sunk.convert)
    assert (published(sunk), sunk.sink.waiting, sunk.outbox.storage.state) == ([], 0, "ok")
    stored = [json.loads(pending.payload) for pending in sunk.outbox.pending(100)]
    assert [event["seq"] for event in stored] == list(range(1, 40))
    assert {event["id"] for event in stored} >= {event.id for event in refused}
    assert not any("unstored" in event for event in stored)


def test_memory_is_bounded_the_least_severe_goes_first_and_the_loss_is_told(
    sunk: Sunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_agent.app.event_sink._MOST_WAITING", 20)
    sunk.fill_disk()
    stored = len(sunk.stored)
    minor = [dataclasses.replace(fall(), severity=Severity.INFO) for _ in range(10)]
    severe = [fall() for _ in range(19)]
    for event in (*minor, *severe):
        sunk.put(event)
    assert sunk.sink.waiting == 20
    assert sunk.sink.unheard == 20
    sunk.limit_pages(100_000)
    sunk.clock.set(1.0)
    sunk.sink.retry(sunk.convert)
    assert [event.severity for event in sunk.stored[stored:]] == [Severity.CRITICAL] * 20
    assert [(item.first, item.last) for item in sunk.outbox.dropped_ranges()] == [(stored + 1, stored + 10)]
    assert sunk.outbox.stats().dropped == 10


def test_what_the_broker_has_from_memory_makes_room_without_a_loss(sunk: Sunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.app.event_sink._MOST_WAITING", 5)
    sunk.fill_disk()
    for _ in range(30):
        hear_all(sunk)
        sunk.put(fall())
    assert sunk.sink.unheard == 1
    sunk.limit_pages(100_000)
    sunk.clock.set(1.0)
    sunk.sink.retry(sunk.convert)
    assert sunk.outbox.dropped_ranges() == ()


def test_a_rule_is_quiet_from_when_the_broker_has_its_event_and_not_again_when_the_disk_has_it(sunk: Sunk) -> None:
    sunk.fill_disk()
    before = len(sunk.stored)
    sunk.sink.retry(sunk.convert)
    assert len(sunk.stored) == before, "neither disk nor broker has it"
    hear_all(sunk)
    sunk.sink.retry(sunk.convert)
    assert len(sunk.stored) == before + 1
    sunk.limit_pages(100_000)
    sunk.clock.set(30.0)
    sunk.sink.retry(sunk.convert)
    assert (sunk.sink.waiting, len(sunk.stored)) == (0, before + 1)


def test_what_is_stored_late_tells_when_it_was_made_and_is_late(sunk: Sunk) -> None:
    sunk.fill_disk()
    (straight,) = published(sunk)
    sunk.limit_pages(100_000)
    sunk.clock.set(7200.0)
    sunk.sink.retry(sunk.convert)
    stored = next(each for each in sunk.outbox.pending(100) if json.loads(each.payload)["id"] == straight["id"])
    assert json.loads(stored.payload)["time"] == straight["time"]
    assert stored.historical


def test_a_disk_that_has_just_refused_is_not_asked_again_for_each_event(
    sunk: Sunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is held by another process makes each try wait."""
    sunk.fill_disk()
    tried: list[Event] = []
    monkeypatch.setattr(sunk.outbox, "append", lambda event, *_: tried.append(event))
    for _ in range(10):
        sunk.put(fall())
    assert tried == []
    assert sunk.sink.waiting == 11
    assert len(published(sunk)) == 11, "they go out all the same"


def test_a_disk_that_comes_back_slowly_lets_frames_be_judged_meanwhile(
    sunk: Sunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sunk.fill_disk()
    for _ in range(100):
        sunk.put(fall())
    sunk.limit_pages(100_000)
    sunk.clock.set(10.0)
    append = sunk.outbox.append

    def slowly(*args: Any) -> int:
        sunk.clock.set(sunk.clock.monotonic_s() + 0.02)
        return append(*args)

    monkeypatch.setattr(sunk.outbox, "append", slowly)
    sunk.sink.retry(sunk.convert)
    assert 85 < sunk.sink.waiting < 95, "a fifth of a second at 20 ms each"
    turns = 0
    while sunk.sink.waiting:
        sunk.sink.retry(sunk.convert)
        turns += 1
    assert turns < 15
    numbers = [json.loads(each.payload)["seq"] for each in sunk.outbox.pending(1000)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_refused_event_is_a_loss_where_memory_runs_out(sunk: Sunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.app.event_sink._MOST_WAITING", 5)
    sunk.fill_disk()
    for _ in range(5):
        sunk.put(fall())
    for each in sunk.outbox.unstored.pending(10, (), (), -1.0):
        sunk.outbox.unstored.refuse(each.message.event_id)
    assert sunk.sink.unheard == 5
    sunk.put(fall())
    sunk.limit_pages(100_000)
    sunk.clock.set(10.0)
    sunk.sink.retry(sunk.convert)
    assert sunk.outbox.stats().dropped == 2
