"""What a calibrated camera tells of a trunk: a real projection, turned round."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rooms import RoomCamera, rooms, view_of

from edge_agent.posture.skeleton import Joint, segment

WIDTH_PX, HEIGHT_PX = 640, 480
TRUNK_M, HIPS_M = 0.5, 0.9


def seen(tilt_deg: float, fov_deg: float, height_m: float, at_m: np.ndarray) -> Joint:  # type: ignore[type-arg]
    """Where a point of the room (x right, y forward, z up) shows; the camera stands over the origin."""
    tilt = math.radians(tilt_deg)
    focal_px = WIDTH_PX / 2 / math.tan(math.radians(fov_deg) / 2)
    x, y, z = at_m - np.array([0.0, 0.0, height_m])
    depth = y * math.cos(tilt) - z * math.sin(tilt)
    down = -y * math.sin(tilt) - z * math.cos(tilt)
    return Joint(WIDTH_PX / 2 + focal_px * x / depth, HEIGHT_PX / 2 + focal_px * down / depth, 0.0, 0.0, 1.0)


def trunk(lean_deg: float, heading_deg: float) -> np.ndarray:  # type: ignore[type-arg]
    lean, heading = math.radians(lean_deg), math.radians(heading_deg)
    flat = TRUNK_M * math.sin(lean)
    return np.array([flat * math.cos(heading), flat * math.sin(heading), TRUNK_M * math.cos(lean)])


@given(
    st.floats(0.0, 45.0), st.floats(40.0, 90.0), st.floats(2.0, 5.0),
    st.floats(-2.0, 2.0), st.floats(4.0, 10.0), st.floats(0.0, 90.0), st.floats(0.0, 360.0),
)  # fmt: skip
def test_the_truth_is_between_the_two_solutions(
    tilt_deg: float, fov_deg: float, height_m: float, x_m: float, y_m: float, lean_deg: float, heading_deg: float
) -> None:
    hips_m = np.array([x_m, y_m, HIPS_M])
    hips = seen(tilt_deg, fov_deg, height_m, hips_m)
    assume(0 <= hips.x_px <= WIDTH_PX and 0 <= hips.y_px <= HEIGHT_PX)
    upright = segment(hips, seen(tilt_deg, fov_deg, height_m, hips_m + trunk(0.0, 0.0)))
    shown = segment(hips, seen(tilt_deg, fov_deg, height_m, hips_m + trunk(lean_deg, heading_deg)))
    view = view_of(tilt_deg=tilt_deg, fov_deg=fov_deg)
    band = view.inclination_deg(shown, hips, upright.length_px)
    # Shoulders that are nearer to the camera than the hips show larger: weak perspective ignores that.
    assert band.low_deg - 6.0 <= lean_deg <= band.high_deg + 6.0
    assert band.low_deg < 60.0 or lean_deg > 50.0, "raised from 60 on, which clears below 50"


def test_a_level_camera_cannot_tell_forwards_from_backwards_and_need_not() -> None:
    view = view_of(tilt_deg=0.0, fov_deg=60.0)
    hips = Joint(320.0, 240.0, 0.0, 0.0, 1.0)
    half_as_long = Joint(320.0, 190.0, 0.0, 0.0, 1.0)
    band = view.inclination_deg(segment(hips, half_as_long), hips, 100.0)
    assert band == pytest.approx((60.0, 60.0))


def test_a_camera_that_looks_down_sees_an_upright_trunk_as_upright_or_leaning_towards_it() -> None:
    view = view_of(tilt_deg=30.0, fov_deg=60.0)
    hips = Joint(320.0, 240.0, 0.0, 0.0, 1.0)
    band = view.inclination_deg(segment(hips, Joint(320.0, 140.0, 0.0, 0.0, 1.0)), hips, 100.0)
    assert band == pytest.approx((0.0, 60.0), abs=1e-6)


def test_at_the_side_of_the_picture_an_upright_trunk_shows_inclined_and_is_not() -> None:
    tilt_deg, height_m = 35.0, 3.0
    hips_m = np.array([2.5, 5.0, HIPS_M])
    shoulders = seen(tilt_deg, 70.0, height_m, hips_m + trunk(0.0, 0.0))
    hips = seen(tilt_deg, 70.0, height_m, hips_m)
    shown = segment(hips, shoulders)
    assert math.degrees(math.atan2(abs(shown.dx_px), -shown.dy_px)) > 10.0
    view = view_of(tilt_deg=tilt_deg, fov_deg=70.0)
    assert view.inclination_deg(shown, hips, shown.length_px).low_deg < 5.0


def test_a_segment_longer_than_it_can_be_has_one_solution() -> None:
    view = view_of(tilt_deg=20.0, fov_deg=60.0)
    hips = Joint(320.0, 240.0, 0.0, 0.0, 1.0)
    band = view.inclination_deg(segment(hips, Joint(450.0, 240.0, 0.0, 0.0, 1.0)), hips, 100.0)
    assert band == pytest.approx((90.0, 90.0))


# A camera that rolls


@given(rooms(), st.floats(-2.0, 2.0), st.floats(3.0, 9.0), st.floats(0.0, 90.0), st.floats(0.0, 360.0))
def test_a_camera_that_rolls_tells_the_same_as_one_that_does_not(
    camera: RoomCamera, x_m: float, y_m: float, lean_deg: float, heading_deg: float
) -> None:
    level = replace(camera, roll_deg=0.0)
    at_m = (x_m, y_m, HIPS_M)
    top_m = tuple((np.array(at_m) + trunk(lean_deg, heading_deg)).tolist())
    assume(level.shows(at_m) and level.shows(top_m))
    bands = [
        shot.view.inclination_deg(segment(shot.seen(at_m), shot.seen(top_m)), shot.seen(at_m), 100.0)
        for shot in (camera, level)
    ]
    # A turn of the picture about its middle changes neither lengths nor rays' angles.
    assert bands[0] == pytest.approx(bands[1], abs=0.01)


# Metres


@given(rooms(), st.floats(-6.0, 6.0), st.floats(1.0, 15.0), st.floats(0.0, 1.0))
def test_a_place_on_the_floor_shows_and_is_found_again(
    camera: RoomCamera, x_m: float, y_m: float, above_m: float
) -> None:
    assume(camera.shows((x_m, y_m, above_m)))
    spot = camera.view.spot(camera.seen((x_m, y_m, above_m)), above_m)
    assume(spot is not None)
    assert spot == pytest.approx((x_m, y_m), abs=1e-6)


@given(rooms(), st.floats(-3.0, 3.0), st.floats(2.0, 10.0), st.floats(0.1, 2.0))
def test_the_height_of_a_point_over_a_spot_is_found_again(
    camera: RoomCamera, x_m: float, y_m: float, high_m: float
) -> None:
    assume(camera.shows((x_m, y_m, 0.0)) and camera.shows((x_m, y_m, high_m)))
    spot = camera.view.spot(camera.seen((x_m, y_m, 0.0)), 0.0)
    assume(spot is not None)
    assert spot is not None
    assert camera.view.height_over_m(spot, camera.seen((x_m, y_m, high_m))) == pytest.approx(high_m, abs=1e-6)


@given(st.floats(2.5, 6.0), st.floats(50.0, 90.0), st.floats(-15.0, 15.0), st.floats(0.0, 360.0))
def test_a_pixel_at_8_m_moves_a_place_by_less_than_10_cm(
    height_m: float, fov_deg: float, roll_deg: float, way_deg: float
) -> None:
    camera = RoomCamera(tilt_deg=20.0, fov_deg=fov_deg, height_m=height_m, roll_deg=roll_deg)
    foot = camera.seen((0.0, 8.0, 0.0))
    way = math.radians(way_deg)
    wrong = replace(foot, x_px=foot.x_px + math.cos(way), y_px=foot.y_px + math.sin(way))
    spot = camera.view.spot(wrong, 0.0)
    assert spot is not None
    # A pixel is about 1 / focal of a radian, and slant^2 / height of it along the line of sight.
    assert math.hypot(spot.x_m, spot.y_m - 8.0) < min(0.1, 1.1 * (8.0**2 / height_m + height_m) / camera.focal_px)


def test_above_the_horizon_and_near_it_there_is_no_floor() -> None:
    camera = RoomCamera(tilt_deg=20.0, fov_deg=60.0, height_m=3.0)
    horizon_px = 240.0 - camera.focal_px * math.tan(math.radians(20.0))
    for y_px, found in ((horizon_px - 50.0, False), (horizon_px, False), (horizon_px + 50.0, False), (400.0, True)):
        assert (camera.view.spot(Joint(320.0, y_px, 0.0, 0.0, 1.0), 0.0) is not None) is found
    assert camera.view.spot(Joint(320.0, 400.0, 0.0, 0.0, 1.0), 3.0) is None, "hips as high as the camera"


def test_without_the_height_of_the_camera_there_are_no_metres() -> None:
    assert view_of(tilt_deg=20.0, fov_deg=60.0).spot(Joint(320.0, 400.0, 0.0, 0.0, 1.0), 0.0) is None
