"""What types cannot say of a camera's calibration: which values exclude each other, and which marks no floor shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge_agent.data.floor_points import Point, floor_points_problem
from edge_agent.settings.finding import Finding, KeyPath

_POINTS = 4


def calibration_findings(path: KeyPath, calibration: object) -> Iterator[Finding]:
    """Check one camera's calibration, as plain values.

    Args:
        path: Of it in the document.
        calibration: What stands there; None where nothing does.
    """
    if not isinstance(calibration, dict):
        return
    tilted = [key for key in ("tilt_deg", "height_m") if calibration.get(key) is not None]
    points = calibration.get("floor_points")
    if points is None and "tilt_deg" not in tilted:
        advice = "give the tilt that a spirit level shows, or four marks on the floor"
        yield Finding(path, "has neither `tilt_deg` nor `floor_points`", advice, replaces=False)
    for key in tilted if points is not None else ():
        message = "cannot stand beside `floor_points`, which tell it, too"
        yield Finding((*path, key), message, "keep the one or the other")
    marks = _marks(points)
    if marks is not None:
        problem = floor_points_problem(*marks)
        if problem is not None:
            yield Finding((*path, "floor_points"), problem, _advice(problem))


def _marks(points: object) -> tuple[list[Point], list[Point]] | None:
    """Places in the picture and on the floor; None where the types have something to say of them."""
    if not isinstance(points, list) or len(points) != _POINTS:
        return None
    shown: list[Point] = []
    places_m: list[Point] = []
    for point in points:
        at = point.get("at") if isinstance(point, dict) else None
        if not isinstance(at, list) or len(at) != 2 or not isinstance(point, dict):
            return None
        values: list[Any] = [*at, point.get("x_m"), point.get("y_m")]
        if not all(type(value) in (int, float) for value in values) or not all(0.0 <= value <= 1.0 for value in at):
            return None
        shown.append((float(values[0]), float(values[1])))
        places_m.append((float(values[2]), float(values[3])))
    return shown, places_m


def _advice(problem: str) -> str:
    if "same place" in problem:
        return "give four different marks"
    if "line" in problem:
        return "take marks like the corners of a rectangle, far apart"
    return "check which mark is which, and that y of `at` counts from the top"
