"""Plane geometry of zones: whether a polygon is sound, and whether a point is in it.

Points are ``(x, y)``, x right and y down, as fractions of the frame's width and height.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

Point = tuple[float, float]
Segment = tuple[Point, Point]

# A zone smaller than this part of the frame (5 x 5 pixels of 640 x 480) can only be a slip of the pen.
MIN_AREA = 1e-4


def contains(polygon: Sequence[Point], point: Point) -> bool:
    """Whether a point is inside a polygon or on its border.

    Even-odd rule: a ray from the point to the right crosses the border an odd number of times (Shimrat 1962,
    CACM Algorithm 112). The border belongs to the polygon, so that a point at the very edge of the frame is in a
    zone that reaches there.
    """
    # Written out, since every person is asked about every zone in every frame.
    x, y = point
    inside = False
    x0, y0 = polygon[-1]
    for x1, y1 in polygon:
        if y0 <= y <= y1 or y1 <= y <= y0:  # an edge that the ray may meet
            turn = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
            if turn == 0.0 and (x0 <= x <= x1 or x1 <= x <= x0):
                return True
            if (y0 > y) != (y1 > y) and (turn > 0.0) == (y1 > y0):
                inside = not inside
        x0, y0 = x1, y1
    return inside


def area(polygon: Sequence[Point]) -> float:
    """Area of a polygon whose edges do not cross, as a fraction of the frame (shoelace formula)."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _edges(polygon))) / 2.0


def polygon_problem(polygon: Sequence[Point]) -> str | None:
    """What is wrong with a polygon in words, with vertices counted from 1; None where it is sound.

    Sound means: three or more vertices, all distinct, not on one line, no two edges that cross or touch, and an
    area of at least `MIN_AREA`.
    """
    count = len(polygon)
    if count < 3:
        return f"has {count} {'vertex' if count == 1 else 'vertices'}, and a polygon needs at least 3"
    for i, j in combinations(range(count), 2):
        if polygon[i] == polygon[j]:
            return f"vertices {i + 1} and {j + 1} are the same point"
    if all(_turn(polygon[0], polygon[1], vertex) == 0.0 for vertex in polygon[2:]):
        return "all vertices lie on one line, so that it has no area"
    crossing = _first_crossing(polygon)
    if crossing is not None:
        first, second = (f"the edge from vertex {index + 1} to {(index + 1) % count + 1}" for index in crossing)
        return f"{first} crosses {second}"
    if area(polygon) < MIN_AREA:
        return f"covers less than {MIN_AREA:.2%} of the frame"
    return None


def _first_crossing(polygon: Sequence[Point]) -> tuple[int, int] | None:
    edges = list(_edges(polygon))
    for i, j in combinations(range(len(edges)), 2):
        if j == i + 1:
            clash = _folds_back(edges[i], edges[j])
        elif i == 0 and j == len(edges) - 1:
            clash = _folds_back(edges[j], edges[i])
        else:
            clash = _meet(edges[i], edges[j])
        if clash:
            return i, j
    return None


def _edges(polygon: Sequence[Point]) -> Iterator[Segment]:
    for index, vertex in enumerate(polygon):
        yield vertex, polygon[(index + 1) % len(polygon)]


def _turn(a: Point, b: Point, c: Point) -> float:
    """Twice the signed area of the triangle a, b, c; 0 where they lie on one line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _in_box(a: Point, b: Point, p: Point) -> bool:
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])


def _folds_back(first: Segment, second: Segment) -> bool:
    """Whether two edges that follow each other lie on top of each other."""
    (a, b), c = first, second[1]
    forward = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return _turn(a, b, c) == 0.0 and forward < 0.0


def _meet(first: Segment, second: Segment) -> bool:
    """Whether two segments share a point, ends included.

    By the turns of each segment towards the ends of the other (Cormen et al., Introduction to Algorithms,
    section 33.1).
    """
    (a, b), (c, d) = first, second
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    side_c, side_d, side_a, side_b = ((turn > 0.0) - (turn < 0.0) for turn in turns)
    if side_c != side_d and side_a != side_b:
        return True
    return (
        (side_c == 0 and _in_box(a, b, c))
        or (side_d == 0 and _in_box(a, b, d))
        or (side_a == 0 and _in_box(c, d, a))
        or (side_b == 0 and _in_box(c, d, b))
    )
