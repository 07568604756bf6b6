import numpy as np
import pytest

pytest.importorskip("numba", reason="rendering is compiled with numba, which is not installed")

from render_figures import all_meshes, figure, level_camera

from edge_agent.models.training.labels import ABSENT, OCCLUDED, VISIBLE
from edge_agent.models.training.render.rasteriser import join_meshes, rasterise
from edge_agent.models.training.render.solids import box, moved
from edge_agent.models.training.render.surfaces_to_label import label_persons

NOSE, LEFT_EAR, RIGHT_EAR, LEFT_ELBOW, RIGHT_ELBOW, LEFT_ANKLE = 0, 3, 4, 7, 8, 15


def _labels(persons, camera, props=(), oversampling=2.0):
    geometry = join_meshes([*all_meshes(*persons), *props])
    surfaces = rasterise(geometry, camera.without_lens().scaled(oversampling))
    return label_persons(persons, geometry, surfaces, camera, oversampling)


def test_keypoints_are_where_the_camera_projects_them():
    camera = level_camera(distortion=-0.03)
    person = figure(0, yaw_deg=180)
    (label,) = _labels([person], camera).persons
    assert np.array(label.keypoints)[:, :2] == pytest.approx(camera.project(person.keypoints_m)[:, :2], abs=0.01)


def test_the_box_holds_the_figure_and_no_more():
    camera = level_camera()
    person = figure(0, yaw_deg=180)
    (label,) = _labels([person], camera).persons
    corners = camera.project(person.meshes[0].vertices_m)[:, :2]
    assert label.box_px == pytest.approx((*corners.min(axis=0), *corners.max(axis=0)), abs=0.6)


def test_facing_the_camera_shows_the_nose_and_turning_away_hides_it():
    facing, away = (_labels([figure(0, yaw_deg=yaw)], level_camera()).persons[0].keypoints for yaw in (180, 0))
    assert facing[NOSE][2] == VISIBLE
    assert away[NOSE][2] == OCCLUDED


def test_in_profile_the_far_side_is_hidden():
    keypoints = _labels([figure(0, yaw_deg=90)], level_camera()).persons[0].keypoints
    left_is_near = keypoints[LEFT_EAR][2] == VISIBLE
    near, far = (LEFT_ELBOW, RIGHT_ELBOW) if left_is_near else (RIGHT_ELBOW, LEFT_ELBOW)
    assert {keypoints[LEFT_EAR][2], keypoints[RIGHT_EAR][2]} == {VISIBLE, OCCLUDED}
    assert (keypoints[near][2], keypoints[far][2]) == (VISIBLE, OCCLUDED)


def test_a_box_before_the_legs_hides_them_and_shortens_the_label():
    prop = moved(box((0.2, 2.0, 0.7), (0.3, 0.3, 0.3)), np.array([-1.0, 0.0, 0.0]))
    free = _labels([figure(0, yaw_deg=180)], level_camera()).persons[0]
    (label,) = _labels([figure(0, yaw_deg=180)], level_camera(), [prop]).persons
    assert label.keypoints[LEFT_ANKLE][2] == OCCLUDED
    assert label.keypoints[NOSE][2] == VISIBLE
    assert label.box_px[3] < free.box_px[3] - 5


def test_outside_of_the_picture_is_absent():
    label = _labels([figure(0, yaw_deg=180)], level_camera(1.0)).persons[0]
    assert label.keypoints[LEFT_ANKLE] == (0.0, 0.0, ABSENT)
    assert label.box_px[3] == 120.0


def test_somebody_wholly_hidden_is_not_mentioned():
    labels = _labels([figure(0), figure(1, at_m=(2.0, 0.0))], level_camera(1.5, vertical_field_deg=80.0))
    assert [label.track_id for label in labels.persons] == [1]


def test_somebody_mostly_hidden_is_an_area_to_ignore():
    prop = moved(box((0.1, 3.0, 1.62), (0.3, 0.3, 0.3)), np.array([-1.0, 0.0, 0.0]))
    labels = _labels([figure(0, yaw_deg=180)], level_camera(position_m=np.array([-4.0, 0.0, 1.62])), [prop])
    assert labels.persons == ()
    assert len(labels.ignore_px) == 1


def test_somebody_tiny_is_an_area_to_ignore():
    labels = _labels([figure(0, yaw_deg=180)], level_camera(30.0))
    assert labels.persons == ()
    assert len(labels.ignore_px) == 1
