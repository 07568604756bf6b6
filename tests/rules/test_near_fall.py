"""Rule `near_fall`: a stumble that was caught."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import JUMPING, LYING, ON_CHAIR, SQUATTING, STANDING, Body, Camera, Part, film, raised, stays, told, value

from edge_agent.data.event import Severity
from edge_agent.data.posture import Posture
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.near_fall import NearFallSettings

ON = CatalogueSettings(near_fall=NearFallSettings(enabled=True))
# A knee gives way: the hips drop by 0.22 H.
CAUGHT = Body(0.27, 35.0, 0.5)


def stumbles(fps: float = 18.0, *, times: int = 1, down: Body = CAUGHT) -> list[Posture]:
    once = (stays(STANDING, 3.0), Part(0.25, STANDING, down), Part(0.6, down, STANDING))
    return film(*once * times, stays(STANDING, 6.0), fps=fps)


@pytest.mark.parametrize("fps", [9.0, 18.0, 30.0])
def test_a_stumble_that_is_caught_is_told_once_and_over_soon(fps: float) -> None:
    events = Camera(settings=ON).watch(stumbles(fps))
    assert told(events) == [("near_fall", "raised"), ("near_fall", "cleared")]
    assert {event.severity for event in events} == {Severity.INFO}
    assert 3.0 < events[0].observed_s < 5.0
    assert events[1].observed_s - events[0].observed_s < 2.5
    assert float(value(events[0], "hip_descent_h_s") or 0.0) > 0.76


def test_one_stumble_stays_one_while_the_outbox_is_not_stored_to() -> None:
    events = Camera(settings=ON, storing=False).watch(stumbles())
    assert told(events) == [("near_fall", "raised"), ("near_fall", "cleared")]


def test_the_next_stumble_is_told_after_the_cooldown() -> None:
    assert len(raised(Camera(settings=ON).watch(stumbles(times=2)), "near_fall")) == 1
    calm = CatalogueSettings(near_fall=NearFallSettings(enabled=True, cooldown_s=0.0))
    assert len(raised(Camera(settings=calm).watch(stumbles(times=2)), "near_fall")) == 2


def test_it_is_off_unless_asked_for() -> None:
    assert Camera().watch(stumbles()) == []


def test_a_fall_is_no_near_one() -> None:
    shots = film(stays(STANDING, 3.0), Part(0.5, STANDING, LYING), stays(LYING, 8.0), fps=18.0)
    assert told(Camera(settings=ON).watch(shots)) == [("fall", "raised"), ("fall", "updated")]


@pytest.mark.parametrize("seconds", [0.4, 0.8])
def test_who_sits_down_and_stays_is_no_stumble(seconds: float) -> None:
    shots = film(stays(STANDING, 3.0), Part(seconds, STANDING, ON_CHAIR), stays(ON_CHAIR, 6.0), fps=18.0)
    assert told(Camera(settings=ON).watch(shots)) == []


def test_who_squats_at_the_speed_of_work_and_comes_up_is_no_stumble() -> None:
    down_up = (Part(0.8, STANDING, SQUATTING), Part(0.8, SQUATTING, STANDING))
    assert told(Camera(settings=ON).watch(film(stays(STANDING, 3.0), *down_up, stays(STANDING, 3.0), fps=18.0))) == []


def test_who_jumps_went_up_first() -> None:
    landing = replace(STANDING, hips_h=0.35)
    jump = (Part(0.2, STANDING, JUMPING), Part(0.25, JUMPING, landing), Part(0.3, landing, STANDING))
    assert told(Camera(settings=ON).watch(film(stays(STANDING, 3.0), *jump, stays(STANDING, 3.0), fps=18.0))) == []


def test_joints_that_are_guessed_at_the_side_of_the_frame_are_no_stumble() -> None:
    shots = [replace(shot, box_px=(0.0, *shot.box_px[1:])) if 2.5 < shot.t_s < 3.5 else shot for shot in stumbles()]
    assert told(Camera(settings=ON).watch(shots)) == []
