"""Rule `rushing`: a run where people should walk."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import LEVEL, SIZE, STANDING, Camera, film, posture, stays, told, value, zone

from edge_agent.data.calibration import Calibration
from edge_agent.data.event import Severity, Verdict
from edge_agent.data.posture import Measure, Posture
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.mqtt.privacy_profile import bucketed
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import History, Scene
from edge_agent.rules.rushing import Rushing, RushingSettings

METRIC = replace(LEVEL, height_m=3.0)
ON = CatalogueSettings(rushing=RushingSettings(enabled=True))
AISLE = zone("aisle", 0.0, 300.0, 640.0, 480.0, ZoneKind.WALKWAY)
ELSEWHERE = zone("elsewhere", 0.0, 0.0, 50.0, 50.0, ZoneKind.WALKWAY)
MAT = zone("mat", 0.0, 0.0, 50.0, 50.0, ZoneKind.ALLOWED_DOWN)


def at_speed(shot: Posture, m_s: float, *, sure: float = 0.9) -> Posture:
    return replace(shot, floor_speed_m_s=Measure(m_s, sure))


def going(m_s: float, seconds: float, from_s: float = 0.0, fps: float = 10.0) -> list[Posture]:
    return [at_speed(shot, m_s) for shot in film(stays(STANDING, seconds), fps=fps, from_s=from_s)]


def judged(shot: Posture, place: Zone | None = None, *, raised: bool = False) -> Verdict:
    history = History()
    history.add(shot)
    return Rushing(RushingSettings()).judge(history, place, SIZE, raised=raised).verdict


@pytest.mark.parametrize("fps", [5.0, 10.0, 30.0])
def test_a_run_of_more_than_0_8_s_is_raised_once_and_cleared(fps: float) -> None:
    run = [*going(1.3, 2.0, fps=fps), *going(3.0, 3.0, 2.0, fps), *going(1.2, 3.0, 5.0, fps)]
    events = Camera((AISLE,), ON, calibration=METRIC).watch(run)
    assert told(events) == [("rushing", "raised"), ("rushing", "cleared")]
    assert events[0].severity is Severity.INFO
    assert events[0].zone == "aisle"
    assert events[0].observed_s == pytest.approx(2.8, abs=1.0 / fps + 1e-6)


def test_a_hasty_step_is_no_run() -> None:
    hasty = [*going(1.3, 2.0), *going(3.0, 0.7, 2.0), *going(1.3, 3.0, 2.7)]
    assert Camera((AISLE,), ON, calibration=METRIC).watch(hasty) == []


@pytest.mark.parametrize(
    ("m_s", "before", "while_raised"),
    [(1.7, Verdict.NO, Verdict.NO), (1.95, Verdict.NO, Verdict.YES), (2.2, Verdict.YES, Verdict.YES)],
)
def test_it_begins_where_people_change_to_a_run_and_ends_in_a_walk(
    m_s: float, before: Verdict, while_raised: Verdict
) -> None:
    shot = at_speed(posture(STANDING, 0.0), m_s)
    assert judged(shot) is before
    assert judged(shot, raised=True) is while_raised


def test_what_is_not_known_is_never_safe() -> None:
    shot = posture(STANDING, 0.0)
    assert judged(shot) is Verdict.INDETERMINATE
    assert judged(at_speed(shot, 5.0, sure=0.0)) is Verdict.INDETERMINATE
    assert judged(at_speed(replace(shot, foot=shot.foot._replace(confidence=0.0)), 5.0), AISLE) is Verdict.INDETERMINATE


def test_a_run_beside_the_zone_is_none_in_it() -> None:
    assert judged(at_speed(posture(STANDING, 0.0), 4.0), ELSEWHERE) is Verdict.NO


def test_it_watches_walkways_and_restricted_zones_and_the_whole_view_where_there_is_none() -> None:
    rule = Rushing(RushingSettings())
    press = replace(AISLE, name="press", kind=ZoneKind.RESTRICTED)
    assert rule.places(Scene("hall", (MAT, AISLE, press), METRIC)) == (AISLE, press)
    assert rule.places(Scene("hall", (MAT,), METRIC)) == (None,)


@pytest.mark.parametrize("calibration", [None, LEVEL])
def test_a_camera_that_does_not_know_its_height_has_no_say(calibration: Calibration | None) -> None:
    assert Rushing(RushingSettings()).places(Scene("hall", (AISLE,), calibration)) == ()
    assert Camera((AISLE,), ON, calibration=calibration).watch(going(4.0, 5.0)) == []


def test_it_is_off_unless_asked_for() -> None:
    assert Camera((AISLE,), calibration=METRIC).watch(going(4.0, 5.0)) == []


def test_its_metres_stay_on_the_device() -> None:
    (event,) = Camera((AISLE,), ON, calibration=METRIC).watch(going(4.0, 2.0))
    assert value(event, "floor_speed_m_s") == 4.0
    assert bucketed(event.evidence) == {}


def test_limits_that_would_flicker_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.2 m/s less than enter_m_s"):
        RushingSettings(enter_m_s=2.1, exit_m_s=2.0)
