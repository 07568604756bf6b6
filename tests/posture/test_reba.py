"""REBA: the paper's tables, worked examples, and what a camera's lower bound keeps to."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from strained_people import angles

from edge_agent.posture.reba import arm_score, body_score, grand_score, reba_at_least

TRUNK, NECK, LEGS = range(1, 6), range(1, 4), range(1, 5)
UPPER_ARM, LOWER_ARM, WRIST = range(1, 7), range(1, 3), range(1, 4)


def test_the_corners_of_the_tables() -> None:
    assert (body_score(1, 1, 1), body_score(5, 3, 4), body_score(5, 1, 1), body_score(1, 3, 4)) == (1, 9, 4, 6)
    assert (arm_score(1), arm_score(6, 2, 3), arm_score(6), arm_score(1, 2, 3)) == (1, 9, 7, 3)
    assert (grand_score(1, 1), grand_score(12, 12), grand_score(12, 1), grand_score(1, 12)) == (1, 12, 12, 7)


def test_two_published_sides_of_one_posture() -> None:
    # The example that an independent implementation prints: neck, trunk and legs 2; upper arm 1, lower arm 2.
    body = body_score(trunk=2, neck=2, legs=2)
    left, right = arm_score(1, 2, 3), arm_score(1, 2, 2)
    assert (body, left, right) == (4, 3, 2)
    assert (grand_score(body, left), grand_score(body, right)) == (4, 4)


def test_an_arm_overhead_with_a_bent_and_twisted_wrist() -> None:
    # A published guide's example: upper arm 4 + 1 + 1, lower arm 2, wrist 2 + 1.
    assert arm_score(6, 2, 3) == 9


@pytest.mark.parametrize(
    ("table", "axes"),
    [
        (body_score, (TRUNK, NECK, LEGS)),
        (arm_score, (UPPER_ARM, LOWER_ARM, WRIST)),
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
    for trunk, neck, legs, arm, lower, wrist in product(TRUNK, NECK, LEGS, UPPER_ARM, LOWER_ARM, WRIST):
        true = grand_score(body_score(trunk, neck, legs), arm_score(arm, lower, wrist))
        assert true >= grand_score(body_score(trunk, neck, 1), arm_score(arm))


@pytest.mark.parametrize(
    ("at_least", "body"),
    [
        (1, angles()),
        (1, angles(trunk=5.0, neck=20.0, arm=20.0)),
        (1, angles(trunk=60.0)),
        (2, angles(trunk=60.1)),
        (3, angles(trunk=5.1, neck=21.0, arm=46.0)),
        (4, angles(trunk=20.1, neck=21.0, arm=46.0)),
        (2, angles(arm=91.0)),
        (1, angles(arm=90.0)),
        (2, angles(trunk=10.0, knees=31.0)),
        (3, angles(trunk=10.0, knees=61.0)),
        (8, angles(trunk=61.0, neck=21.0, arm=91.0, knees=61.0)),
    ],
)
def test_the_score_of_a_posture(at_least: int, body) -> None:
    assert reba_at_least(body) == at_least


def test_what_is_not_told_is_neutral() -> None:
    assert reba_at_least(angles(trunk=70.0, neck=None, arm=None, knees=None)) == reba_at_least(angles(trunk=70.0))
