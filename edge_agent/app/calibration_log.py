"""Tells the installer how a camera stands by its calibration, once the size of its frames is known."""

from __future__ import annotations

import logging
from typing import NamedTuple

from edge_agent.data.calibration import Calibration
from edge_agent.data.frame import Frame
from edge_agent.posture.camera_pose import calibration_to_pose

logger = logging.getLogger(__name__)


class _Told(NamedTuple):
    """What was told of a camera last."""

    calibration: Calibration | None
    width_px: int
    height_px: int


class CalibrationLog:
    """One line for each camera, size of its frames and calibration. Not thread-safe."""

    def __init__(self) -> None:
        self._told: dict[str, _Told] = {}

    def __call__(self, frame: Frame, calibration: Calibration | None) -> None:
        """Take in a frame; nearly always there is nothing new to tell."""
        told = self._told.get(frame.camera)
        if (
            told is not None
            and told.calibration is calibration
            and (told.width_px, told.height_px) == (frame.width_px, frame.height_px)
        ):
            return
        self._told[frame.camera] = _Told(calibration, frame.width_px, frame.height_px)
        if calibration is None:
            return
        pose = calibration_to_pose(calibration, frame.width_px, frame.height_px)
        if pose.problem:
            logger.warning("camera %s: %s; until then it counts as not calibrated", frame.camera, pose.problem)
        else:
            logger.info("camera %s: %s", frame.camera, pose.text)
