"""From a rough mask of a person to a soft alpha channel, and whether it is good enough to paste."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.real.blazepose_models import Picture
from edge_agent.models.training.real.coco_joints import Mask, Points

Alpha = npt.NDArray[np.float32]

LEAST_AGREEMENT: Final = 0.82
"""Least intersection over union of the rough mask and the refined one: lower where colours lead astray."""

LEAST_JOINTS_ON_IT: Final = 0.9
MOST_CUT: Final = 0.3
"""Longest contact with the picture's border, in parts of the square root of the person's area."""


def matte(picture_bgr: Picture, rough: Alpha) -> Alpha | None:
    """Refines a rough mask along the picture's edges (GrabCut; Rother et al., SIGGRAPH 2004).

    Args:
        picture_bgr: the picture.
        rough: height x width, 0 to 1.

    Returns:
        height x width, 0 to 1, soft at the edge; none where the picture contradicts the rough mask.
    """
    solid = _largest(rough > 0.5)
    area_px2 = int(solid.sum())
    if area_px2 < 400:
        return None
    # How far the rough mask's 256 cells a region may be off, in parts of the person's size.
    band = max(3, int(0.045 * np.sqrt(area_px2))) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (band, band))
    sure = cv2.erode(solid.astype(np.uint8), kernel)
    maybe = cv2.dilate(solid.astype(np.uint8), kernel)
    seeds = np.full(rough.shape, cv2.GC_BGD, dtype=np.uint8)
    seeds[maybe > 0] = cv2.GC_PR_BGD
    seeds[solid] = cv2.GC_PR_FGD
    seeds[(sure > 0) & (rough > 0.8)] = cv2.GC_FGD
    if not (seeds == cv2.GC_FGD).any():
        return None
    cv2.setRNGSeed(0)
    cv2.grabCut(picture_bgr, seeds, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    refined = _largest((seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD))
    refined = cv2.morphologyEx(refined.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), dtype=np.uint8)) > 0
    if (refined & solid).sum() < LEAST_AGREEMENT * (refined | solid).sum():
        return None
    soft = cv2.GaussianBlur(refined.astype(np.float32), (0, 0), 0.9)
    # Pulled in by half a pixel, so that no background shows at the edge.
    return np.asarray(np.clip(soft * 1.25 - 0.25, 0.0, 1.0), dtype=np.float32)


def is_clean(alpha: Alpha, points_px: Points, known: Mask) -> bool:
    """Whether the alpha holds this person, whole: its joints on it, in one piece, not cut by the picture's border."""
    solid = alpha > 0.5
    area_px2 = float(solid.sum())
    if area_px2 < 400:
        return False
    contact_px = solid[0].sum() + solid[-1].sum() + solid[:, 0].sum() + solid[:, -1].sum()
    if contact_px > MOST_CUT * np.sqrt(area_px2) or _largest(solid).sum() < 0.95 * area_px2:
        return False
    # A joint lies inside of the body, yet an ankle or a wrist may be a few pixels off.
    reach = max(3, int(0.08 * np.sqrt(area_px2))) | 1
    grown = cv2.dilate(solid.astype(np.uint8), np.ones((reach, reach), dtype=np.uint8)) > 0
    cells = np.round(points_px[known]).astype(int)
    height_px, width_px = alpha.shape
    columns, rows = np.clip(cells[:, 0], 0, width_px - 1), np.clip(cells[:, 1], 0, height_px - 1)
    return float(grown[rows, columns].mean()) >= LEAST_JOINTS_ON_IT


def _largest(solid: Mask) -> Mask:
    pieces, numbers, stats, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    if pieces < 2:
        return np.zeros_like(solid)
    largest: Mask = numbers == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return largest
