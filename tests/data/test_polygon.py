"""Zones: which polygons are sound, and which points are in them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.data.polygon import Point, area, contains, polygon_problem

SQUARE: list[Point] = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
BOW_TIE: list[Point] = [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)]

# Multiples of 1/16 are exact in binary, so that the oracles below and the code see the same numbers.
GRID = st.integers(0, 16).map(lambda k: k / 16)
POINTS = st.tuples(GRID, GRID)
POLYGONS = st.lists(POINTS, min_size=3, max_size=8, unique=True)


def shares_more_than(first: tuple[Point, Point], second: tuple[Point, Point], common: Point | None) -> bool:
    """Whether two segments share a point other than `common`: both written as p + t (q - p) and solved exactly."""
    (ax, ay), (bx, by) = ((Fraction(x), Fraction(y)) for x, y in first)
    (cx, cy), (dx, dy) = ((Fraction(x), Fraction(y)) for x, y in second)
    ux, uy, vx, vy, wx, wy = bx - ax, by - ay, dx - cx, dy - cy, cx - ax, cy - ay
    determinant = ux * vy - uy * vx
    if determinant != 0:
        t, s = (wx * vy - wy * vx) / determinant, (wx * uy - wy * ux) / determinant
        return 0 <= t <= 1 and 0 <= s <= 1 and (ax + t * ux, ay + t * uy) != common
    if wx * uy - wy * ux != 0:
        return False
    along = ux * ux + uy * uy
    low, high = sorted(((wx * ux + wy * uy) / along, ((dx - ax) * ux + (dy - ay) * uy) / along))
    low, high = max(low, Fraction(0)), min(high, Fraction(1))
    return low < high or (low == high and (ax + low * ux, ay + low * uy) != common)


def crosses_itself(polygon: list[Point]) -> bool:
    """The oracle: every pair of edges, neighbours sharing nothing but their vertex."""
    edges = [(vertex, polygon[(k + 1) % len(polygon)]) for k, vertex in enumerate(polygon)]
    for first, second in combinations(edges, 2):
        ends = set(first) & set(second)
        if shares_more_than(first, second, ends.pop() if ends else None):
            return True
    return False


@given(POLYGONS)
def test_a_polygon_is_sound_exactly_where_no_two_edges_meet_and_it_has_an_area(polygon: list[Point]) -> None:
    problem = polygon_problem(polygon)
    if crosses_itself(polygon):
        assert problem is not None
        assert "crosses" in problem or "on one line" in problem
    else:
        assert problem is None


@given(POLYGONS, st.integers(0, 7), st.booleans())
def test_soundness_does_not_depend_on_where_the_list_begins_or_which_way_it_goes(
    polygon: list[Point], shift: int, backwards: bool
) -> None:
    turned = polygon[shift % len(polygon) :] + polygon[: shift % len(polygon)]
    turned = turned[::-1] if backwards else turned
    assert (polygon_problem(polygon) is None) == (polygon_problem(turned) is None)


@given(st.lists(st.integers(0, 359), min_size=3, max_size=9, unique=True))
def test_points_on_a_circle_are_sound_in_order_and_cross_when_two_neighbours_are_swapped(angles_deg: list[int]) -> None:
    ring = [
        (0.5 + 0.4 * math.cos(math.radians(angle)), 0.5 + 0.4 * math.sin(math.radians(angle)))
        for angle in sorted(angles_deg)
    ]
    problem = polygon_problem(ring)
    assert problem is None or "covers less" in problem
    if len(ring) > 3:
        ring[0], ring[1] = ring[1], ring[0]
        assert "crosses" in (polygon_problem(ring) or "")


@given(POLYGONS, POINTS)
def test_a_point_is_inside_where_opencv_says_so_and_the_border_belongs_to_the_polygon(
    polygon: list[Point], point: Point
) -> None:
    if crosses_itself(polygon):
        return
    contour = np.array(polygon, dtype=np.float32).reshape(-1, 1, 2)
    assert contains(polygon, point) == (cv2.pointPolygonTest(contour, point, measureDist=False) >= 0)


@pytest.mark.parametrize("point", [(0.5, 0.5), (0.2, 0.2), (0.8, 0.5), (0.5, 0.8), (0.79, 0.79)])
def test_inside_and_border(point: Point) -> None:
    assert contains(SQUARE, point)


@pytest.mark.parametrize("point", [(0.1, 0.5), (0.9, 0.5), (0.5, 0.1), (0.5, 0.81), (0.1, 0.2), (0.9, 0.8)])
def test_outside(point: Point) -> None:
    assert not contains(SQUARE, point)


def test_a_person_cut_off_by_the_bottom_of_the_frame_is_in_the_zone_that_reaches_there() -> None:
    assert contains([(0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)], (0.4, 1.0))


def test_area() -> None:
    assert area(SQUARE) == pytest.approx(0.36)
    assert area(SQUARE[::-1]) == pytest.approx(0.36)


@pytest.mark.parametrize(
    ("polygon", "words"),
    [
        ([], "has 0 vertices"),
        ([(0.1, 0.1)], "has 1 vertex,"),
        (SQUARE[:2], "has 2 vertices, and a polygon needs at least 3"),
        ([*SQUARE, SQUARE[0]], "vertices 1 and 5 are the same point"),
        ([(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)], "all vertices lie on one line"),
        (BOW_TIE, "the edge from vertex 1 to 2 crosses the edge from vertex 3 to 4"),
        ([(0.5, 0.5), (0.505, 0.5), (0.505, 0.505)], "covers less than 0.01% of the frame"),
        (
            [(0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.5, 0.25)],
            "the edge from vertex 2 to 3 crosses the edge from vertex 3",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(polygon: list[Point], words: str) -> None:
    assert words in (polygon_problem(polygon) or "")
