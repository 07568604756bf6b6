"""The persons that the detector found in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """N persons, best score first, in frame pixels (origin top left, x right, y down).

    Attributes:
        boxes_px: ``(N, 4)`` float32, x1 y1 x2 y2; not clipped to the frame.
        scores: ``(N,)`` float32 in 0..1.
        keypoints_px: ``(N, 17, 2)`` float32, x y, COCO order.
        keypoint_confidences: ``(N, 17)`` float32 in 0..1.
    """

    boxes_px: Floats
    scores: Floats
    keypoints_px: Floats
    keypoint_confidences: Floats

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def empty(cls) -> Poses:
        """Nobody."""
        return cls(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros((0, KEYPOINT_COUNT, 2), np.float32),
            np.zeros((0, KEYPOINT_COUNT), np.float32),
        )
