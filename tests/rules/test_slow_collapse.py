"""Rule `slow_collapse`: up, then slowly on the ground, and still."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import (
    BENT,
    LYING,
    ON_CHAIR,
    SQUATTING,
    STANDING,
    Body,
    Camera,
    Part,
    carried,
    film,
    raised,
    stays,
    told,
    value,
    zone,
)

from edge_agent.data.event import Severity
from edge_agent.data.posture import Posture
from edge_agent.data.zone import ZoneKind
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.slow_collapse import SlowCollapseSettings

ON = CatalogueSettings(slow_collapse=SlowCollapseSettings(enabled=True))
# The back against a wall, the legs drawn up.
ON_FLOOR = Body(0.02, 15.0, 0.45)
RESTLESS = replace(ON_FLOOR, motion_h_s=0.3)


def sinks(onto: Body, seconds: float = 3.0, *, stays_s: float = 20.0, fps: float = 10.0) -> list[Posture]:
    return film(stays(STANDING, 3.0), Part(seconds, STANDING, onto), stays(onto, stays_s), fps=fps)


@pytest.mark.parametrize("fps", [4.0, 10.0, 25.0])
@pytest.mark.parametrize("onto", [ON_FLOOR, LYING])
@pytest.mark.parametrize("seconds", [3.0, 5.0])
def test_who_sinks_slowly_and_stays_still_is_raised_once_after_5_s(onto: Body, seconds: float, fps: float) -> None:
    events = Camera(settings=ON).watch(sinks(onto, seconds, stays_s=12.0, fps=fps))
    assert told(events) == [("slow_collapse", "raised")]
    assert events[0].severity is Severity.WARNING
    assert events[0].observed_s == pytest.approx(3.0 + seconds + 5.0, abs=1.5)
    assert value(events[0], "drop_h") == pytest.approx(0.47, abs=0.3)


def test_it_is_off_unless_asked_for() -> None:
    assert Camera().watch(sinks(ON_FLOOR)) == []


@pytest.mark.parametrize("onto", [STANDING, BENT, ON_CHAIR, SQUATTING])
def test_going_down_to_anything_but_the_ground_raises_nothing(onto: Body) -> None:
    shots = sinks(replace(onto, motion_h_s=0.0), stays_s=30.0)
    assert told(Camera(settings=ON).watch(shots), "slow_collapse") == []


def test_who_moves_on_the_ground_raises_nothing() -> None:
    assert Camera(settings=ON).watch(sinks(RESTLESS, stays_s=40.0)) == []


def test_who_was_not_seen_up_in_the_last_12_s_did_not_sink() -> None:
    assert told(Camera(settings=ON).watch(film(stays(ON_FLOOR, 30.0))), "slow_collapse") == []
    long_ago = film(stays(STANDING, 3.0), Part(3.0, STANDING, RESTLESS), stays(RESTLESS, 10.0), stays(ON_FLOOR, 20.0))
    assert told(Camera(settings=ON).watch(long_ago), "slow_collapse") == []


def test_one_wild_guess_of_the_detector_puts_nobody_on_the_feet() -> None:
    lies = film(stays(ON_FLOOR, 30.0))
    stands = film(stays(STANDING, 30.0))
    for index in (40, 41, 42, 80, 120):
        lies[index] = stands[index]
    assert told(Camera(settings=ON).watch(lies), "slow_collapse") == []


def test_who_stays_still_becomes_critical_after_30_s_and_who_moves_does_not() -> None:
    still = Camera(settings=ON).watch(sinks(ON_FLOOR, stays_s=40.0))
    assert [event.severity for event in still if event.rule == "slow_collapse"] == [Severity.WARNING, Severity.CRITICAL]
    parts = (stays(STANDING, 3.0), Part(3.0, STANDING, ON_FLOOR), stays(ON_FLOOR, 8.0), stays(RESTLESS, 40.0))
    assert told(Camera(settings=ON).watch(film(*parts)), "slow_collapse") == [("slow_collapse", "raised")]


def test_who_rises_is_cleared_as_recovered() -> None:
    down = (stays(STANDING, 3.0), Part(3.0, STANDING, ON_FLOOR), stays(ON_FLOOR, 8.0))
    events = Camera(settings=ON).watch(film(*down, Part(2.0, ON_FLOOR, STANDING), stays(STANDING, 4.0)))
    assert told(events) == [("slow_collapse", "raised"), ("slow_collapse", "cleared")]
    assert value(events[-1], "resolved") == "recovered"


def test_a_fall_is_told_as_a_fall_only() -> None:
    shots = sinks(LYING, 0.5, stays_s=12.0, fps=20.0)
    assert told(Camera(settings=ON).watch(shots)) == [("fall", "raised"), ("fall", "updated")]


def test_who_was_lost_while_falling_and_is_found_again_is_not_told_twice() -> None:
    """Sunk fast and lost half-way down: the optical flow carries the person there, who is then seen on the floor."""
    half = Body(0.2, 20.0, 0.4)
    going = film(stays(STANDING, 3.0), Part(0.3, STANDING, half), fps=20.0)
    gone = carried(going[-1], 4.0, fps=20.0)
    found = film(stays(ON_FLOOR, 8.0), fps=20.0, from_s=gone[-1].t_s + 0.05)
    rules = {event.rule for event in Camera(settings=ON).watch([*going, *gone, *found])}
    assert rules == {"lost_while_falling"}


def test_on_a_mat_lying_down_is_normal() -> None:
    mat = zone("mat", 100, 300, 600, 480, ZoneKind.ALLOWED_DOWN)
    assert Camera((mat,), settings=ON).watch(sinks(LYING)) == []


def test_who_walks_towards_the_camera_has_not_come_down() -> None:
    near = STANDING.at(320.0, 480.0)
    shots = film(stays(STANDING, 2.0), Part(6.0, STANDING, near), stays(STANDING.at(320.0, 480.0), 8))
    assert raised(Camera(settings=ON).watch(shots), "slow_collapse") == []
