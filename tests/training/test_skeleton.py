"""Proportions, forward kinematics and the floor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.training.scene.body_pose import BodyPose, Joint
from edge_agent.models.training.scene.joint_angles import of_rotations, to_rotations
from edge_agent.models.training.scene.joint_limits import HIGH_DEG, LOW_DEG, clamped, is_possible
from edge_agent.models.training.scene.skeleton import (
    generic_skeleton,
    grounded,
    joint_positions,
    lowest_point_m,
    skeleton_from_offsets,
)


def at_rest() -> BodyPose:
    return BodyPose(np.zeros(3), np.tile(np.eye(3), (19, 1, 1)))


def turned(joint: Joint, flexion: float = 0.0, abduction: float = 0.0, twist: float = 0.0) -> np.ndarray:
    angles = np.zeros((19, 3))
    angles[joint] = flexion, abduction, twist
    return joint_positions(generic_skeleton(), BodyPose(np.zeros(3), to_rotations(angles)))


def possible_angles(seed: int) -> np.ndarray:
    low, high = LOW_DEG.copy(), HIGH_DEG.copy()
    low[0], high[0] = -80.0, 80.0
    return clamped(np.random.default_rng(seed).uniform(low, high))


def test_a_standing_body_is_as_high_as_its_proportions_say() -> None:
    skeleton = generic_skeleton(1.8)
    points = joint_positions(skeleton, grounded(skeleton, at_rest()))
    assert points[Joint.LEFT_HIP, 2] == pytest.approx(0.530 * 1.8)
    assert points[Joint.RIGHT_KNEE, 2] == pytest.approx(0.285 * 1.8)
    assert points[Joint.LEFT_SHOULDER, 2] == pytest.approx(0.818 * 1.8)


def test_the_two_sides_mirror_each_other() -> None:
    points = joint_positions(generic_skeleton(), at_rest())
    np.testing.assert_allclose(points[5:9] * [1, -1, 1], points[9:13], atol=1e-12)
    np.testing.assert_allclose(points[13:16] * [1, -1, 1], points[16:19], atol=1e-12)


def test_knees_bend_backward_and_elbows_forward() -> None:
    rest = joint_positions(generic_skeleton(), at_rest())
    assert (turned(Joint.LEFT_KNEE, 60.0) - rest)[Joint.LEFT_ANKLE, 0] < -0.2
    assert (turned(Joint.RIGHT_ELBOW, 60.0) - rest)[Joint.RIGHT_WRIST, 0] > 0.1
    assert (turned(Joint.RIGHT_HIP, 60.0) - rest)[Joint.RIGHT_KNEE, 0] > 0.2
    assert (turned(Joint.SPINE, 40.0) - rest)[Joint.HEAD, 0] > 0.2


@pytest.mark.parametrize(("joint", "side"), [(Joint.LEFT_SHOULDER, 1.0), (Joint.RIGHT_SHOULDER, -1.0)])
def test_abduction_goes_outward_on_either_side(joint: Joint, side: float) -> None:
    rest = joint_positions(generic_skeleton(), at_rest())
    assert side * (turned(joint, abduction=60.0) - rest)[joint + 2, 1] > 0.3


@given(st.integers(0, 2**32 - 1))
def test_angles_survive_the_way_through_rotation_matrices(seed: int) -> None:
    angles = possible_angles(seed)
    rotations = to_rotations(angles)
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), np.tile(np.eye(3), (19, 1, 1)), atol=1e-9)
    np.testing.assert_allclose(of_rotations(rotations), angles, atol=1e-4)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
def test_between_two_possible_poses_all_are_possible(seed: int, share: float) -> None:
    first, second = possible_angles(seed), possible_angles(seed + 1)
    assert is_possible((1.0 - share) * first + share * second)


@given(st.integers(0, 2**32 - 1))
def test_grounded_bodies_touch_the_floor_exactly(seed: int) -> None:
    skeleton = generic_skeleton()
    pose = BodyPose(np.array([1.0, 2.0, 3.0]), to_rotations(possible_angles(seed)))
    down = grounded(skeleton, pose)
    assert lowest_point_m(skeleton, down) == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_array_equal(down.pelvis_m[:2], pose.pelvis_m[:2])


def test_what_is_no_body_is_refused() -> None:
    with pytest.raises(ValueError, match="height_m"):
        generic_skeleton(17.5)
    with pytest.raises(ValueError, match="one row a joint"):
        skeleton_from_offsets(np.zeros((17, 3)))
