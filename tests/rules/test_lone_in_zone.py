"""Rule `lone_in_zone`: work that needs two people, and only one is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import LYING, STANDING, Body, Camera, Part, carried, film, stays, told, value, zone

from edge_agent.data.event import Event, Severity
from edge_agent.data.posture import Posture
from edge_agent.data.zone import ZoneKind
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.lone_in_zone import LoneInZoneSettings

PIT = replace(zone("pit", 300, 300, 639, 479, ZoneKind.SEAT), never_alone=True)
SHORT = CatalogueSettings(lone_in_zone=LoneInZoneSettings(alone_s=20.0))
INSIDE, COMPANY, OUTSIDE = STANDING.at(400.0), STANDING.at(550.0), STANDING.at(80.0)


def seen(*films: Sequence[Posture], of: CatalogueSettings = SHORT) -> list[Event]:
    events = Camera((PIT,), of).watch(*films)
    return [event for event in events if event.rule == "lone_in_zone"]


def one(body: Body, seconds: float = 30.0, *, track_id: int = 1, from_s: float = 0.0) -> list[Posture]:
    return film(stays(body, seconds), track_id=track_id, from_s=from_s)


def placed(shots: Sequence[Posture], confidence: float) -> list[Posture]:
    """The same person with feet placed so surely."""
    return [replace(shot, foot=shot.foot._replace(confidence=confidence)) for shot in shots]


@pytest.mark.parametrize("fps", [2.0, 10.0])
def test_somebody_alone_is_raised_after_the_time_and_company_clears_it(fps: float) -> None:
    alone = film(stays(INSIDE, 40.0), fps=fps)
    comes = film(stays(COMPANY, 10.0), from_s=30.0, track_id=2, fps=fps)
    events = seen(alone, comes)
    assert told(events) == [("lone_in_zone", "raised"), ("lone_in_zone", "cleared")]
    assert (events[0].severity, events[0].zone) == (Severity.WARNING, "pit")
    assert events[0].observed_s == pytest.approx(20.0, abs=1.01 / fps)
    assert events[1].observed_s == pytest.approx(35.0, abs=1.01 / fps)
    assert value(events[1], "resolved") == "ended"


def test_the_default_is_a_minute() -> None:
    events = seen(one(INSIDE, 70.0), of=CatalogueSettings())
    assert events[0].observed_s == pytest.approx(60.0, abs=0.2)


def test_two_people_are_not_alone() -> None:
    assert seen(one(INSIDE), one(COMPANY, track_id=2)) == []


def test_somebody_outside_is_no_company() -> None:
    assert told(seen(one(INSIDE), one(OUTSIDE, track_id=2))) == [("lone_in_zone", "raised")]


def test_one_who_lies_inside_is_placed_by_the_torso_and_is_company() -> None:
    assert seen(one(INSIDE), one(LYING.at(560.0), track_id=2)) == []
    lies_alone = seen(one(LYING.at(400.0)))
    assert told(lies_alone) == [("lone_in_zone", "raised")]


def test_whether_somebody_with_hidden_feet_is_inside_cannot_be_told() -> None:
    hidden = placed(one(COMPANY, track_id=2), 0.0)
    assert seen(one(INSIDE), hidden) == []


def test_hidden_feet_far_away_do_not_matter() -> None:
    hidden = placed(one(OUTSIDE, track_id=2), 0.0)
    assert told(seen(one(INSIDE), hidden)) == [("lone_in_zone", "raised")]


@pytest.mark.parametrize("guessed", ["the one inside", "the one beside"])
def test_a_place_that_is_guessed_from_the_box_makes_it_less_sure(guessed: str) -> None:
    inside, beside = one(INSIDE), one(STANDING.at(270.0), track_id=2)
    films = (placed(inside, 0.3), beside) if guessed == "the one inside" else (inside, placed(beside, 0.3))
    events = seen(*films)
    assert told(events) == [("lone_in_zone", "raised")]
    assert events[0].confidence == pytest.approx(0.3)


def test_a_double_of_the_same_person_is_no_company_and_no_proof_of_being_alone() -> None:
    assert seen(one(INSIDE), one(INSIDE.at(405.0), track_id=2)) == []


def test_company_that_the_detector_lost_may_still_be_there() -> None:
    lost = one(COMPANY, 1.0, track_id=2)
    assert seen(one(INSIDE, 22.0), [*lost, *carried(lost[-1], 21.0)]) == []


def test_somebody_who_walks_past_is_no_company() -> None:
    """In the zone for 3 s of 25: the time of being alone goes on."""
    past = film(stays(COMPANY, 3.0), from_s=10.0, track_id=2)
    events = seen(one(INSIDE), past)
    assert told(events) == [("lone_in_zone", "raised")]
    assert events[0].duration_s == pytest.approx(20.0, abs=0.2)


def test_an_empty_zone_or_one_without_the_flag_raises_nothing() -> None:
    assert seen(one(OUTSIDE)) == []
    plain = Camera((replace(PIT, never_alone=False),), SHORT).watch(one(INSIDE))
    assert told(plain, "lone_in_zone") == []


@pytest.mark.parametrize("kind", [ZoneKind.EXIT, ZoneKind.OCCLUDER])
def test_where_people_are_out_of_sight_nobody_can_be_called_alone(kind: ZoneKind) -> None:
    assert told(Camera((replace(PIT, kind=kind),), SHORT).watch(one(INSIDE)), "lone_in_zone") == []


PLACES = st.sampled_from([INSIDE, COMPANY, OUTSIDE])
SCRIPTS = st.lists(st.tuples(PLACES, PLACES, st.floats(1.0, 40.0)), min_size=1, max_size=6)


@settings(max_examples=30, deadline=None)
@given(script=SCRIPTS)
def test_however_two_people_come_and_go_the_zone_has_one_incident_at_most(
    script: list[tuple[Body, Body, float]],
) -> None:
    camera = Camera((PIT,), SHORT)
    first: list[Part] = []
    second: list[Part] = []
    for a, b, seconds in script:
        first.append(stays(a, seconds))
        second.append(stays(b.at(b.x_px + 15.0), seconds))
    events = camera.watch(film(*first, fps=5.0), film(*second, fps=5.0, track_id=2))
    running: set[str] = set()
    for event in (event for event in events if event.rule == "lone_in_zone"):
        running = running | {event.incident_id} if event.phase.value == "raised" else running - {event.incident_id}
        assert len(running) <= 1
