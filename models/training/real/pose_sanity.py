"""Says whether a pose can be a body's: limbs of possible length, joints on the person."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.real.coco_joints import FACE, HIPS, SHOULDERS, Mask, Points

LIMBS: Final = ((5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16))

LONGEST_LIMB: Final = 1.35
"""Longest limb in parts of the body's size. Thigh and shank are 0.245 and 0.246 of the height, the trunk from hip to
shoulder 0.288 (Winter, Biomechanics and Motor Control, 2009, fig. 4.1): 0.85 of the trunk. A trunk that leans towards
the camera looks shorter, hence the room."""

SHOULDER_TO_TRUNK: Final = 1.1
"""Trunk length a shoulder width, for a trunk that is seen from above: 0.288 to 0.259 of the height (Winter, 2009)."""

LEAST_ON_PERSON: Final = 0.8
"""Least share of seen joints that must lie on the person's mask."""


def body_size_px(points_px: Points) -> float:
    """Length of the trunk, or of what stands for it where the trunk is seen end-on."""
    shoulders, hips = points_px[list(SHOULDERS)], points_px[list(HIPS)]
    trunk_px = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))
    width_px = float(np.linalg.norm(shoulders[0] - shoulders[1]))
    return max(trunk_px, SHOULDER_TO_TRUNK * width_px)


def is_body(points_px: Points, known: Mask) -> bool:
    """Whether all limbs whose two ends are known are of a possible length."""
    longest_px = LONGEST_LIMB * body_size_px(points_px)
    return all(
        float(np.linalg.norm(points_px[start] - points_px[end])) <= longest_px
        for start, end in LIMBS
        if known[start] and known[end]
    )


def seen_from_behind(points_px: Points, known: Mask) -> bool:
    """Whether the body turns its back to the camera, and so hides its nose and eyes.

    Seen from the front, the left shoulder is on the right hand of the line from the hips up to the shoulders. It needs
    a fifth of the trunk between the shoulders, for in profile the side cannot be told.
    """
    if not known[[*SHOULDERS, *HIPS]].all():
        return False
    shoulders, hips = points_px[list(SHOULDERS)], points_px[list(HIPS)]
    up_px = shoulders.mean(axis=0) - hips.mean(axis=0)
    trunk_px = float(np.linalg.norm(up_px))
    if trunk_px <= 0:
        return False
    right_hand = np.array([-up_px[1], up_px[0]]) / trunk_px
    return bool((shoulders[0] - shoulders[1]) @ right_hand < -0.2 * trunk_px)


def without_face(known: Mask) -> Mask:
    """The known joints less nose and eyes."""
    kept: Mask = known.copy()
    kept[list(FACE)] = False
    return kept


def on_person(points_px: Points, seen: Mask, mask: npt.NDArray[np.float32]) -> bool:
    """Whether enough of the seen joints lie on the person's mask.

    Args:
        points_px: 17 x 2 in the mask's frame.
        seen: 17, the joints to ask about.
        mask: height x width, 0 to 1.
    """
    height_px, width_px = mask.shape
    cells = np.round(points_px[seen]).astype(int)
    inside = (cells >= 0).all(axis=1) & (cells[:, 0] < width_px) & (cells[:, 1] < height_px)
    cells = cells[inside]
    if len(cells) == 0:
        return False
    return float((mask[cells[:, 1], cells[:, 0]] > 0.3).mean()) >= LEAST_ON_PERSON
