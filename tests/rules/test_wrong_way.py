"""Rule `wrong_way`: walking against the arrow of a walkway."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import H_PX, HEIGHT_PX, LYING, STANDING, WIDTH_PX, Body, Camera, Part, film, stays, told, value, zone

from edge_agent.data.calibration import Calibration, FloorPoint
from edge_agent.data.event import Severity
from edge_agent.data.posture import FloorPlace, Posture
from edge_agent.data.zone import Zone, ZoneKind

HALL = zone("aisle", 0, 0, WIDTH_PX, HEIGHT_PX, ZoneKind.WALKWAY)
WALK_H_S = 0.8


def aisle(x1: float, y1: float, x2: float, y2: float) -> Zone:
    """A walkway with an arrow between two points in pixels."""
    return replace(HALL, one_way=((x1 / WIDTH_PX, y1 / HEIGHT_PX), (x2 / WIDTH_PX, y2 / HEIGHT_PX)))


TO_THE_RIGHT = aisle(100, 400, 540, 400)
TOWARDS_US = aisle(320, 300, 320, 460)


def walk(from_x_px: float, to_x_px: float, speed_h_s: float = WALK_H_S) -> Part:
    seconds = abs(to_x_px - from_x_px) / (speed_h_s * H_PX)
    return Part(seconds, STANDING.at(from_x_px), STANDING.at(to_x_px))


def seen_by(*parts: Part, way: Zone = TO_THE_RIGHT, fps: float = 10.0) -> list[tuple[str, str]]:
    return told(Camera((way,)).watch(film(*parts, fps=fps)), "wrong_way")


@pytest.mark.parametrize("fps", [2.0, 5.0, 10.0, 30.0])
def test_walking_against_the_arrow_is_raised_once_and_stopping_clears_it(fps: float) -> None:
    events = Camera((TO_THE_RIGHT,)).watch(film(walk(540, 100), stays(STANDING.at(100.0), 5.0), fps=fps))
    assert told(events, "wrong_way") == [("wrong_way", "raised"), ("wrong_way", "cleared")]
    first = events[0]
    assert (first.severity, first.zone) == (Severity.WARNING, "aisle")
    assert first.observed_s == pytest.approx(1.5, abs=0.6)
    assert float(value(first, "against_h_s") or 0.0) == pytest.approx(WALK_H_S, abs=0.05)
    assert value(events[1], "resolved") == "ended"


@pytest.mark.parametrize(
    ("what", "parts"),
    [
        ("walks with it", (walk(100, 540),)),
        ("stands", (stays(STANDING, 10.0),)),
        ("crosses it", (Part(2.5, STANDING.at(300.0, 200.0), STANDING.at(300.0, 450.0)),)),
        ("turns back for a step", (walk(300, 220), walk(220, 500))),
        (
            "is shoved about by the noise",
            tuple(Part(0.3, STANDING.at(a), STANDING.at(b)) for a, b in [(320, 310), (310, 320)] * 15),
        ),
        ("shuffles", (walk(400, 300, 0.2),)),
        (
            "lies down slowly to that side",
            (stays(STANDING, 1.0), Part(4.0, STANDING, LYING.at(100.0)), stays(LYING.at(100.0), 2.0)),
        ),
    ],
)
def test_whoever_does_not_walk_against_it_raises_nothing(what: str, parts: tuple[Part, ...]) -> None:
    assert seen_by(*parts) == [], what


@pytest.mark.parametrize("angle_deg", [30.0, 60.0])
def test_a_slanting_way_counts_up_to_45_deg(angle_deg: float) -> None:
    """Measured on the floor, where a way up the picture is twice as long as it looks (not calibrated)."""
    way_px = 2.5 * WALK_H_S * H_PX
    aside_px = way_px * math.sin(math.radians(angle_deg)) / 2.0
    end = STANDING.at(500.0 - way_px * math.cos(math.radians(angle_deg)), 250.0 + aside_px)
    camera = Camera((TO_THE_RIGHT,), calibration=None)
    events = camera.watch(film(Part(2.5, STANDING.at(500.0, 250.0), end)))
    assert told(events, "wrong_way") == ([("wrong_way", "raised")] if angle_deg < 45.0 else [])


def away(calibration: Calibration, seconds: float) -> list[Posture]:
    """Somebody walks away along the line of sight, at a depression that this camera has in the frame's middle."""
    step_px = WALK_H_S * H_PX * math.tan(math.radians(calibration.tilt_deg))
    middle_px = HEIGHT_PX / 2.0
    start = STANDING.at(320.0, middle_px + 0.5 * seconds * step_px)
    return film(Part(seconds, start, STANDING.at(320.0, middle_px - 0.5 * seconds * step_px)))


@pytest.mark.parametrize("tilt_deg", [14.0, 20.0, 30.0, 40.0])
@pytest.mark.parametrize("calibrated", [True, False])
def test_walking_away_along_the_line_of_sight_shows_less_and_is_still_seen(tilt_deg: float, calibrated: bool) -> None:
    calibration = Calibration(tilt_deg=tilt_deg, fov_deg=62.0)
    camera = Camera((TOWARDS_US,), calibration=calibration if calibrated else None)
    assert told(camera.watch(away(calibration, 3.0)), "wrong_way") == [("wrong_way", "raised")]


