"""What a calibrated camera tells of a trunk: a real projection, turned round."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_agent.data.calibration import Calibration
from edge_agent.posture.camera_view import CameraView
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
