"""Tilt and height, or four marks on the floor: how a camera stands."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rooms import HEIGHT_PX, WIDTH_PX, RoomCamera, marked, rooms

from edge_agent.data.calibration import Calibration, FloorPoint
from edge_agent.data.floor_points import floor_points_problem
from edge_agent.posture.camera_pose import WORST_MISFIT, CameraPose, calibration_to_pose

SQUARE_M = [(-1.0, 4.0), (1.0, 4.0), (1.0, 7.0), (-1.0, 7.0)]
USUAL = RoomCamera(tilt_deg=25.0, fov_deg=62.0, height_m=3.2, roll_deg=4.0)


def pose_of(points: tuple[FloorPoint, ...], fov_deg: float = USUAL.fov_deg) -> CameraPose:
    return calibration_to_pose(Calibration(fov_deg=fov_deg, floor_points=points), WIDTH_PX, HEIGHT_PX)


def shaken(points: tuple[FloorPoint, ...], seed: int, px: float, m: float) -> tuple[FloorPoint, ...]:
    """As a tape and a mouse would give them."""
    by = np.random.default_rng(seed).normal(0.0, 1.0, (len(points), 4)) * [px / WIDTH_PX, px / HEIGHT_PX, m, m]
    return tuple(
        FloorPoint(at=(point.at[0] + dx, point.at[1] + dy), x_m=point.x_m + x_m, y_m=point.y_m + y_m)
        for point, (dx, dy, x_m, y_m) in zip(points, by.tolist(), strict=True)
    )


def test_a_level_camera_stands_as_it_was_measured() -> None:
    pose = calibration_to_pose(Calibration(fov_deg=62.0, tilt_deg=25.0, height_m=3.2), WIDTH_PX, HEIGHT_PX)
    assert (pose.tilt_deg, pose.roll_deg, pose.height_m) == pytest.approx((25.0, 0.0, 3.2))
    assert pose.focal_px == pytest.approx(USUAL.focal_px)
    assert (pose.misfit, pose.problem) == (0.0, "")


@given(rooms(), st.booleans(), st.permutations(range(4)))
def test_four_marks_tell_the_camera_that_saw_them_in_any_order_and_with_any_axes(
    camera: RoomCamera, mirrored: bool, order: list[int]
) -> None:
    assume(all(camera.shows((*mark, 0.0)) for mark in SQUARE_M))
    pose = pose_of(tuple(marked(camera, SQUARE_M, mirrored=mirrored)[index] for index in order), camera.fov_deg)
    assert pose.tilt_deg == pytest.approx(camera.tilt_deg, abs=1e-4)
    assert pose.roll_deg == pytest.approx(camera.roll_deg, abs=1e-4)
    assert pose.height_m == pytest.approx(camera.height_m, abs=1e-4)
    assert pose.misfit < 1e-6
    assert pose.problem == ""


@given(st.integers(0, 2**31))
def test_marks_clicked_to_2_pixels_and_measured_to_2_cm_are_good_enough(seed: int) -> None:
    pose = pose_of(shaken(marked(USUAL, SQUARE_M), seed, px=2.0, m=0.02))
    assert pose.tilt_deg == pytest.approx(USUAL.tilt_deg, abs=6.0)
    assert pose.roll_deg == pytest.approx(USUAL.roll_deg, abs=6.0)
    assert pose.height_m == pytest.approx(USUAL.height_m, rel=0.25)
    assert pose.problem == ""


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("by_m", [-1.5, 1.5])
def test_a_mark_that_is_mistyped_is_told_and_nothing_is_believed(corner: int, by_m: float) -> None:
    points = list(marked(USUAL, SQUARE_M))
    points[corner] = replace(points[corner], x_m=points[corner].x_m + by_m)
    pose = pose_of(tuple(points))
    assert pose.misfit > WORST_MISFIT
    assert "a point is mistyped" in pose.problem


def test_y_counted_from_the_bottom_is_told() -> None:
    points = tuple(replace(point, at=(point.at[0], 1.0 - point.at[1])) for point in marked(USUAL, SQUARE_M))
    assert "counts y from the top" in pose_of(points).problem


def test_centimetres_for_metres_are_told() -> None:
    points = tuple(replace(point, x_m=100.0 * point.x_m, y_m=100.0 * point.y_m) for point in marked(USUAL, SQUARE_M))
    assert "320.0 m above the floor" in pose_of(points).problem


# What can be said before a frame arrives


def problem(points: tuple[FloorPoint, ...]) -> str | None:
    return floor_points_problem([point.at for point in points], [(point.x_m, point.y_m) for point in points])


@given(rooms(), st.booleans())
def test_what_a_camera_sees_is_sound(camera: RoomCamera, mirrored: bool) -> None:
    assume(all(camera.shows((*mark, 0.0)) for mark in SQUARE_M))
    assert problem(marked(camera, SQUARE_M, mirrored=mirrored)) is None


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (0, 3)])
def test_two_neighbours_that_are_swapped_fold_the_floor(first: int, second: int) -> None:
    points = list(marked(USUAL, SQUARE_M))
    points[first], points[second] = (
        replace(points[first], at=points[second].at),
        replace(points[second], at=points[first].at),
    )
    assert "two points are swapped" in (problem(tuple(points)) or "")


def test_a_mark_above_the_horizon_is_no_mark() -> None:
    points = list(marked(USUAL, SQUARE_M))
    # A place behind the camera would show there: the line from it runs through the horizon.
    behind = USUAL.seen((1.0, -6.0, 0.0))
    points[2] = FloorPoint(at=(behind.x_px / WIDTH_PX, behind.y_px / HEIGHT_PX), x_m=points[2].x_m, y_m=points[2].y_m)
    assert behind.y_px < HEIGHT_PX / 2 - USUAL.focal_px * math.tan(math.radians(USUAL.tilt_deg - 10.0))
    assert "above the horizon" in (problem(tuple(points)) or "")


def test_marks_on_one_line_and_marks_at_one_place_are_none() -> None:
    line_m = [(-1.0, 4.0), (0.0, 4.0), (1.0, 4.01), (0.0, 7.0)]
    assert problem(marked(USUAL, line_m)) == "points 1, 2 and 3 are nearly on one line in the picture"
    points = list(marked(USUAL, SQUARE_M))
    points[3] = replace(points[3], x_m=points[0].x_m, y_m=points[0].y_m)
    assert problem(tuple(points)) == "points 1 and 4 are at the same place on the floor"