def test_a_calibrated_camera_tells_the_speed_on_the_floor() -> None:
    calibration = Calibration(tilt_deg=20.0, fov_deg=62.0)
    events = Camera((TOWARDS_US,), calibration=calibration).watch(away(calibration, 3.0))
    assert float(value(events[0], "against_h_s") or 0.0) == pytest.approx(WALK_H_S, rel=0.15)


def placed(shots: list[Posture], calibration: Calibration, height_m: float = 3.0) -> list[Posture]:
    """As a camera of this tilt sees them whose height is known from four points on the floor."""
    found = []
    for shot in shots:
        down_deg = calibration.depression_deg(shot.foot.y_px, WIDTH_PX, HEIGHT_PX) or 0.0
        away_m = height_m / math.tan(math.radians(down_deg))
        found.append(replace(shot, camera_height_m=height_m, floor_m=FloorPlace(0.0, away_m, 0.9)))
    return found


@pytest.mark.parametrize("tilt_deg", [16.0, 20.0, 40.0])
def test_floor_points_tell_the_speed_on_the_floor_as_well_as_a_tilt(tilt_deg: float) -> None:
    like = Calibration(tilt_deg=tilt_deg, fov_deg=62.0)
    marks = tuple(FloorPoint(at=(x, y), x_m=x, y_m=y) for x, y in ((0.2, 0.9), (0.8, 0.9), (0.7, 0.5), (0.3, 0.5)))
    by_points = Calibration(fov_deg=62.0, floor_points=marks)
    shots = placed(away(like, 3.0), like)
    (event,) = Camera((TOWARDS_US,), calibration=by_points).watch(shots)
    (same,) = Camera((TOWARDS_US,), calibration=like).watch(shots)
    assert (event.rule, event.observed_s) == (same.rule, same.observed_s)
    assert value(event, "against_h_s") == pytest.approx(value(same, "against_h_s"))
    near_horizon = [replace(shot, floor_m=None) for shot in shots]
    assert told(Camera((TOWARDS_US,), calibration=by_points).watch(near_horizon)) == [("wrong_way", "raised")]


def test_nobody_whose_feet_are_not_placed_is_accused() -> None:
    hidden = replace(STANDING, feet_seen=False)
    assert seen_by(Part(2.5, hidden.at(540.0), hidden.at(100.0))) == []


def boxed(shot: Posture) -> Posture:
    """The same person with hidden ankles: placed by the lower edge of the box."""
    x1, _, x2, y2 = shot.box_px
    return replace(shot, foot=shot.foot._replace(x_px=(x1 + x2) / 2.0, y_px=y2, confidence=0.3))


def test_feet_that_are_guessed_from_the_box_count_with_less_confidence() -> None:
    events = Camera((TO_THE_RIGHT,)).watch([boxed(shot) for shot in film(walk(540, 100))])
    assert told(events, "wrong_way") == [("wrong_way", "raised")]
    assert events[0].confidence == pytest.approx(0.3)


def test_whoever_steps_behind_a_table_does_not_jump_away() -> None:
    """The box ends at the table: the place of the feet leaps up the picture, by nobody's walking."""
    shots = film(stays(STANDING, 6.0))
    behind = [replace(boxed(shot), foot=boxed(shot).foot._replace(y_px=330.0)) for shot in shots[30:]]
    assert told(Camera((TOWARDS_US,)).watch([*shots[:30], *behind]), "wrong_way") == []


def test_a_walkway_without_an_arrow_has_no_wrong_way() -> None:
    assert seen_by(walk(540, 100), way=HALL) == []


def test_outside_of_the_walkway_the_arrow_means_nothing() -> None:
    small = replace(TO_THE_RIGHT, polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)))
    assert seen_by(walk(540, 100), way=small) == []


@given(angle_deg=st.floats(0.0, 360.0), speed_h_s=st.floats(0.35, 1.0))
def test_turning_arrow_and_walk_together_changes_nothing_across_the_picture_or_along_it(
    angle_deg: float, speed_h_s: float
) -> None:
    """On the floor all directions are alike: 45 deg down the picture is a camera whose floor is not foreshortened."""
    calibration = Calibration(tilt_deg=45.0, fov_deg=11.0)
    x, y = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    reach_px = 1.5 * speed_h_s * H_PX
    start, end = (Body(0.49, 5.0, 0.3).at(320.0 + s * reach_px * x, 240.0 + s * reach_px * y) for s in (-1.0, 1.0))
    against = aisle(320.0 + 100.0 * x, 240.0 + 100.0 * y, 320.0 - 100.0 * x, 240.0 - 100.0 * y)
    with_it = aisle(320.0 - 100.0 * x, 240.0 - 100.0 * y, 320.0 + 100.0 * x, 240.0 + 100.0 * y)
    shots = film(Part(3.0, start, end))
    assert told(Camera((against,), calibration=calibration).watch(shots), "wrong_way") == [("wrong_way", "raised")]
    assert told(Camera((with_it,), calibration=calibration).watch(shots), "wrong_way") == []
