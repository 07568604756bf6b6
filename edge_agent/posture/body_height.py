"""How tall a person would stand in the picture, from the person's own segments.

Segment lengths as fractions of the body height H after Drillis and Contini, *Body segment parameters* (1966), as
printed in Winter, *Biomechanics and Motor Control of Human Movement* (2009), figure 4.1: eyes at 0.936 H, shoulder
joint 0.818 H, hip 0.530 H, ankle 0.039 H above the floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_agent.data.keypoints import Keypoint as K
from edge_agent.posture.skeleton import Skeleton, inclination_deg, segment

EYES_H, SHOULDERS_H, HIPS_H, ANKLES_H = 0.936, 0.818, 0.530, 0.039
"""Above the floor of somebody who stands, in H."""
TRUNK_H = SHOULDERS_H - HIPS_H
"""Hip to shoulder joint, in H."""
UPPER_ARM_H = 0.186
"""Shoulder to elbow joint, in H."""
HEAD_H = EYES_H - SHOULDERS_H
"""Shoulder joint to ear, in H: the figure has no ears, and they are about as high as the eyes."""
TRUNK_AND_LEG_H = SHOULDERS_H - ANKLES_H
"""Ankle to shoulder joint, in H."""
# Foreshortening only ever shortens a segment, so a longer view is the better one: rise fast.
_RISE_S = 0.3
# Somebody upright whose segments shrink walks away; whoever bends, falls or lies is only foreshortened.
_FALL_UPRIGHT_S = 2.0
_FALL_S = 20.0
_UPRIGHT_DEG = 30.0
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class HeightView:
    """What one frame tells of H.

    Attributes:
        height_px: The estimate; 0 where no trunk is seen.
        upright: Whether the trunk is upright in the picture.
    """

    height_px: float
    upright: bool


def from_segments(skeleton: Skeleton) -> HeightView:
    """One frame's estimate of H."""
    trunk = segment(skeleton.middle(K.LEFT_HIP, K.RIGHT_HIP), skeleton.middle(K.LEFT_SHOULDER, K.RIGHT_SHOULDER))
    if trunk.confidence < _SURE:
        return HeightView(0.0, upright=False)
    estimate_px = trunk.length_px / TRUNK_H
    for hip, knee, ankle in (
        (K.LEFT_HIP, K.LEFT_KNEE, K.LEFT_ANKLE),
        (K.RIGHT_HIP, K.RIGHT_KNEE, K.RIGHT_ANKLE),
    ):
        thigh = segment(skeleton.joints[hip], skeleton.joints[knee])
        shank = segment(skeleton.joints[knee], skeleton.joints[ankle])
        if min(thigh.confidence, shank.confidence) >= _SURE:
            whole_px = trunk.length_px + thigh.length_px + shank.length_px
            estimate_px = max(estimate_px, whole_px / TRUNK_AND_LEG_H)
    return HeightView(estimate_px, upright=inclination_deg(trunk).value < _UPRIGHT_DEG)


def follow(height_px: float, view: HeightView, dt_s: float) -> float:
    """Take one more estimate into a track's running H (asymmetric first-order low-pass).

    Args:
        height_px: Running H; 0 before the first estimate.
        view: Of this frame.
        dt_s: Seconds since the frame before.
    """
    if view.height_px <= 0.0:
        return height_px
    if height_px <= 0.0:
        return view.height_px
    fall_s = _FALL_UPRIGHT_S if view.upright else _FALL_S
    tau_s = _RISE_S if view.height_px > height_px else fall_s
    return height_px + (1.0 - math.exp(-dt_s / tau_s)) * (view.height_px - height_px)
