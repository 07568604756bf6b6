"""Numbers by zone: counts of everybody together, honest about what nobody saw, and nothing about anybody."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from test_event_sink import fall

from edge_agent.app.zone_report import ZoneReport
from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.data.exposure import Exposure
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight, SightFault
from edge_agent.mqtt.topics import Topics
from edge_agent.rules.history import Scene

TOPICS = Topics("edge-agent/v1", "plant-1", "dev-1")
TEN_S = 1_795_168_800.0  # 2026-11-20 10:00 UTC
FPS = 5


class Counted:
    """A report of one camera without zones, and all that it published."""

    def __init__(self, began_s: float = TEN_S) -> None:
        self.clock = MediaClock(began_s)
        self.told: list[dict[str, Any]] = []
        self.exposures: dict[str, Exposure] = {}
        self.report = ZoneReport(TOPICS, self.clock, self._take)
        self.report.watch(("hall", "press"), (Scene("hall", ()),))

    def _take(self, topic: str, payload: bytes) -> None:
        numbers = json.loads(payload)
        assert topic == f"{TOPICS.root}/agg/{numbers['zone']}"
        if numbers["zone"] == "hall":
            self.told.append(numbers)

    def watch(self, seconds: float, persons: int = 0, fault: SightFault | None = None, fps: float = FPS) -> Counted:
        """Show so many persons; the last turn is at the end."""
        begin_s = self.clock.monotonic_s()
        people: Any = tuple(SimpleNamespace(unseen_s=0.0) for _ in range(persons))
        for number in range(int(seconds * fps)):
            t_s = begin_s + number / fps
            self.clock.set(t_s)
            self.report.see(Sight(t_s, fault), Postures("hall", t_s, 640, 480, people), self.exposures)
            self.report.turn()
        self.wait_until(begin_s + seconds)
        return self

    def wait_until(self, media_s: float) -> Counted:
        self.clock.set(media_s)
        self.report.turn()
        return self

    def now(self) -> dict[str, Any]:
        self.report.tell()
        return self.told[-1]


def in_hall(incident: str, phase: Phase = Phase.RAISED, severity: Severity = Severity.WARNING) -> Event:
    return replace(fall(phase, incident), severity=severity, rule="man_down")


def test_the_first_numbers_come_at_once_and_then_every_minute() -> None:
    counted = Counted().watch(200.0)
    assert [numbers["at"][11:19] for numbers in counted.told] == ["10:00:00", "10:01:00", "10:02:00", "10:03:00"]
    assert {numbers["since"] for numbers in counted.told} == {"2026-11-20T10:00:00.000Z"}


def test_persons_now_and_at_most_and_their_seconds_are_counted() -> None:
    numbers = Counted().watch(20.0, 3).watch(30.0, 1).now()
    assert (numbers["persons"], numbers["persons_most"], numbers["person_s"]) == (1, 3, 90)
    assert numbers["observed_s"] == 49, "the first sample speaks for nothing"


def test_seconds_of_persons_are_rounded_to_ten() -> None:
    assert Counted().watch(4.0, 1).now()["person_s"] == 0
    assert Counted().watch(8.0, 1).now()["person_s"] == 10


def test_a_blind_camera_observes_nothing_and_knows_no_number_of_persons() -> None:
    counted = Counted().watch(10.0, 2)
    numbers = counted.watch(30.0, 0, SightFault.COVERED).now()
    assert (numbers["observed_s"], numbers["persons_most"]) == (9, 2)
    assert "persons" not in numbers


def test_a_camera_that_fell_silent_knows_no_number_and_its_gap_is_not_observed() -> None:
    counted = Counted().watch(10.0, 2)
    assert "persons" not in counted.wait_until(16.0).now()
    counted.clock.set(100.0)
    numbers = counted.watch(10.0, 2).now()
    assert numbers["persons"] == 2
    assert numbers["observed_s"] == 20, "9 and 9, and 2 for the gap of 91"


@pytest.mark.parametrize("fps", [0.7, 3.0, 30.0])
def test_the_frame_rate_does_not_matter(fps: float) -> None:
    numbers = Counted().watch(60.0, 2, fps=fps).now()
    assert numbers["observed_s"] == pytest.approx(60, abs=2)
    assert numbers["person_s"] == 120


def test_incidents_count_by_rule_and_severity_once_each() -> None:
    counted = Counted()
    for event in (in_hall("a"), in_hall("b"), in_hall("b", Phase.UPDATED), in_hall("a", Phase.CLEARED)):
        counted.report.note(event)
    counted.report.note(fall(incident="c"))
    assert counted.now()["incidents"] == {"fall": {"critical": 1}, "man_down": {"warning": 2}}


def test_an_incident_that_got_worse_counts_as_what_it_is_now() -> None:
    counted = Counted()
    counted.report.note(in_hall("a"))
    counted.report.note(in_hall("a", Phase.UPDATED, Severity.CRITICAL))
    assert counted.now()["incidents"] == {"man_down": {"critical": 1}}


def test_the_end_of_an_incident_that_was_raised_before_is_no_new_one() -> None:
    counted = Counted()
    counted.report.note(replace(in_hall("a", Phase.CLEARED), verdict=Verdict.NO))
    counted.report.note(in_hall("b", Phase.UPDATED, Severity.CRITICAL))
    assert counted.now()["incidents"] == {}


def test_an_incident_somewhere_else_is_nobodys_here() -> None:
    counted = Counted()
    counted.report.note(replace(in_hall("a"), zone="a zone that was taken out"))
    assert counted.now()["incidents"] == {}


def test_a_full_hour_is_told_and_the_next_begins_from_nothing() -> None:
    counted = Counted(TEN_S + 3590.0)
    counted.report.note(in_hall("a"))
    counted.watch(15.0, 1)
    first, closing = counted.told
    assert closing["at"][11:19] == "11:00:00"
    assert (closing["since"], closing["observed_s"], closing["incidents"]) == (
        first["since"],
        10,
        {"man_down": {"warning": 1}},
    )
    numbers = counted.now()
    assert (numbers["since"][11:19], numbers["observed_s"], numbers["incidents"]) == ("11:00:00", 4, {})


def test_exposure_counts_from_the_hour_and_only_for_the_view() -> None:
    counted = Counted(TEN_S + 3590.0)
    counted.exposures = {"bend_hold": Exposure(yes_s=100.0, no_s=2.0)}
    counted.watch(5.0)
    assert counted.now()["exposure"] == {"bend_hold": {"yes_s": 100, "no_s": 0, "indeterminate_s": 0}}
    counted.watch(10.0)
    counted.exposures["bend_hold"].add(Verdict.YES, 31.0)
    counted.exposures["arm_hold"] = Exposure(no_s=20.0)
    assert counted.watch(1.0).now()["exposure"] == {
        "bend_hold": {"yes_s": 30, "no_s": 0, "indeterminate_s": 0},
        "arm_hold": {"yes_s": 0, "no_s": 20, "indeterminate_s": 0},
    }


def test_a_camera_without_ergonomic_rules_has_no_exposure() -> None:
    assert "exposure" not in Counted().watch(5.0).now()


def test_a_clock_that_is_set_begins_anew_and_says_so() -> None:
    counted = Counted(0.0).watch(20.0, 1)
    counted.clock._epoch_s = TEN_S + 600.0
    counted.report.turn()
    assert counted.told[-1]["since"] == "1970-01-01T00:00:00.000Z"
    numbers = counted.now()
    assert (numbers["since"], numbers["observed_s"]) == ("2026-11-20T10:10:20.000Z", 0)


def test_zones_that_stay_keep_their_numbers_when_others_come() -> None:
    counted = Counted().watch(30.0, 1)
    counted.report.watch(("hall", "aisle"), ())
    assert counted.now()["observed_s"] == 29
    assert counted.report._tallies.keys() == {"hall", "aisle"}
