"""Where a person is in the picture: its mask in the picture's frame and its box."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.real.blazepose_models import LANDMARK_SIDE_PX
from edge_agent.models.training.real.coco_joints import Mask, Points
from edge_agent.models.training.real.teacher import TaughtPerson

Box = tuple[float, float, float, float]


def mask_in_picture(person: TaughtPerson, *, width_px: int, height_px: int) -> npt.NDArray[np.float32]:
    """The teacher's mask of the person, height x width, 0 to 1."""
    matrix = person.region.to_picture(LANDMARK_SIDE_PX)
    mask = cv2.warpAffine(person.mask, matrix, (width_px, height_px), flags=cv2.INTER_LINEAR)
    return np.asarray(mask, dtype=np.float32)


def clip_box(box: Box, *, width_px: int, height_px: int) -> Box:
    """The part of the box inside of the picture."""
    x0, y0, x1, y1 = box
    return (
        float(min(max(x0, 0), width_px)), float(min(max(y0, 0), height_px)),
        float(min(max(x1, 0), width_px)), float(min(max(y1, 0), height_px)),
    )  # fmt: skip


def box_of(points_px: Points, known: Mask, mask: npt.NDArray[np.float32] | None = None) -> Box:
    """Box round the known joints and the largest piece of the mask.

    Args:
        points_px: 17 x 2, picture frame.
        known: 17, at least one true.
        mask: height x width of the picture, 0 to 1, if there is one.
    """
    corners = [*points_px[known].min(axis=0), *points_px[known].max(axis=0)]
    if mask is not None:
        pieces, _, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
        if pieces > 1:
            x, y, width, height, _ = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
            corners = [min(corners[0], x), min(corners[1], y), max(corners[2], x + width), max(corners[3], y + height)]
    return (float(corners[0]), float(corners[1]), float(corners[2]), float(corners[3]))
