"""Drawn scripts and poses: seeded, possible, varied."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.joint_angles import of_rotations
from edge_agent.models.training.scene.joint_limits import is_possible
from edge_agent.models.training.scene.plan_motion import Area, Habits, plan_motion
from edge_agent.models.training.scene.random_pose import overlap_m, random_pose
from edge_agent.models.training.scene.script import Script
from edge_agent.models.training.scene.skeleton import generic_skeleton, joint_positions, lowest_point_m

SKELETON = generic_skeleton()


def test_the_same_seed_gives_the_same_motion() -> None:
    first, second = (plan_motion(np.random.default_rng(5), SKELETON, 20.0) for _ in range(2))
    assert first.duration_s == second.duration_s >= 20.0
    for time in (0.0, 7.3, 19.9):
        one, other = first.at(time), second.at(time)
        assert one.action == other.action
        np.testing.assert_array_equal(one.pose.rotations, other.pose.rotations)
        np.testing.assert_array_equal(one.pose.pelvis_m, other.pose.pelvis_m)


@pytest.mark.parametrize("seed", range(6))
def test_a_drawn_motion_is_possible_and_stays_about_its_area(seed: int) -> None:
    area = Area(0.0, 0.0, 4.0, 3.0)
    motion = plan_motion(np.random.default_rng(seed), SKELETON, 40.0, area, Habits(fall=1.0))
    actions = set()
    for time in np.arange(0.0, motion.duration_s, 0.25):
        sample = motion.at(float(time))
        actions.add(sample.action)
        assert is_possible(of_rotations(sample.pose.rotations), 1e-3)
        assert -2.0 < sample.pose.pelvis_m[0] < 6.0
        assert -2.0 < sample.pose.pelvis_m[1] < 5.0
    assert "lie" in actions


def test_the_same_seed_gives_the_same_pose() -> None:
    first, second = (random_pose(np.random.default_rng(9), SKELETON) for _ in range(2))
    np.testing.assert_array_equal(first.pose.rotations, second.pose.rotations)


def test_drawn_poses_are_possible_varied_and_mostly_clear_of_themselves() -> None:
    rng = np.random.default_rng(1)
    samples = [random_pose(rng, SKELETON) for _ in range(150)]
    assert all(is_possible(of_rotations(sample.pose.rotations), 1e-3) for sample in samples)
    heights = np.array([lowest_point_m(SKELETON, sample.pose) for sample in samples])
    assert heights.min() > -1e-9
    assert heights.max() < 0.6
    assert np.mean(heights < 1e-9) > 0.9
    assert np.mean([overlap_m(SKELETON, sample.pose) <= 0.0 for sample in samples]) > 0.8
    assert len({sample.action for sample in samples}) >= 12
    points = np.stack([joint_positions(SKELETON, sample.pose) for sample in samples])
    wrists = points[:, Joint.LEFT_WRIST] - points[:, Joint.LEFT_SHOULDER]
    assert np.mean(wrists[:, 2] > 0.0) > 0.1
    assert np.mean(points[:, Joint.HEAD, 2] < 0.8) > 0.1


def test_an_empty_script_and_no_time_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Script(SKELETON).motion()
    with pytest.raises(ValueError, match="positive"):
        plan_motion(np.random.default_rng(0), SKELETON, 0.0)
