"""A camera's calibration in the configuration file: two ways to give it, and what no floor can show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_agent.data.calibration import Calibration, FloorPoint
from edge_agent.errors import Problem
from edge_agent.settings.settings import Settings

Load = Callable[[str], Settings]
Refused = Callable[[str], tuple[Problem, ...]]

HEAD = "site: plant-1\ndevice: hall-1\nmqtt: {host: broker.example}\n"
CAMERA = "cameras:\n  - name: cam-1\n    source: {type: v4l2, device: /dev/video0}\n"

POINTS = (
    "{at: [0.29, 0.95], x_m: 0, y_m: 0}",
    "{at: [0.67, 0.96], x_m: 2, y_m: 0}",
    "{at: [0.59, 0.56], x_m: 2, y_m: 4}",
    "{at: [0.39, 0.56], x_m: 0, y_m: 4}",
)


def with_points(*points: str, fov_deg: float = 62, more: str = "") -> str:
    """A configuration with floor points from line 9 on."""
    lines = "".join(f"        - {point}\n" for point in points)
    return f"{HEAD}{CAMERA}    calibration:\n      fov_deg: {fov_deg}\n      floor_points:\n{lines}{more}"


def test_a_camera_may_tell_its_height_or_four_marks_on_the_floor(load: Load) -> None:
    tall = load(f"{HEAD}{CAMERA}    calibration: {{tilt_deg: 20, fov_deg: 62.5, height_m: 3.2}}\n")
    assert tall.cameras[0].calibration == Calibration(tilt_deg=20.0, fov_deg=62.5, height_m=3.2)
    marked = load(with_points(*POINTS)).cameras[0].calibration
    assert marked is not None
    assert marked.floor_points is not None
    assert marked.floor_points[2] == FloorPoint(at=(0.59, 0.56), x_m=2.0, y_m=4.0)
    assert (tall.cameras[0].calibration.knows_metres, marked.knows_metres) == (True, True)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (POINTS[:3], "expected a list of 4 entries, found a list of 3"),
        ((*POINTS, POINTS[0]), "expected a list of 4 entries, found a list of 5"),
        ((POINTS[1], POINTS[0], *POINTS[2:]), ""),
        (
            (POINTS[0], POINTS[1].replace("x_m: 2", "x_m: 0"), *POINTS[2:]),
            "points 1 and 2 are at the same place on the floor",
        ),
        ((*POINTS[:3], POINTS[0].replace("x_m: 0", "x_m: 1")), "points 1 and 4 are at the same place in the picture"),
        (
            (*POINTS[:2], POINTS[2].replace("y_m: 4", "y_m: 0.01"), POINTS[3]),
            "points 1, 2 and 3 are nearly on one line",
        ),
        (
            (POINTS[0].replace("x_m: 0", "x_m: 2"), POINTS[1].replace("x_m: 2", "x_m: 0"), *POINTS[2:]),
            "no floor can show so: two points are swapped, or one is above the horizon",
        ),
    ],
)
def test_marks_that_no_floor_shows_are_refused(
    load: Load, refused: Refused, points: tuple[str, ...], message: str
) -> None:
    if not message:
        assert load(with_points(*points)).cameras[0].calibration is not None, "they may stand in any order"
        return
    (problem,) = refused(with_points(*points))
    assert problem.path == "cameras[0].calibration.floor_points"
    assert problem.line == 9
    assert message in problem.message


def test_floor_points_and_a_tilt_exclude_each_other_and_every_problem_is_told_with_its_line(refused: Refused) -> None:
    more = "      tilt_deg: 20\n      height_m: 3\n"
    problems = refused(with_points(POINTS[0].replace("0.29", "320"), *POINTS[1:], more=more))
    assert [(problem.line, problem.path.removeprefix("cameras[0].calibration.")) for problem in problems] == [
        (10, "floor_points[0].at[0]"),
        (14, "tilt_deg"),
        (15, "height_m"),
    ]
    assert problems[1].message == "cannot stand beside `floor_points`, which tell it, too"


@pytest.mark.parametrize("calibration", ["{fov_deg: 62}", "{fov_deg: 62, height_m: 3}"])
def test_a_calibration_that_says_nothing_of_the_floor_is_refused(refused: Refused, calibration: str) -> None:
    (problem,) = refused(f"{HEAD}{CAMERA}    calibration: {calibration}\n")
    assert (problem.line, problem.path) == (7, "cameras[0].calibration")
    assert problem.message == "has neither `tilt_deg` nor `floor_points`"


@pytest.mark.parametrize("height_m", ["0.2", "31", '"3"'])
def test_a_camera_does_not_hang_in_the_floor_nor_in_the_sky(refused: Refused, height_m: str) -> None:
    calibration = f"{{fov_deg: 62, tilt_deg: 20, height_m: {height_m}}}"
    (problem,) = refused(f"{HEAD}{CAMERA}    calibration: {calibration}\n")
    assert problem.path == "cameras[0].calibration.height_m"
