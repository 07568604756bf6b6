"""The turned square that the landmark model looks at, and its mapping to the picture.

BlazePose (Bazarevsky et al., 2020) crops a square round the middle of the hips, turned so that the body points up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.real.coco_joints import HIPS, SHOULDERS, Points

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Region:
    """A turned square in the picture.

    Attributes:
        x_px: its middle.
        y_px: its middle.
        side_px: its side.
        turn_deg: how far the body's upward direction is turned, clockwise in the picture, from the picture's.
        mirrored: whether the crop is seen in a mirror.
    """

    x_px: float
    y_px: float
    side_px: float
    turn_deg: float
    mirrored: bool = False

    def varied(self, *, scale: float = 1.0, turn_deg: float = 0.0, mirrored: bool = False) -> Region:
        """The same region, scaled and turned further."""
        return Region(self.x_px, self.y_px, self.side_px * scale, self.turn_deg + turn_deg, mirrored)

    def to_crop(self, crop_side_px: int) -> Matrix:
        """The 2 x 3 matrix from the picture to a crop of this side."""
        turn = math.radians(self.turn_deg)
        scale = crop_side_px / self.side_px
        right = np.array([math.cos(turn), math.sin(turn)]) * scale
        down = np.array([-math.sin(turn), math.cos(turn)]) * scale
        if self.mirrored:
            right = -right
        linear = np.stack([right, down])
        shift = np.full(2, crop_side_px / 2) - linear @ np.array([self.x_px, self.y_px])
        return np.hstack([linear, shift[:, None]])

    def to_picture(self, crop_side_px: int) -> Matrix:
        """The 2 x 3 matrix from a crop of this side to the picture."""
        whole = np.vstack([self.to_crop(crop_side_px), [0.0, 0.0, 1.0]])
        inverse: Matrix = np.linalg.inv(whole)[:2]
        return inverse


def region_from_alignment(middle_px: Points, top_px: Points, *, margin: float = 1.25) -> Region:
    """The region that BlazePose draws from its two alignment points.

    Args:
        middle_px: middle of the hips.
        top_px: a point above it, as far away as the circle round the whole body is wide.
        margin: how much larger than that circle; 1.25 is MediaPipe's (`pose_detection_to_roi.pbtxt`).
    """
    x_px, y_px = top_px - middle_px
    turn_deg = math.degrees(math.atan2(x_px, -y_px))
    return Region(float(middle_px[0]), float(middle_px[1]), 2.0 * margin * math.hypot(x_px, y_px), turn_deg)


def region_from_joints(points_px: Points, known: npt.NDArray[np.bool_]) -> Region | None:
    """The region of a person whose joints are known, or none without hips or shoulders.

    The circle reaches a little (1.15) further than the outermost joint, for head and feet have flesh past their joints.
    """
    hips, shoulders = known[list(HIPS)], known[list(SHOULDERS)]
    if not (hips.any() and shoulders.any()):
        return None
    middle_px = points_px[list(HIPS)][hips].mean(axis=0)
    upwards_px = points_px[list(SHOULDERS)][shoulders].mean(axis=0) - middle_px
    torso_px = float(np.linalg.norm(upwards_px))
    if torso_px <= 0:
        return None
    reach_px = max(1.15 * float(np.linalg.norm(points_px[known] - middle_px, axis=1).max()), 1.6 * torso_px)
    return region_from_alignment(middle_px, middle_px + upwards_px / torso_px * reach_px)


def map_points(matrix: Matrix, points_px: Points) -> Points:
    """Maps N x 2 points with a 2 x 3 matrix."""
    mapped: Points = points_px @ matrix[:, :2].T + matrix[:, 2]
    return mapped
