"""RULA: the paper's tables, worked examples, and what a camera's lower bound keeps to."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from strained_people import angles

from edge_agent.posture.rula import arm_score, body_score, grand_score, rula_at_least

UPPER_ARM, LOWER_ARM, WRIST, TWIST = range(1, 7), range(1, 4), range(1, 5), range(1, 3)
NECK, TRUNK, LEGS = range(1, 7), range(1, 7), range(1, 3)


def test_the_corners_of_the_tables() -> None:
    assert (arm_score(1), arm_score(6, 3, 4, 2), arm_score(6), arm_score(1, 3, 4, 2)) == (1, 9, 7, 4)
    assert (body_score(1, 1), body_score(6, 6, 2), body_score(6, 1), body_score(1, 6, 2)) == (1, 9, 8, 7)
    assert (grand_score(1, 1), grand_score(8, 7), grand_score(8, 1), grand_score(1, 7)) == (1, 7, 5, 5)


def test_scores_beyond_the_last_row_and_column_stay_in_them() -> None:
    assert [grand_score(9, 1), grand_score(13, 13), grand_score(1, 12)] == [5, 7, 5]


def test_a_cell_in_every_second_row_of_table_a_that_some_work_sheets_print_otherwise() -> None:
    assert [arm_score(2, 2), arm_score(3, 1), arm_score(3, 3), arm_score(4, 2)] == [3, 3, 4, 4]


def test_a_worker_who_takes_hold_of_a_piece_of_cardboard() -> None:
    # A solved exercise of a university course: shoulder at 45 deg, elbow under 60, all the rest neutral; repeated.
    arm, body = arm_score(2, 2, 1, 1), body_score(1, 1, 1)
    assert (arm, body) == (3, 1)
    assert grand_score(arm + 1, body + 1) == 3


def test_a_worker_with_a_raised_arm_and_a_bent_trunk_on_uneven_legs() -> None:
    # A filled-in sheet of the method: both groups get one more for what is held or repeated.
    arm, body = arm_score(4, 3, 3, 1), body_score(3, 4, 2)
    assert (arm, body) == (5, 6)
    assert grand_score(arm + 1, body + 1) == 7


@pytest.mark.parametrize(
    ("table", "axes"),
    [
        (arm_score, (UPPER_ARM, LOWER_ARM, WRIST, TWIST)),
        (body_score, (NECK, TRUNK, LEGS)),
        (grand_score, (range(1, 14), range(1, 14))),
    ],
)
def test_no_table_falls_along_any_axis(table, axes) -> None:
    for index, axis in enumerate(axes):
        others = [[1] if at == index else other for at, other in enumerate(axes)]
        for cell in product(*others):
            row = [table(*cell[:index], step, *cell[index + 1 :]) for step in axis]
            assert all(low <= high for low, high in pairwise(row)), (table, index, cell)


def test_whatever_the_camera_does_not_see_the_true_score_is_no_lower() -> None:
    for arm, lower, wrist, twist, neck, trunk, legs in product(UPPER_ARM, LOWER_ARM, WRIST, TWIST, NECK, TRUNK, LEGS):
        true = grand_score(arm_score(arm, lower, wrist, twist), body_score(neck, trunk, legs))
        assert true >= grand_score(arm_score(arm), body_score(neck, trunk))


@pytest.mark.parametrize(
    ("at_least", "body"),
    [
        (1, angles()),
        (1, angles(trunk=5.0, neck=10.0, arm=20.0)),
        (2, angles(trunk=20.0)),
        (3, angles(trunk=20.1)),
        (4, angles(trunk=61.0)),
        (3, angles(trunk=30.0, neck=21.0)),
        (4, angles(trunk=30.0, neck=21.0, arm=91.0)),
        (3, angles(arm=46.0)),
        (3, angles(arm=91.0)),
        (5, angles(trunk=61.0, neck=21.0, arm=91.0)),
    ],
)
def test_the_score_of_a_posture(at_least: int, body) -> None:
    assert rula_at_least(body) == at_least


def test_a_trunk_that_leans_a_little_may_lean_on_the_back_of_a_seat() -> None:
    assert rula_at_least(angles(trunk=15.0, arm=30.0, on_feet=True)) == 2
    assert rula_at_least(angles(trunk=15.0, arm=30.0, on_feet=False)) == 2
    assert rula_at_least(angles(trunk=15.0, on_feet=True)) == 2
    assert rula_at_least(angles(trunk=15.0, on_feet=False)) == 1
    assert rula_at_least(angles(trunk=25.0, on_feet=False)) == 3


def test_what_is_not_told_is_neutral() -> None:
    assert rula_at_least(angles(trunk=30.0, neck=None, arm=None, knees=None)) == rula_at_least(angles(trunk=30.0))


def test_one_camera_never_finds_the_highest_level() -> None:
    assert max(rula_at_least(angles(t, n, a)) for t, n, a in product((0, 10, 40, 120), (0, 15, 90), (0, 60, 180))) == 5
