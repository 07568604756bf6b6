"""Every motion is possible for a body, smooth and on the floor; feet do not slide; falls take their time."""

from __future__ import annotations

import numpy as np
import pytest
from scripted_motions import CALM_ACTS, FALLS, FRAME_S, motion_of, tracks_m

from edge_agent.models.training.scene import acts_fall, acts_work
from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.joint_angles import of_rotations
from edge_agent.models.training.scene.joint_limits import is_possible
from edge_agent.models.training.scene.motion import Motion
from edge_agent.models.training.scene.script import Script
from edge_agent.models.training.scene.skeleton import generic_skeleton, lowest_point_m, tip_positions

SKELETON = generic_skeleton()
CALM_SPEED_M_S = 5.0
JUMP_M = 0.03
"""Change of a joint's step from one frame at 60 Hz to the next; a popping joint would exceed it."""


def poses_checked(motion: Motion, every_s: float = 0.1) -> None:
    for time in np.arange(0.0, motion.duration_s, every_s):
        pose = motion.at(float(time)).pose
        assert is_possible(of_rotations(pose.rotations), 1e-3), time
        assert lowest_point_m(SKELETON, pose) == pytest.approx(0.0, abs=1e-9), time


@pytest.mark.parametrize("name", CALM_ACTS)
def test_an_act_is_possible_smooth_and_on_the_floor(name: str) -> None:
    motion = motion_of(CALM_ACTS[name], SKELETON)
    poses_checked(motion)
    steps = np.diff(tracks_m(motion, SKELETON), axis=0)
    assert np.linalg.norm(steps, axis=2).max() < CALM_SPEED_M_S * FRAME_S
    assert np.linalg.norm(np.diff(steps, axis=0), axis=2).max() < JUMP_M


@pytest.mark.parametrize("name", FALLS)
def test_a_fall_is_possible_and_on_the_floor(name: str) -> None:
    motion = motion_of(FALLS[name], SKELETON)
    poses_checked(motion, 0.05)
    steps = np.linalg.norm(np.diff(tracks_m(motion, SKELETON), axis=0), axis=2)
    assert steps.max() < 9.0 * FRAME_S


@pytest.mark.parametrize("name", FALLS)
def test_a_fall_takes_as_long_as_falls_do_and_speeds_up(name: str) -> None:
    height = tracks_m(motion_of(FALLS[name], SKELETON), SKELETON)[:, Joint.PELVIS, 2]
    begins = int(np.argmax(height < height[0] - 0.03))
    down = int(np.argmax(height < 0.35))
    assert 0.3 <= (down - begins) * FRAME_S <= 0.9
    assert down * FRAME_S <= 1.0
    assert height[-1] < 0.30
    half = (begins + down) // 2
    assert height[half] - height[down] > height[begins] - height[half]


def test_who_has_fallen_lies_still_but_breathes() -> None:
    script = Script(SKELETON)
    acts_fall.trip(script)
    start = script.now_s
    acts_fall.lie(script, 6.0)
    motion = script.motion()
    path = np.stack([tracks_m(motion, SKELETON, 0.1)[int(start / 0.1) + 2 :]])[0]
    moved = np.ptp(path, axis=0).max()
    assert 0.0005 < moved < 0.06


@pytest.mark.parametrize("fall", FALLS)
def test_who_has_fallen_gets_up(fall: str) -> None:
    script = Script(SKELETON)
    FALLS[fall](script)
    acts_fall.get_up(script)
    motion = script.motion()
    poses_checked(motion, 0.2)
    assert tracks_m(motion, SKELETON, 0.1)[-1, Joint.PELVIS, 2] > 0.85


@pytest.mark.parametrize("name", ["walk", "walk back", "carry", "cart", "turn"])
def test_there_is_always_a_foot_that_does_not_slide(name: str) -> None:
    motion = motion_of(CALM_ACTS[name], SKELETON)
    times = np.arange(0.0, motion.duration_s, FRAME_S)
    tips = np.stack([tip_positions(SKELETON, motion.at(float(time)).pose)[3:] for time in times])
    speed = np.linalg.norm(np.diff(tips, axis=0), axis=2) / FRAME_S
    assert np.quantile(speed.min(axis=1), 0.95) < 0.12


def test_a_walk_arrives_where_and_when_it_should() -> None:
    script = Script(SKELETON, (1.0, 1.0), 0.0)
    script.walk([(6.0, 1.0)])
    motion = script.motion()
    np.testing.assert_allclose(motion.at(motion.duration_s).pose.pelvis_m[:2], [6.0, 1.0], atol=0.03)
    assert motion.duration_s == pytest.approx(5.0 / 1.2, abs=0.8)


def test_arms_swing_against_the_legs() -> None:
    script = Script(SKELETON)
    script.walk([(5.0, 0.0)])
    points = tracks_m(script.motion(), SKELETON)[60:-60, :, 0]
    legs = points[:, Joint.LEFT_ANKLE] - points[:, Joint.RIGHT_ANKLE]
    arms = points[:, Joint.LEFT_WRIST] - points[:, Joint.RIGHT_WRIST]
    assert np.corrcoef(legs, arms)[0, 1] < -0.7


def test_stooping_bends_the_trunk_and_not_the_knees() -> None:
    motion = motion_of(acts_work.stoop, SKELETON)
    points = tracks_m(motion, SKELETON)[int(3.0 / FRAME_S)]
    trunk = points[Joint.NECK] - points[Joint.PELVIS]
    assert 70.0 < np.degrees(np.arccos(trunk[2] / np.linalg.norm(trunk))) < 95.0
    angles = of_rotations(motion.at(3.0).pose.rotations)
    assert angles[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE], 0].max() < 40.0


def test_a_step_is_climbed_and_left_again() -> None:
    script = Script(SKELETON)
    acts_work.step_to_height(script, 0.2)
    top = script.now_s
    acts_work.step_to_height(script, 0.0)
    motion = script.motion()
    assert lowest_point_m(SKELETON, motion.at(top).pose) == pytest.approx(0.2, abs=0.01)
    assert lowest_point_m(SKELETON, motion.at(motion.duration_s).pose) == pytest.approx(0.0, abs=0.01)
    steps = np.diff(tracks_m(motion, SKELETON), axis=0)
    assert np.linalg.norm(np.diff(steps, axis=0), axis=2).max() < JUMP_M
