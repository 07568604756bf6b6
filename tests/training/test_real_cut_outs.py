"""Persons are cut out with their joints where they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.training.labels import PersonLabel
from edge_agent.models.training.real.blazepose_region import Region, map_points, region_from_alignment
from edge_agent.models.training.real.coco_joints import INDEX
from edge_agent.models.training.real.cut_outs import paste_frame
from edge_agent.models.training.real.person_matte import is_clean, matte
from edge_agent.models.training.real.pose_sanity import is_body, seen_from_behind

POINTS = np.array([[50.0, 30 + 2 * n] for n in range(17)])
KNOWN = np.ones(17, dtype=bool)
STANDING = {
    "left_shoulder": (60, 100), "right_shoulder": (20, 100), "left_elbow": (65, 130), "right_elbow": (15, 130),
    "left_hip": (52, 160), "right_hip": (28, 160), "left_knee": (52, 210), "right_knee": (28, 210),
}  # fmt: skip


def standing():
    points, known = np.zeros((17, 2)), np.zeros(17, dtype=bool)
    for name, point in STANDING.items():
        points[INDEX[name]], known[INDEX[name]] = point, True
    return points, known


def block(height=100, width=100, *, rows=slice(20, 80), columns=slice(35, 65)):
    alpha = np.zeros((height, width), dtype=np.float32)
    alpha[rows, columns] = 1.0
    return alpha


def test_the_joints_move_with_the_frame_and_absent_ones_stay_absent():
    person = PersonLabel(box_px=(10.0, 20.0, 30.0, 60.0), keypoints=((15.0, 25.0, 2),) * 16 + ((0.0, 0.0, 0),))
    moved = paste_frame(person, x_px=8, y_px=18)
    assert moved.box_px == (2.0, 2.0, 22.0, 42.0)
    assert moved.keypoints[0] == (7.0, 7.0, 2)
    assert moved.keypoints[16] == (0.0, 0.0, 0)


def test_a_whole_person_is_clean_and_a_person_cut_by_the_border_is_not():
    assert is_clean(block(), POINTS, KNOWN)
    assert not is_clean(block(rows=slice(20, 100)), POINTS, KNOWN)


def test_a_person_in_two_pieces_or_off_its_joints_is_not_clean():
    two = block()
    two[45:55] = 0.0
    assert not is_clean(two, POINTS, KNOWN)
    assert not is_clean(block(), POINTS + np.array([40.0, 0.0]), KNOWN)


def test_the_matte_follows_the_edge_in_the_picture():
    picture = np.full((100, 100, 3), 40, dtype=np.uint8)
    picture[20:80, 35:65] = (200, 220, 240)
    alpha = matte(picture, block(rows=slice(21, 79), columns=slice(36, 64)))
    assert alpha is not None
    assert alpha[22:78, 37:63].min() > 0.9
    assert alpha[:17].max() == alpha[:, :32].max() == 0.0


def test_the_matte_refuses_a_mere_speck():
    assert matte(np.zeros((50, 50, 3), dtype=np.uint8), block(50, 50, rows=slice(2, 6), columns=slice(2, 6))) is None


@given(turn_deg=st.floats(-180, 180), side_px=st.floats(20, 900), mirrored=st.booleans())
def test_a_region_maps_there_and_back(turn_deg, side_px, mirrored):
    region = Region(120.0, 80.0, side_px, turn_deg, mirrored)
    points = np.array([[0.0, 0.0], [120.0, 80.0], [33.0, 250.0]])
    crop = map_points(region.to_crop(256), points)
    assert crop[1] == pytest.approx([128.0, 128.0])
    np.testing.assert_allclose(map_points(region.to_picture(256), crop), points, atol=1e-6)


@given(turn_deg=st.floats(-179, 179))
def test_the_crop_shows_the_body_upright(turn_deg):
    up = np.array([np.sin(np.radians(turn_deg)), -np.cos(np.radians(turn_deg))])
    middle = np.array([100.0, 100.0])
    region = region_from_alignment(middle, middle + 60 * up)
    assert region.side_px == pytest.approx(150.0)
    (head,) = map_points(region.to_crop(150), (middle + 60 * up)[None])
    assert head == pytest.approx([75.0, 15.0])


def test_a_body_from_the_front_and_from_behind():
    points, known = standing()
    assert is_body(points, known)
    assert not seen_from_behind(points, known)
    mirrored = points * [-1.0, 1.0]
    assert seen_from_behind(mirrored, known)


def test_a_thigh_of_twice_the_trunk_is_no_body():
    points, known = standing()
    points[INDEX["left_knee"]] = (52, 290)
    assert not is_body(points, known)


def test_the_teacher_sees_nobody_in_noise():
    pytest.importorskip("mediapipe")
    pytest.importorskip("ai_edge_litert")
    from edge_agent.models.training.real.blazepose_models import BlazePose
    from edge_agent.models.training.real.teacher import Teacher

    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    assert Teacher(BlazePose()).find(noise, tiles=(1,)) == []
