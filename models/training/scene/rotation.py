"""Rotation matrices from turns and back: exponential map, and swing after twist."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_TINY_RAD = 1e-9


def from_rotation_vectors(vectors_rad: Floats) -> Floats:
    """Rotation matrices of rotation vectors, by Rodrigues' formula.

    Args:
        vectors_rad: float64 `(..., 3)`: axis times angle in radians.

    Returns:
        float64 `(..., 3, 3)`.
    """
    angle = np.linalg.norm(vectors_rad, axis=-1)[..., None, None]
    x, y, z = (vectors_rad[..., i] for i in range(3))
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    safe = np.maximum(angle, _TINY_RAD)
    turned: Floats = np.eye(3) + np.sin(safe) / safe * cross + (1.0 - np.cos(safe)) / safe**2 * (cross @ cross)
    return turned


def about_z(angle_rad: Floats | float) -> Floats:
    """Rotation matrices `(..., 3, 3)` about the z axis."""
    angle = np.asarray(angle_rad, dtype=np.float64)
    vectors = np.zeros((*angle.shape, 3))
    vectors[..., 2] = angle
    return from_rotation_vectors(vectors)


def to_quaternion(rotation: Floats) -> Floats:
    """Unit quaternion (w, x, y, z), w >= 0, of one rotation matrix.

    Takes the largest of the four squared components first, which stays exact for half turns (Shepperd, "Quaternion from
    rotation matrix", J. Guidance and Control 1978).
    """
    r = rotation
    trace = r[0, 0] + r[1, 1] + r[2, 2]
    squares = np.array([trace, r[0, 0], r[1, 1], r[2, 2]])
    largest = int(np.argmax(squares))
    if largest == 0:
        q = np.array([1.0 + trace, r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
    else:
        i = largest - 1
        j, k = (i + 1) % 3, (i + 2) % 3
        q = np.empty(4)
        q[0] = r[k, j] - r[j, k]
        q[1 + i] = 1.0 + r[i, i] - r[j, j] - r[k, k]
        q[1 + j] = r[j, i] + r[i, j]
        q[1 + k] = r[k, i] + r[i, k]
    q /= np.linalg.norm(q)
    return -q if q[0] < 0.0 else q


def swing_and_twist(rotation: Floats) -> Floats:
    """Splits a rotation into a swing about an axis in the x-y plane, applied after a twist about z.

    Args:
        rotation: float64 `(3, 3)`.

    Returns:
        float64 `(3,)`: x and y of the swing's rotation vector and the twist about z, radians; so that
        `rotation = exp(x, y, 0) @ exp(0, 0, twist)` (Grassia, "Practical parameterization of rotations using the
        exponential map", J. Graphics Tools 1998).
    """
    w, _, _, z = to_quaternion(rotation)
    twist = 2.0 * np.arctan2(z, w)
    twist = (twist + np.pi) % (2.0 * np.pi) - np.pi
    swing = rotation @ about_z(-twist)
    angle = np.arccos(np.clip(swing[2, 2], -1.0, 1.0))
    # A swing carries the z axis to (sin a * axis_y, -sin a * axis_x, cos a).
    axis = np.array([-swing[1, 2], swing[0, 2]])
    length = np.linalg.norm(axis)
    if length < _TINY_RAD:
        return np.array([0.0, angle, twist])
    return np.array([*(axis / length * angle), twist])
