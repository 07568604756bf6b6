"""The rules stage: identity, order and life of events, and changes of the settings while people are watched."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import (
    BENT,
    LYING,
    ON_CHAIR,
    SQUATTING,
    STANDING,
    Body,
    Camera,
    Part,
    film,
    raised,
    stays,
    together,
    told,
    zone,
)

from edge_agent.data.event import Event, Phase, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import ZoneKind
from edge_agent.rules.bend_hold import BendHoldSettings
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.fall import FallSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.man_down import ManDownSettings
from edge_agent.rules.zone_entry import ZoneEntrySettings

FALLS = (stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 40.0))
RISES = (Part(1.0, LYING, STANDING), stays(STANDING, 5.0))
PRESS = zone("press", 100, 300, 600, 479)


def test_every_event_of_an_incident_has_one_incident_id_and_the_next_revision() -> None:
    events = Camera().watch(film(*FALLS, *RISES))
    down = [event for event in events if event.rule == "man_down"]
    assert [event.phase for event in down] == [Phase.RAISED, Phase.UPDATED, Phase.CLEARED]
    assert [event.rev for event in down] == [0, 1, 2]
    assert len({event.incident_id for event in down}) == 1
    identifiers = [event.id for event in events] + [event.incident_id for event in raised(events, "fall")]
    assert len(set(identifiers)) == len(identifiers)
    assert {uuid.UUID(identifier).version for identifier in identifiers} == {7}


def test_a_new_incident_has_a_new_identity_and_counts_from_0() -> None:
    again = film(*FALLS, *RISES, from_s=60.0)
    camera = Camera()
    events = [*camera.watch(film(*FALLS, *RISES)), *camera.watch(again)]
    falls = raised(events, "fall")
    assert [event.rev for event in falls] == [0, 0]
    assert falls[0].incident_id != falls[1].incident_id


def test_durations_count_from_the_start_of_the_condition() -> None:
    events = Camera().watch(film(*FALLS))
    assert [event.duration_s for event in events if event.rule == "man_down"] == pytest.approx([15.0, 30.0], abs=0.3)


def test_the_zone_of_an_event_is_where_the_person_is_or_else_the_camera() -> None:
    assert {event.zone for event in Camera().watch(film(*FALLS))} == {"hall"}
    walkway = replace(PRESS, name="aisle", kind=ZoneKind.WALKWAY)
    assert {event.zone for event in Camera((walkway,)).watch(film(*FALLS))} == {"aisle"}


def test_the_zone_stays_that_of_the_raising_when_the_person_moves_on() -> None:
    aisle = replace(
        PRESS, name="aisle", kind=ZoneKind.WALKWAY, polygon=((0.3, 0.5), (0.8, 0.5), (0.8, 1.0), (0.3, 1.0))
    )
    away = STANDING.at(60.0)
    walks_off = (Part(1.0, LYING, STANDING), Part(1.0, STANDING, away), stays(away, 3.0))
    events = Camera((aisle,)).watch(film(*FALLS, *walks_off))
    assert events[-1].phase is Phase.CLEARED
    assert {event.zone for event in events} == {"aisle"}


def test_the_same_postures_give_the_same_events() -> None:
    def once() -> list[Event]:
        return Camera((PRESS,)).watch(film(*FALLS, *RISES), film(stays(BENT.at(150.0), 20.0), track_id=2))

    assert once() == once()
    assert len(once()) > 4


def test_the_cooldown_starts_when_an_event_is_stored() -> None:
    stand_up = (Part(0.5, BENT, STANDING), stays(STANDING, 2.0))
    parts = (stays(BENT, 5.0), *stand_up, stays(BENT, 6.0))
    assert len(raised(Camera().watch(film(*parts)), "bend_hold")) == 1
    assert len(raised(Camera(storing=False).watch(film(*parts)), "bend_hold")) == 2


def test_a_late_store_starts_the_cooldown_late() -> None:
    """Neither disk nor broker took it: subscribers hear of the incident only now, and are left alone from now on."""
    camera = Camera(storing=False)
    parts = (stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 2.0), *RISES)
    events = camera.watch(film(*parts))
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated"), ("fall", "cleared")]
    camera.watch(film(stays(STANDING, 30.0), from_s=10.5))
    for event in events:
        camera.rules.stored(event)
    assert raised(camera.watch(film(*parts, from_s=40.5)), "fall") == []


def test_the_store_of_an_event_that_nobody_remembers_is_no_trouble() -> None:
    camera = Camera()
    event = raised(camera.watch(film(*FALLS)), "fall")[0]
    camera.rules.stored(replace(event, incident_id="another"))


def test_new_settings_keep_the_incidents_of_the_rules_that_stay() -> None:
    camera = Camera()
    camera.watch(film(*FALLS))
    scene = Scene("hall", ())
    longer = CatalogueSettings(fall=FallSettings(recovered_s=3.0))
    assert camera.rules.reconfigure(scene, build_rules(longer, scene)) == ()
    events = camera.watch(film(*RISES, from_s=42.5))
    assert [(e.rule, e.phase) for e in events] == [("fall", Phase.CLEARED), ("man_down", Phase.CLEARED)]


def test_new_settings_clear_the_incidents_of_rules_and_zones_that_are_gone() -> None:
    camera = Camera((PRESS,))
    before = camera.watch(film(*FALLS))
    scene = Scene("hall", ())
    events = camera.rules.reconfigure(scene, build_rules(CatalogueSettings(fall=FallSettings(enabled=False)), scene))
    assert sorted(told(events)) == [("fall", "cleared"), ("zone_entry", "cleared")]
    assert all(event.verdict is Verdict.INDETERMINATE for event in events)
    assert all(event.evidence[-1].value == "config_changed" for event in events)
    assert {event.incident_id for event in events} < {event.incident_id for event in before}
    assert [event.rev for event in events] == [2, 1]
    after = camera.watch(film(stays(LYING, 5.0), from_s=42.5))
    assert after == []


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    off = CatalogueSettings(
        fall=FallSettings(enabled=False),
        man_down=ManDownSettings(enabled=False),
        zone_entry=ZoneEntrySettings(enabled=False),
        bend_hold=BendHoldSettings(enabled=False),
    )
    assert Camera((PRESS,), settings=off).watch(film(*FALLS)) == []


def test_time_that_could_not_be_judged_is_told_and_never_taken_for_safe() -> None:
    camera = Camera()
    camera.watch(film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 3.0)))
    assert camera.empty(5.5, 4.0) == []
    events = camera.watch(film(*RISES, from_s=9.5, track_id=2))
    assert told(events) == [("fall", "cleared")]
    unobserved = [item.value for item in events[0].evidence if item.name == "unobserved_s"]
    assert unobserved == pytest.approx([4.1], abs=0.2)


BODIES = st.sampled_from([STANDING, LYING, BENT, SQUATTING, ON_CHAIR, STANDING.at(90.0), LYING.at(500.0)])
SCRIPTS = st.lists(st.tuples(BODIES, st.floats(0.3, 20.0), st.floats(0.0, 15.0), st.integers(1, 3)), max_size=6)


@settings(max_examples=40, deadline=None)
@given(script=SCRIPTS, fps=st.sampled_from([2.0, 5.0, 10.0]))
def test_whatever_people_do_every_incident_is_raised_once_and_ends(
    script: list[tuple[Body, float, float, int]], fps: float
) -> None:
    camera = Camera((PRESS,))
    from_s = 0.0
    for body, seconds, away_s, track_id in script:
        shots: list[Posture] = film(stays(body, seconds), fps=fps, from_s=from_s, track_id=track_id)
        camera.see(together(shots))
        camera.empty(from_s + seconds, away_s, fps)
        from_s += seconds + away_s + 1.0
    camera.empty(from_s, 190.0, fps=2.0)
    lives: dict[str, list[Event]] = {}
    for event in camera.events:
        lives.setdefault(event.incident_id, []).append(event)
    for life in lives.values():
        assert [event.rev for event in life] == list(range(len(life)))
        phases = [event.phase for event in life]
        assert phases[0] is Phase.RAISED
        assert phases[-1] is Phase.CLEARED
        assert phases[1:-1] in ([], [Phase.UPDATED])
