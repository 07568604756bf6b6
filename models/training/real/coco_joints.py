"""COCO's 17 joints: their names, their order and how far apart two poses are."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

NAMES: Final = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
INDEX: Final = {name: index for index, name in enumerate(NAMES)}

SIGMAS: Final = np.array(
    [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089,
     0.089]
)  # fmt: skip
"""Spread of human annotators a joint, in parts of the square root of the area (COCO keypoint evaluation, 2017)."""

MIRRORED: Final = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
"""Index of the joint on the body's other side."""

BONES: Final = (
    (0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13),
    (13, 15), (12, 14), (14, 16),
)  # fmt: skip
"""Pairs of joints to draw as a skeleton."""

FACE: Final = (0, 1, 2)
SHOULDERS: Final = (5, 6)
HIPS: Final = (11, 12)


def oks(a_px: Points, b_px: Points, *, both: Mask, area_px2: float) -> float:
    """Object keypoint similarity of two poses, over the joints that both have.

    COCO keypoint evaluation (2017): mean of exp(-d^2 / (2 s^2 k^2)), with k = 2 sigma and s^2 the area.

    Args:
        a_px: 17 x 2, picture frame.
        b_px: 17 x 2, the same frame.
        both: 17, true where both poses have the joint.
        area_px2: area of the person.

    Returns:
        0 to 1; 0 where no joint is in both.
    """
    if not both.any() or area_px2 <= 0:
        return 0.0
    distance2_px2 = ((a_px - b_px) ** 2).sum(axis=1)
    variance_px2 = (2.0 * SIGMAS) ** 2 * area_px2
    return float(np.exp(-distance2_px2[both] / (2.0 * variance_px2[both])).mean())
