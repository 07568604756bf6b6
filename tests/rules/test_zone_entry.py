"""Rule `zone_entry`: feet in a restricted zone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import LYING, STANDING, Camera, Part, carried, film, raised, stays, told, value, zone

from edge_agent.data.event import Phase, Severity
from edge_agent.data.posture import Point
from edge_agent.data.zone import ZoneKind

PRESS = zone("press", 300, 380, 500, 470)
OUTSIDE, INSIDE = STANDING.at(100.0), STANDING.at(400.0)
WALKS_IN = (stays(OUTSIDE, 1.0), Part(1.0, OUTSIDE, INSIDE), stays(INSIDE, 2.0))


@pytest.mark.parametrize("fps", [2.0, 10.0, 30.0])
def test_walking_in_is_raised_and_walking_out_is_cleared(fps: float) -> None:
    out = (Part(1.0, INSIDE, OUTSIDE), stays(OUTSIDE, 3.0))
    events = Camera((PRESS,)).watch(film(*WALKS_IN, *out, fps=fps))
    assert told(events) == [("zone_entry", "raised"), ("zone_entry", "cleared")]
    assert events[0].severity is Severity.WARNING
    assert [event.zone for event in events] == ["press", "press"]
    assert value(events[1], "resolved") == "ended"


def test_the_feet_decide_and_not_the_body_in_front_of_the_zone() -> None:
    behind = zone("behind", 200, 200, 450, 340)
    assert Camera((behind,)).watch(film(stays(STANDING, 5.0))) == []


def test_feet_that_the_frame_cuts_off_tell_nothing() -> None:
    shots = [replace(shot, foot=Point(400.0, 400.0, 0.0)) for shot in film(stays(INSIDE, 5.0))]
    assert Camera((PRESS,)).watch(shots) == []


def test_somebody_lying_is_where_the_torso_is() -> None:
    lying = LYING.at(400.0)
    torso = zone("torso", 410, 370, 470, 400)
    assert told(Camera((torso,)).watch(film(stays(lying, 3.0))), "zone_entry") == [("zone_entry", "raised")]
    feet = zone("feet", 390, 396, 405, 410)
    assert told(Camera((feet,)).watch(film(stays(lying, 3.0))), "zone_entry") == []


def test_a_foot_over_the_line_for_less_than_the_dwell_is_nothing() -> None:
    parts = (stays(OUTSIDE, 1.0), stays(INSIDE, 0.25), stays(OUTSIDE, 1.0))
    assert Camera((PRESS,)).watch(film(*parts, fps=20.0)) == []


def test_each_zone_is_judged_apart() -> None:
    oven = zone("oven", 350, 390, 450, 460)
    far = zone("far", 0, 0, 90, 90)
    events = Camera((PRESS, oven, far)).watch(film(*WALKS_IN))
    assert sorted(event.zone for event in raised(events, "zone_entry")) == ["oven", "press"]
    assert len({event.incident_id for event in events}) == 2


@pytest.mark.parametrize("kind", [ZoneKind.WALKWAY, ZoneKind.ALLOWED_DOWN])
def test_other_kinds_of_zone_raise_nothing(kind: ZoneKind) -> None:
    assert Camera((replace(PRESS, kind=kind),)).watch(film(*WALKS_IN)) == []


def test_somebody_lost_inside_stays_raised_for_a_while_and_then_ends_unseen() -> None:
    shots = film(*WALKS_IN)
    camera = Camera((PRESS,))
    events = camera.watch([*shots, *carried(shots[-1], 15.0)])
    assert [event.phase for event in events] == [Phase.RAISED, Phase.CLEARED]
    assert events[1].observed_s == pytest.approx(shots[-1].t_s + 0.5 + 10.0, abs=0.3)
    assert value(events[1], "resolved") == "unseen"


def test_coming_back_within_the_cooldown_is_not_raised_again() -> None:
    step_out = (stays(OUTSIDE, 2.0), stays(INSIDE, 3.0))
    events = Camera((PRESS,)).watch(film(*WALKS_IN, *step_out))
    assert told(events) == [("zone_entry", "raised"), ("zone_entry", "cleared")]
