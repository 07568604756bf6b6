"""Which angles one camera tells, and that none is larger than the true one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stick_figures import SITTING, SQUATTING, posture_of, track
from strained_people import UPRIGHT_EARS_DEG, in_room, person

from edge_agent.data.posture import Band
from edge_agent.posture.body_angles import observe, points


def test_a_limit_belongs_to_the_range_below_it() -> None:
    assert [points(angle, (20.0, 45.0)) for angle in (None, 0.0, 20.0, 20.1, 45.0, 46.0)] == [1, 1, 1, 2, 2, 3]


def test_without_calibration_the_angles_are_the_picture_s() -> None:
    seen = observe(person(trunk=12.0, ears=40.0, left_arm=30.0, right_arm=70.0), calibrated=False)
    assert (seen.trunk_deg, seen.neck_deg, seen.upper_arm_deg) == (12.0, 40.0 - UPRIGHT_EARS_DEG, 70.0)
    assert seen.observed


def test_an_upright_head_s_ears_are_no_flexion() -> None:
    assert observe(person(ears=UPRIGHT_EARS_DEG), calibrated=False).neck_deg == 0.0
    assert observe(person(ears=3.0), calibrated=False).neck_deg == 0.0


def test_a_neck_over_a_bent_trunk_is_not_told() -> None:
    assert observe(person(trunk=20.0, ears=50.0), calibrated=False).neck_deg == 35.0
    assert observe(person(trunk=21.0, ears=50.0), calibrated=False).neck_deg is None


@pytest.mark.parametrize("hidden", ["trunk", "ears"])
def test_without_trunk_or_neck_a_body_is_not_observed(hidden: str) -> None:
    assert not observe(person(**{hidden: None}), calibrated=False).observed


def test_one_arm_is_enough_and_none_is_not() -> None:
    one = observe(person(left_arm=None, right_arm=50.0), calibrated=False)
    none = observe(person(left_arm=None, right_arm=None), calibrated=False)
    assert (one.upper_arm_deg, one.observed) == (50.0, True)
    assert (none.upper_arm_deg, none.observed) == (None, False)


def test_with_calibration_the_smaller_solution_counts() -> None:
    posture = in_room(person(trunk=80.0), Band(10.0, 15.0), Band(80.0, 120.0), Band(5.0, 20.0))
    seen = observe(posture, calibrated=True)
    assert (seen.trunk_deg, seen.upper_arm_deg) == (10.0, 80.0 - 15.0)


def test_with_calibration_the_picture_s_angles_never_stand_in() -> None:
    seen = observe(person(trunk=40.0, left_arm=90.0), calibrated=True)
    assert (seen.trunk_deg, seen.upper_arm_deg) == (None, None)


def test_arms_that_hang_down_from_a_bent_trunk_are_not_raised() -> None:
    posture = in_room(person(trunk=80.0), Band(78.0, 82.0), Band(0.0, 8.0), Band(0.0, 8.0))
    assert observe(posture, calibrated=True).upper_arm_deg == 0.0


def test_arms_along_a_bent_trunk_are_not_raised() -> None:
    posture = in_room(person(trunk=80.0), Band(78.0, 82.0), Band(75.0, 85.0), Band(75.0, 85.0))
    assert observe(posture, calibrated=True).upper_arm_deg == 0.0


DIRECTIONS = st.tuples(st.floats(0.0, math.pi), st.floats(0.0, 2.0 * math.pi))
SLACK_DEG = st.tuples(st.floats(0.0, 60.0), st.floats(0.0, 60.0))


def vector(direction: tuple[float, float]) -> tuple[float, float, float]:
    polar, azimuth = direction
    return math.sin(polar) * math.cos(azimuth), math.sin(polar) * math.sin(azimuth), math.cos(polar)


def band(angle_deg: float, slack_deg: tuple[float, float]) -> Band:
    return Band(max(0.0, angle_deg - slack_deg[0]), min(180.0, angle_deg + slack_deg[1]))


@given(trunk=DIRECTIONS, arm=DIRECTIONS, slack=SLACK_DEG, arm_slack=SLACK_DEG)
def test_an_arm_is_never_raised_more_than_it_truly_is(trunk, arm, slack, arm_slack) -> None:
    # Both as directions from hanging or standing upright; the bands hold the truth.
    cosine = sum(a * b for a, b in zip(vector(trunk), vector(arm), strict=True))
    apart = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
    inclined, raised = math.degrees(trunk[0]), math.degrees(arm[0])
    posture = in_room(person(), band(inclined, slack), band(raised, arm_slack), None)
    seen = observe(posture, calibrated=True)
    assert seen.upper_arm_deg is not None
    assert seen.upper_arm_deg <= min(apart, raised) + 1e-4


def test_bent_knees_count_in_a_squat_and_not_on_a_chair() -> None:
    squatting = observe(posture_of(track(SQUATTING.keypoints_px)), calibrated=False)
    sitting = observe(posture_of(track(SITTING.keypoints_px)), calibrated=False)
    assert squatting.knees_deg == pytest.approx(125.0, abs=1.0)
    assert sitting.knees_deg == 0.0
    assert not squatting.on_feet
    assert not sitting.on_feet


def test_the_straighter_knee_counts_and_both_must_be_seen() -> None:
    squatting = posture_of(track(SQUATTING.keypoints_px))
    lunging = replace(squatting, left_knee_deg=squatting.left_knee_deg._replace(value=140.0))
    hidden = replace(squatting, left_knee_deg=squatting.left_knee_deg._replace(confidence=0.2))
    assert observe(lunging, calibrated=False).knees_deg == pytest.approx(40.0)
    assert observe(hidden, calibrated=False).knees_deg is None
