"""What an installer reads in the journal of a camera's calibration."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from edge_agent.app.calibration_log import CalibrationLog
from edge_agent.data.calibration import Calibration, FloorPoint
from edge_agent.data.frame import Frame

POINTS = (
    FloorPoint(at=(0.29, 0.95), x_m=0.0, y_m=0.0),
    FloorPoint(at=(0.67, 0.96), x_m=2.0, y_m=0.0),
    FloorPoint(at=(0.59, 0.56), x_m=2.0, y_m=4.0),
    FloorPoint(at=(0.39, 0.56), x_m=0.0, y_m=4.0),
)
MARKED = Calibration(fov_deg=62.0, floor_points=POINTS)


def frame(width_px: int = 640, camera: str = "hall") -> Frame:
    return Frame(camera, 1, 1.0, np.zeros((480, width_px, 3), np.uint8))


def test_how_a_camera_stands_is_told_once_for_each_size_and_calibration(caplog: pytest.LogCaptureFixture) -> None:
    tell = CalibrationLog()
    other = replace(MARKED, fov_deg=60.0)
    with caplog.at_level(logging.INFO):
        for shot, calibration in (
            (frame(), MARKED),
            (frame(), MARKED),
            (frame(camera="yard"), None),
            (frame(600), MARKED),
            (frame(600), other),
        ):
            tell(shot, calibration)
    assert len(caplog.messages) == 3
    assert caplog.messages[0].startswith("camera hall: looks down 20 deg and rolls 1 deg, 3.2 m above the floor")
    assert "its floor points fit to" in caplog.messages[0]


def test_marks_that_do_not_fit_are_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    wrong = replace(MARKED, floor_points=(*POINTS[:2], replace(POINTS[2], x_m=4.0), POINTS[3]))
    CalibrationLog()(frame(), wrong)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "a point is mistyped" in record.getMessage()
    assert record.getMessage().endswith("it counts as not calibrated")
