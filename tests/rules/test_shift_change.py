"""A change of shift while people are watched: what stays, what ends, and clocks that are set meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import HEIGHT_PX, LYING, STANDING, WIDTH_PX, Body, Part, film, posture, stays, told, value, zone

from edge_agent.app.timetable import ShiftChange, Timetable
from edge_agent.data.event import Event, Phase, Verdict
from edge_agent.data.posture import Posture, Postures
from edge_agent.data.shift import Shift
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.ids import SeededIds
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.posture_to_event import PostureToEvent
from edge_agent.rules.zone_entry import ZoneEntrySettings

BERLIN = ZoneInfo("Europe/Berlin")
COOLDOWN_S = ZoneEntrySettings().cooldown_s
NIGHT, DAY = Shift(from_="22:00", to="06:00"), Shift(from_="06:00", to="22:00")
PRESS = zone("press", 100, 300, 600, 479)
LOFT = zone("loft", 0, 0, 50, 50)


def at_night(place: Zone) -> Zone:
    return replace(place, active=(NIGHT,))


def wall_s(local: str) -> float:
    return datetime.fromisoformat(local).replace(tzinfo=BERLIN).timestamp()


@dataclass(slots=True)
class SetClock:
    """A clock that the test sets."""

    wall_at_0_s: float
    now_s: float = 0.0
    synced: bool = True

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return self.wall_at_0_s + self.now_s

    def synchronised(self) -> bool:
        return self.synced


@dataclass(slots=True)
class Hall:
    """The rules of one camera through changes of shift, as the vision thread runs them."""

    zones: tuple[Zone, ...]
    began: str
    settings: CatalogueSettings = field(default_factory=CatalogueSettings)
    clock: SetClock = field(init=False)
    shifts: ShiftChange = field(init=False)
    rules: PostureToEvent = field(init=False)
    there: tuple[Zone, ...] = ()

    def __post_init__(self) -> None:
        self.clock = SetClock(wall_s(self.began))
        self.shifts = ShiftChange(self.clock)
        timetable = Timetable((Scene("hall", self.zones),), self.settings, timezone=BERLIN)
        (first,) = self.shifts.start(timetable).values()
        self.rules = PostureToEvent(first.scene, first.rules, self.clock, SeededIds("test"))
        self.there = first.scene.zones

    def watch(self, shots: Iterable[Posture]) -> list[Event]:
        return [event for shot in shots for event in self.see(shot.t_s, (shot,))]

    def see(self, t_s: float, people: tuple[Posture, ...]) -> list[Event]:
        self.clock.now_s = t_s
        events: list[Event] = []
        for other in self.shifts.due().values():
            self.there = other.scene.zones
            events += self.rules.reconfigure(other.scene, other.rules, "schedule")
        events += self.rules(Postures("hall", t_s, WIDTH_PX, HEIGHT_PX, people))
        for event in events:
            self.rules.stored(event)
        return events


def test_what_goes_on_in_a_zone_ends_with_its_shift_and_says_so() -> None:
    hall = Hall((at_night(PRESS),), "2026-11-20T05:59:30")
    events = hall.watch(film(stays(STANDING, 60.0)))
    assert told(events) == [("zone_entry", "raised"), ("zone_entry", "cleared")]
    ended = events[1]
    assert ended.observed_s == pytest.approx(30.0, abs=1.2)
    assert (value(ended, "resolved"), ended.verdict, ended.rev) == ("schedule", Verdict.INDETERMINATE, 1)
    assert ended.zone == "press"


def test_a_zone_whose_shift_begins_is_watched_from_then_on() -> None:
    events = Hall((at_night(PRESS),), "2026-11-20T21:59:30").watch(film(stays(STANDING, 60.0)))
    assert told(events) == [("zone_entry", "raised")]
    assert events[0].observed_s == pytest.approx(30.3, abs=1.2)


def test_what_does_not_depend_on_the_shift_goes_on_through_it() -> None:
    """One fall and one stay in a zone that is always there: the same incidents, and nobody is forgotten."""
    hall = Hall((PRESS, at_night(LOFT)), "2026-11-20T05:59:50")
    events = hall.watch(film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 20.0)))
    assert told(events, "zone_entry") == [("zone_entry", "raised")]
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated")]
    assert told(events, "man_down") == [("man_down", "raised")], "the 15 s began in the shift before"


def test_a_mat_excuses_only_in_its_shift() -> None:
    mat = replace(at_night(PRESS), name="mat", kind=ZoneKind.ALLOWED_DOWN)
    falls = film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 3.0))
    assert told(Hall((mat,), "2026-11-20T23:00").watch(falls)) == []
    assert told(Hall((mat,), "2026-11-20T12:00").watch(falls)) == [("fall", "raised"), ("fall", "updated")]


def test_somebody_who_still_lies_on_a_mat_when_its_shift_ends_is_found() -> None:
    mat = replace(at_night(PRESS), name="mat", kind=ZoneKind.ALLOWED_DOWN)
    events = Hall((mat,), "2026-11-20T05:59:30").watch(film(stays(LYING, 60.0)))
    assert told(events)[0] == ("man_down", "raised")
    assert events[0].observed_s >= 44.0


def test_a_fall_is_reported_under_a_zone_that_is_there() -> None:
    falls = film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 3.0))
    walkway = replace(at_night(PRESS), kind=ZoneKind.WALKWAY)
    by_day, by_night = (Hall((walkway,), began).watch(falls)[0] for began in ("2026-11-20T12:00", "2026-11-20T23:00"))
    assert (by_day.zone, by_night.zone) == ("hall", "press")


def test_a_clock_that_follows_nobody_keeps_guards_and_drops_excuses() -> None:
    mat = replace(at_night(LOFT), name="mat", kind=ZoneKind.ALLOWED_DOWN)
    hall = Hall((at_night(PRESS), mat), "2026-11-20T23:00")
    assert [place.name for place in hall.there] == ["press", "mat"]
    hall.clock.synced = False
    hall.see(2.0, ())
    assert [place.name for place in hall.there] == ["press"]
    hall.clock.wall_at_0_s += 10 * 3600.0
    hall.see(4.0, ())
    assert [place.name for place in hall.there] == ["press"]
    hall.clock.synced = True
    hall.see(6.0, ())
    assert hall.there == ()


def test_shifts_are_looked_at_once_a_second_at_most() -> None:
    hall = Hall((at_night(PRESS),), "2026-11-20T05:59:59.5")
    hall.see(0.8, ())
    assert hall.there != ()
    hall.see(1.0, ())
    assert hall.there == ()


def test_a_clock_that_is_set_there_and_back_does_not_raise_twice() -> None:
    hall = Hall((at_night(PRESS),), "2026-11-20T23:00")
    inside = film(stays(STANDING, 20.0))
    events = hall.watch(inside[:50])
    hall.clock.wall_at_0_s += 12 * 3600.0
    events += hall.watch(inside[50:100])
    hall.clock.wall_at_0_s -= 12 * 3600.0
    events += hall.watch(inside[100:])
    assert told(events) == [("zone_entry", "raised"), ("zone_entry", "cleared")]


STEPS = st.lists(
    st.tuples(st.integers(1, 90), st.sampled_from([0, 0, -30, -8, -1, 1, 8, 30]), st.booleans(), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(
    steps=STEPS, began=st.sampled_from(["2026-11-20T05:59", "2026-03-29T01:59", "2026-10-25T02:59", "2026-11-20T12:00"])
)
def test_however_the_clock_is_set_an_incident_is_raised_once_and_ends(
    steps: list[tuple[int, int, bool, bool]], began: str
) -> None:
    """Steps of the wall clock by hours, with and without a time server, while somebody is inside or away."""
    hall = Hall((at_night(PRESS), replace(LOFT, active=(DAY,))), began)
    t_s, events = 0.0, list[Event]()
    for seconds, jump_h, synced, inside in steps:
        hall.clock.wall_at_0_s += jump_h * 3600.0
        hall.clock.synced = synced
        body: Body = STANDING if inside else STANDING.at(40.0)
        for _ in range(2 * seconds):
            t_s += 0.5
            events += hall.see(t_s, (posture(body, t_s, dt_s=0.5),))
            if "press" not in {place.name for place in hall.there}:
                assert not running(events)
    for _ in range(40):
        t_s += 1.0
        events += hall.see(t_s, ())
    assert not running(events)
    quiet_until_s = 0.0
    for event in events:
        assert event.rule == "zone_entry"
        assert event.phase is Phase.CLEARED or event.observed_s >= quiet_until_s, "raised twice"
        quiet_until_s = event.observed_s + COOLDOWN_S


def running(events: list[Event]) -> set[str]:
    """Incidents that have not ended; each is raised and cleared once."""
    open_: set[str] = set()
    for event in events:
        assert (event.incident_id in open_) is (event.phase is Phase.CLEARED)
        open_ ^= {event.incident_id}
    return open_
