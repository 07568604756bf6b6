"""Whether four marks on a floor can be what a camera above it shows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

Point = tuple[float, float]

# Twice the area of a triangle over the square of its longest side: flatter than this a slip of the tape by 1 % of
# the side turns the triangle over. Our own.
_FLATTEST = 0.02


def floor_points_problem(shown: Sequence[Point], places_m: Sequence[Point]) -> str | None:
    """What is wrong with marks in words, counted from 1; None where they are sound.

    A camera above the floor shows every triangle of marks before it with the same sense of turn, or, with the axes of
    the floor laid the other way round, with the opposite sense (Hartley and Zisserman, section 21.1). A mark that is
    mistaken for another, or one that would be above the horizon, turns some triangles over and others not.

    Args:
        shown: Where the marks show, as fractions of the frame.
        places_m: Where they are on the floor.
    """
    for i, j in combinations(range(len(shown)), 2):
        for points, where in ((shown, "in the picture"), (places_m, "on the floor")):
            if points[i] == points[j]:
                return f"points {i + 1} and {j + 1} are at the same place {where}"
    senses = set()
    for triple in combinations(range(len(shown)), 3):
        turns = [_turn(*(points[index] for index in triple)) for points in (shown, places_m)]
        for turn, where in zip(turns, ("in the picture", "on the floor"), strict=True):
            if abs(turn) < _FLATTEST:
                first, second, third = (index + 1 for index in triple)
                return f"points {first}, {second} and {third} are nearly on one line {where}"
        senses.add(turns[0] * turns[1] > 0.0)
    if len(senses) > 1:
        return "no floor can show so: two points are swapped, or one is above the horizon"
    return None


def _turn(a: Point, b: Point, c: Point) -> float:
    """Twice the signed area of a triangle over the square of its longest side."""
    longest = max((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 for p, q in ((a, b), (b, c), (c, a)))
    return ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) / longest
