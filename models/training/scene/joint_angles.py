"""Anatomical angles of every joint, and the rotation matrices that they make.

Three angles a joint, in degrees, with the same sign on both sides of the body: flexion, abduction, twist. They make
`R = exp(swing) @ exp(twist about z)`. In this form limits are convex, so that any blend of two possible poses is
possible.

| joint          | flexion +       | abduction +         | twist +           |
|----------------|-----------------|---------------------|-------------------|
| pelvis (world) | leans forward   | leans to the left   | turns to the left |
| spine to head  | bends forward   | bends to the left   | turns to the left |
| clavicle       | -               | shoulder up         | shoulder forward  |
| shoulder, hip  | limb forward    | limb outward        | turns inward      |
| elbow, knee    | bends           | -                   | pronates, inward  |
| wrist          | towards palm    | towards thumb       | -                 |
| ankle          | toes up         | sole outward        | toes inward       |
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.rotation import about_z, from_rotation_vectors, swing_and_twist

Floats = npt.NDArray[np.float64]


class Angle(IntEnum):
    """Columns of an array of angles."""

    FLEXION = 0
    ABDUCTION = 1
    TWIST = 2


_TRUNK = (Joint.PELVIS, Joint.SPINE, Joint.CHEST, Joint.NECK, Joint.HEAD)
_WRISTS = (Joint.LEFT_WRIST, Joint.RIGHT_WRIST)
_LEFT = tuple(joint for joint in Joint if joint.name.startswith("LEFT"))


def _signs() -> tuple[Floats, Floats, Floats]:
    """Factors of flexion, abduction and twist; flexion turns about y and abduction about x, the wrists' not."""
    flexion, abduction, twist = -np.ones(19), -np.ones(19), np.ones(19)
    flexion[list(_TRUNK)] = 1.0
    flexion[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE]] = 1.0
    left = list(_LEFT)
    abduction[left] = 1.0
    twist[left] = -1.0
    flexion[Joint.LEFT_WRIST], flexion[Joint.RIGHT_WRIST] = -1.0, 1.0
    abduction[list(_WRISTS)] = -1.0
    return flexion, abduction, twist


_FLEXION, _ABDUCTION, _TWIST = _signs()


def to_rotations(angles_deg: Floats) -> Floats:
    """Rotation matrices float64 `(19, 3, 3)` of angles float64 `(19, 3)`."""
    angles = np.radians(angles_deg)
    vectors = np.zeros((19, 3))
    vectors[:, 1] = _FLEXION * angles[:, Angle.FLEXION]
    vectors[:, 0] = _ABDUCTION * angles[:, Angle.ABDUCTION]
    wrists = list(_WRISTS)
    vectors[wrists] = vectors[wrists][:, [1, 0, 2]]
    swing, twist = from_rotation_vectors(vectors), about_z(_TWIST * angles[:, Angle.TWIST])
    turned: Floats = swing @ twist
    return turned


def of_rotation(joint: int, rotation: Floats) -> Floats:
    """Angles float64 `(3,)`, degrees, of one joint's rotation matrix."""
    x, y, twist = swing_and_twist(rotation)
    if joint in _WRISTS:
        x, y = y, x
    angles: Floats = np.degrees([_FLEXION[joint] * y, _ABDUCTION[joint] * x, _TWIST[joint] * twist])
    return angles


def of_rotations(rotations: Floats) -> Floats:
    """Angles float64 `(19, 3)`, degrees, of the rotation matrices float64 `(19, 3, 3)`."""
    return np.stack([of_rotation(joint, rotation) for joint, rotation in enumerate(rotations)])
