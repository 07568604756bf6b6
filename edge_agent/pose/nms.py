"""Non-maximum suppression: of boxes that overlap, only the best stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DEFAULT_IOU = 0.65  # a pose head's own default lies between 0.6 and 0.7 (mmyolo, Ultralytics)
MAX_CANDIDATES = 300  # Ultralytics' `max_det`; a bound on the time that one frame can take


def keep_best(boxes_px: npt.NDArray[np.float32], iou: float) -> npt.NDArray[np.intp]:
    """Greedy suppression by intersection over union.

    Args:
        boxes_px: ``(K, 4)``, x1 y1 x2 y2, best score first.
        iou: Boxes that overlap a better one by more than this go.

    Returns:
        Indices of the boxes that stay, best first.
    """
    overlap = _iou_matrix(boxes_px) > iou
    kept = np.ones(len(boxes_px), bool)
    for i in range(len(boxes_px) - 1):
        if kept[i]:
            kept[i + 1 :] &= ~overlap[i, i + 1 :]
    return np.flatnonzero(kept)


def _iou_matrix(boxes_px: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Intersection over union of each pair, ``(K, K)``; 0 where both boxes are empty."""
    x1, y1, x2, y2 = boxes_px.T
    width = np.minimum(x2[:, None], x2) - np.maximum(x1[:, None], x1)
    height = np.minimum(y2[:, None], y2) - np.maximum(y1[:, None], y1)
    common = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    area = np.maximum(x2 - x1, 0.0) * np.maximum(y2 - y1, 0.0)
    union = area[:, None] + area - common
    ratio: npt.NDArray[np.float32] = common / np.maximum(union, np.float32(1e-9))
    return ratio
