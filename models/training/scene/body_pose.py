"""What a motion says about a body at one moment: where the pelvis is and how every joint is turned.

World frame: metres, z up, floor at z = 0. Body frame at rest: x forward, y to the person's left, z up. At rest the
person stands upright, legs straight and hip-wide, arms hanging at the sides with the palms to the thighs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Joint(IntEnum):
    """The joints that motions turn, parents before children."""

    PELVIS = 0
    SPINE = 1
    CHEST = 2
    NECK = 3
    HEAD = 4
    LEFT_CLAVICLE = 5
    LEFT_SHOULDER = 6
    LEFT_ELBOW = 7
    LEFT_WRIST = 8
    RIGHT_CLAVICLE = 9
    RIGHT_SHOULDER = 10
    RIGHT_ELBOW = 11
    RIGHT_WRIST = 12
    LEFT_HIP = 13
    LEFT_KNEE = 14
    LEFT_ANKLE = 15
    RIGHT_HIP = 16
    RIGHT_KNEE = 17
    RIGHT_ANKLE = 18


PARENT_OF: tuple[int, ...] = (-1, 0, 1, 2, 3, 2, 5, 6, 7, 2, 9, 10, 11, 0, 13, 14, 0, 16, 17)
"""Index of each joint's parent, -1 for the pelvis."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyPose:
    """A body at one moment.

    Attributes:
        pelvis_m: float64 `(3,)`, where the pelvis joint (midway between the hip joints) is, world frame.
        rotations: float64 `(19, 3, 3)`, one rotation matrix a joint, in the order of `Joint`. Each turns the joint's
            subtree about the joint, in the parent's frame, whose axes at rest are the body's (x forward, y left, z up).
            The pelvis' rotation is that of the whole body in the world: its yaw is the heading.
    """

    pelvis_m: npt.NDArray[np.float64]
    rotations: npt.NDArray[np.float64]
