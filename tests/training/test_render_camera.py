import numpy as np
import pytest

pytest.importorskip("numba", reason="rendering is compiled with numba, which is not installed")

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.training.render.camera import Camera, lens_map


def _camera(**changes):
    values = {
        "position_m": np.array([0.0, 0.0, 2.0]), "yaw_deg": 0.0, "pitch_deg": 0.0, "roll_deg": 0.0,
        "vertical_field_deg": 90.0, "width_px": 200, "height_px": 100,
    } | changes  # fmt: skip
    return Camera(**values)


def test_what_is_straight_ahead_is_in_the_middle_at_its_distance():
    assert _camera().project(np.array([[5.0, 0.0, 2.0]])) == pytest.approx(np.array([[100.0, 50.0, 5.0]]))


def test_left_in_the_world_is_left_in_the_picture_and_up_is_up():
    x, y, _ = _camera().project(np.array([[5.0, 1.0, 3.0]]))[0]
    assert x < 100
    assert y < 50


def test_the_vertical_field_ends_at_the_top_edge():
    assert _camera().project(np.array([[5.0, 0.0, 7.0]]))[0, 1] == pytest.approx(0.0)


def test_pitch_looks_down():
    assert _camera(pitch_deg=45.0).project(np.array([[2.0, 0.0, 0.0]]))[0, :2] == pytest.approx([100.0, 50.0])


@given(st.floats(-180, 180), st.floats(-80, 80), st.floats(-30, 30))
def test_the_axes_are_a_rotation(yaw, pitch, roll):
    rotation = _camera(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll).rotation
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_a_barrel_lens_pulls_corners_to_the_middle():
    point = np.array([[5.0, 6.0, 5.0]])
    plain, bent = _camera().project(point)[0, :2], _camera(distortion=-0.03).project(point)[0, :2]
    assert np.linalg.norm(bent - [100, 50]) < np.linalg.norm(plain - [100, 50])


@given(st.floats(-0.035, 0.012), st.floats(-3.0, 3.0), st.floats(-1.5, 1.5))
def test_the_lens_map_says_where_a_pixel_came_from(distortion, y, z):
    camera = _camera(distortion=distortion)
    point = np.array([[4.0, y, 2.0 + z]])
    column, row = camera.project(point)[0, :2]
    across, down = lens_map(camera)
    expected = camera.without_lens().project(point)[0, :2]
    found = across[int(row), int(column)] + 0.5, down[int(row), int(column)] + 0.5
    assert found == pytest.approx(expected, abs=1.0)


def test_a_scaled_camera_sees_the_same():
    point = np.array([[5.0, 1.0, 1.0]])
    assert _camera().scaled(2.0).project(point)[0, :2] == pytest.approx(2 * _camera().project(point)[0, :2])
