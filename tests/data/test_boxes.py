"""Boxes: areas, shared areas, and intersection over union."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.data.boxes import areas, intersections, iou

Floats = npt.NDArray[np.float64]
SIDE = 24

# Corners on whole pixels, so that counting pixels is an oracle.
CORNERS = st.integers(0, SIDE)
BOXES = st.tuples(CORNERS, CORNERS, CORNERS, CORNERS).map(
    lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)


def row(box: tuple[float, ...]) -> Floats:
    return np.array([box], np.float64)


def pixels(box: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask


@given(BOXES, BOXES)
def test_shared_area_and_iou_are_those_of_counted_pixels(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    both = np.count_nonzero(pixels(first) & pixels(second))
    either = np.count_nonzero(pixels(first) | pixels(second))
    assert intersections(row(first), row(second))[0, 0] == both
    assert areas(row(first))[0] == np.count_nonzero(pixels(first))
    assert iou(row(first), row(second))[0, 0] == pytest.approx(both / either if either else 0.0)


@given(BOXES, BOXES, st.floats(0.1, 50.0), st.floats(-1000.0, 1000.0), st.floats(-1000.0, 1000.0))
def test_iou_is_symmetric_and_the_same_at_every_place_and_scale(
    first: tuple[int, ...], second: tuple[int, ...], scale: float, dx: float, dy: float
) -> None:
    a, b = row(first), row(second)
    expected = iou(a, b)
    assert 0.0 <= expected[0, 0] <= 1.0
    assert iou(b, a) == expected.T
    shift = np.array([dx, dy, dx, dy])
    assert iou(scale * a + shift, scale * b + shift)[0, 0] == pytest.approx(expected[0, 0], abs=1e-6)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=4, max_size=4), BOXES)
def test_iou_of_float32_boxes_of_any_kind_stays_in_range(corners: list[float], other: tuple[int, ...]) -> None:
    value = iou(np.array([corners], np.float32), np.array([other], np.float32))[0, 0]
    assert 0.0 <= value <= 1.0


def test_a_box_turned_inside_out_or_without_area_shares_nothing() -> None:
    whole = row((0, 0, 10, 10))
    for hollow in (row((8, 8, 2, 2)), row((5, 5, 5, 9)), row((5, 5, 5, 5))):
        assert areas(hollow)[0] == 0.0
        assert iou(hollow, whole)[0, 0] == 0.0
        assert iou(hollow, hollow)[0, 0] == 0.0


def test_every_box_is_compared_with_every_other() -> None:
    first = np.array([[0, 0, 2, 2], [0, 0, 4, 2]], np.float32)
    second = np.array([[0, 0, 2, 2], [2, 0, 4, 2], [9, 9, 10, 10]], np.float32)
    assert iou(first, second).tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_no_boxes_give_an_empty_matrix(n: int, m: int) -> None:
    assert iou(np.zeros((n, 4)), np.ones((m, 4))).shape == (n, m)
