"""Two persons are never one to the rules, and one person is never two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import (
    BENT,
    H_PX,
    LYING,
    STANDING,
    Body,
    Camera,
    Part,
    carried,
    film,
    posture,
    raised,
    stays,
    told,
)

from edge_agent.data.calibration import Calibration
from edge_agent.data.posture import Measure, Posture
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.going_down import Before
from edge_agent.rules.history import Scene
from edge_agent.rules.last_up import LastUp
from edge_agent.rules.on_ground import is_down


@pytest.mark.parametrize("beside_px", [20.0, 60.0, 100.0, 160.0])
def test_who_falls_beside_somebody_who_fell_is_raised_too(beside_px: float) -> None:
    there = STANDING.at(320.0 + beside_px)
    first = film(stays(STANDING, 2.0), Part(0.4, STANDING, LYING), stays(LYING, 20.0))
    second = film(
        stays(there, 8.0), Part(0.4, there, LYING.at(there.x_px)), stays(LYING.at(there.x_px), 14.0), track_id=2
    )
    assert len(raised(Camera().watch(first, second), "fall")) == 2


def test_a_helper_who_turns_up_beside_somebody_lost_from_sight_is_no_recovery() -> None:
    down = film(stays(STANDING, 2.0), Part(0.4, STANDING, LYING), stays(LYING, 4.0))
    helper = film(stays(STANDING.at(380.0), 40.0), from_s=round(down[-1].t_s + 3.0, 2), track_id=2)
    events = Camera().watch([*down, *carried(down[-1], 40.0)], helper)
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated")]
    assert told(events, "man_down")[0] == ("man_down", "raised")


def test_legs_and_torso_of_one_body_that_lies_are_told_once() -> None:
    torso = replace(LYING, width_h=0.5)
    legs = [replace(shot, lying=Measure(1.0, 0.9)) for shot in film(stays(torso.at(440.0), 60.0), track_id=2)]
    assert len(raised(Camera().watch(film(stays(torso, 60.0)), legs), "man_down")) == 1


def test_two_who_were_up_and_lie_side_by_side_are_told_both() -> None:
    def lies_down(x_px: float, track_id: int) -> list[Posture]:
        up, down = STANDING.at(x_px), LYING.at(x_px)
        return film(stays(up, 3.0), Part(4.0, up, down), stays(down, 30.0), track_id=track_id)

    events = Camera().watch(lies_down(200.0, 1), lies_down(420.0, 2))
    assert len(raised(events, "man_down")) == 2


def nearer(shot: Posture, factor: float) -> Posture:
    """The same person nearer to the camera: larger, and lower in the picture, with the legs hidden."""
    x1, y1, x2, y2 = shot.box_px
    down_px = 80.0 * (factor - 1.0)
    return replace(
        shot,
        body_height_px=Measure(H_PX * factor, 1.0),
        box_px=(x1, y1 + down_px, x2, y2 + down_px),
        shoulders=shot.shoulders._replace(y_px=shot.shoulders.y_px + down_px),
        hips=shot.hips._replace(y_px=shot.hips.y_px + 2.0 * down_px),
        foot=shot.foot._replace(confidence=0.0),
        hip_height_h=Measure(0.0, 0.0),
    )


def test_who_came_nearer_is_not_down_however_low_in_the_picture() -> None:
    far = posture(STANDING, 0.0)
    before = Before(far.shoulders.y_px, far.hips.y_px, H_PX)
    low: Body = replace(STANDING, hips_h=0.2, feet_seen=False)
    assert is_down(posture(low, 1.0), before, 0.25)
    assert not is_down(nearer(posture(low, 1.0), 1.5), before, 0.25)


def test_the_memory_of_somebody_up_follows_the_person_towards_the_camera() -> None:
    last_up = LastUp()
    for index in range(40):
        last_up.add(nearer(posture(STANDING, 0.1 * index), 1.0 + 0.02 * index))
    remembered = last_up.within(0.0)
    assert remembered is not None
    assert remembered.t_s == pytest.approx(3.9)


def test_without_the_angles_of_the_room_a_running_hold_raises_nothing_either() -> None:
    camera = Camera()
    camera.watch(film(stays(STANDING, 1.0), stays(BENT, 1.0), stays(STANDING, 2.0)))
    scene = Scene("hall", (), Calibration(tilt_deg=0.0, fov_deg=61.0))
    camera.rules.reconfigure(scene, build_rules(CatalogueSettings(), scene))
    flat = [replace(shot, trunk_band_deg=None) for shot in film(stays(STANDING, 1.0), stays(BENT, 10.0), from_s=4.0)]
    assert camera.watch(flat) == []
