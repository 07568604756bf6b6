"""Acts on one's feet: stand about, look, wave, point, telephone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_agent.models.training.scene.posture import Arm, Foot
from edge_agent.models.training.scene.postures import (
    AT_EAR,
    BEHIND_BACK,
    FOLDED,
    HANGING,
    IN_POCKET,
    ON_HIP,
    PHONE_IN_FRONT,
    POINTING,
    STAND,
    WAVING,
)
from edge_agent.models.training.scene.script import Script

ARMS_AT_EASE: tuple[tuple[Arm, Arm], ...] = (
    (HANGING, HANGING),
    (ON_HIP, ON_HIP),
    (HANGING, ON_HIP),
    (FOLDED, replace(FOLDED, flexion=34.0, elbow=98.0)),
    (IN_POCKET, IN_POCKET),
    (HANGING, IN_POCKET),
    (BEHIND_BACK, BEHIND_BACK),
)
"""Arms of people who stand about."""


def stand(script: Script, seconds: float, arms: tuple[Arm, Arm] = (HANGING, HANGING)) -> None:
    """Stands, weight on one leg and then on the other."""
    easy = replace(STAND, left=arms[0], right=arms[1])
    settle = min(0.8, seconds / 2)
    script.take("stand", easy, settle)
    rest = seconds - settle
    if rest > 2.0:
        shifted = replace(easy, shift_m=(0.0, 0.035, -0.008), lean=(0.0, -3.0, 0.0), trunk=(3.0, 4.0, 0.0))
        script.take("stand", shifted, rest * 0.4)
        script.take("stand", easy, rest * 0.4)
        script.hold("stand", rest * 0.2)
    else:
        script.hold("stand", max(rest, 0.05))


def look(script: Script, side_deg: float = 55.0, down_deg: float = 0.0, seconds: float = 2.0) -> None:
    """Looks to the left (positive) or right and back, the chest following a little."""
    turned = replace(script.posture, head=(down_deg, 0.0, side_deg), trunk=(4.0 + down_deg / 6, 0.0, side_deg * 0.25))
    before = script.posture
    script.take("stand", turned, seconds * 0.3)
    script.hold("stand", seconds * 0.3)
    script.take("stand", before, seconds * 0.4)


def wave(script: Script, seconds: float = 2.5, *, left: bool = False) -> None:
    """Waves one hand over the head."""
    script.upright()
    outer, inner = replace(WAVING, elbow=45.0), replace(WAVING, elbow=85.0)
    for k in range(max(int(seconds / 0.4), 2)):
        arm = inner if k % 2 else outer
        script.take("wave", replace(STAND, left=arm) if left else replace(STAND, right=arm), 0.6 if k == 0 else 0.35)
    script.upright(0.7)


def point(script: Script, seconds: float = 2.0, *, left: bool = False, side_deg: float = 20.0) -> None:
    """Points with an outstretched arm and looks there; `side_deg` outward."""
    arm = replace(POINTING, abduction=side_deg)
    turn = side_deg * (0.6 if left else -0.6)
    posture = replace(STAND, head=(0.0, 0.0, turn), trunk=(3.0, 0.0, turn * 0.3))
    script.take("point", replace(posture, left=arm) if left else replace(posture, right=arm), 0.7)
    script.hold("point", seconds)
    script.upright(0.7)


def phone(script: Script, seconds: float = 4.0, *, at_ear: bool = True, left: bool = False) -> None:
    """Holds a telephone at the ear, or before the chest and looks at it."""
    script.upright()
    if at_ear:
        posture = replace(STAND, left=AT_EAR) if left else replace(STAND, right=AT_EAR)
    else:
        posture = replace(STAND, left=PHONE_IN_FRONT, right=PHONE_IN_FRONT, head=(28.0, 0.0, 0.0))
    script.take("phone", posture, 0.9)
    script.hold("phone", seconds)
    script.upright(0.8)


def lean_over(script: Script, seconds: float = 3.0, *, forward_deg: float = 25.0, side_deg: float = 0.0) -> None:
    """Leans the trunk to look at something, one foot ahead."""
    feet = (Foot(forward_m=0.16), Foot(forward_m=-0.12, out_deg=16.0))
    head = (-12.0, 0.0, float(np.sign(side_deg)) * 15.0)
    posture = replace(
        STAND, lean=(forward_deg * 0.5, 0.0, 0.0), trunk=(forward_deg * 0.5, side_deg, 0.0), head=head, feet=feet,
        shift_m=(-0.02, 0.0, -0.03),
    )  # fmt: skip
    script.take("lean", posture, 0.9)
    script.hold("lean", seconds)
    script.upright(0.9)
