"""Geometry of axis-aligned boxes, x1 y1 x2 y2."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


def areas(boxes: Floats) -> npt.NDArray[np.float64]:
    """Areas of ``(..., 4)`` boxes; 0 for a box turned inside out."""
    wh = np.maximum(np.asarray(boxes[..., 2:] - boxes[..., :2], np.float64), 0.0)
    return np.asarray(wh[..., 0] * wh[..., 1])


def intersections(first: Floats, second: Floats) -> npt.NDArray[np.float64]:
    """Shared area of each of ``(N, 4)`` boxes with each of ``(M, 4)``, as ``(N, M)``."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    wh = np.maximum(np.asarray(bottom_right - top_left, np.float64), 0.0)
    return np.asarray(wh[..., 0] * wh[..., 1])


def iou(first: Floats, second: Floats) -> npt.NDArray[np.float64]:
    """Intersection over union of each of ``(N, 4)`` boxes with each of ``(M, 4)``, as ``(N, M)`` in 0..1."""
    shared = intersections(first, second)
    union = areas(first)[:, None] + areas(second)[None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0.0))
