"""Where the floor is, from marks on it whose places in the picture and on the floor are known.

The homography from the floor to the picture of a camera with known focal length holds two columns of its rotation and
its place (Zhang, *A Flexible New Technique for Camera Calibration*, PAMI 2000, section 3.1; Hartley and Zisserman,
*Multiple View Geometry*, 2nd ed., chapter 8). From there a few steps of Levenberg and Marquardt (the same, appendix 6)
bring the error in the picture to its least, since four measured marks never fit a rotation exactly.

Runs once for each size of a camera's frames, so with numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 30


class FloorPlane(NamedTuple):
    """The floor as the camera sees it.

    Attributes:
        up: ``(3,)`` unit vector straight up in the camera's coordinates (x right, y down, z forward).
        distance_m: Of the camera above it.
        misfit: Largest error of a mark in the picture, over the largest distance of two marks in it.
    """

    up: tuple[float, float, float]
    distance_m: float
    misfit: float


def floor_points_to_plane(rays: Sequence[tuple[float, float]], places_m: Sequence[tuple[float, float]]) -> FloorPlane:
    """The floor under four marks.

    Args:
        rays: Of each mark: x and y in the picture from its middle, over the focal length.
        places_m: Of each mark on the floor. No three are on one line, and the four are not folded
            (`edge_agent.data.floor_points.floor_points_problem`).
    """
    shown, flat = np.array(rays), np.array(places_m)
    scale_m = float(np.ptp(flat, axis=0).max())
    marks = np.column_stack([(flat - flat.mean(axis=0)) / scale_m, np.zeros(len(flat))])
    rotation, shift = _closed_form(shown, marks)
    errors = _errors(shown, marks, rotation, shift)
    damping = 1e-3
    for _ in range(_STEPS):
        step = _step(shown, marks, rotation, shift, damping)
        turned, shifted = _turned(step[:3]) @ rotation, shift + step[3:]
        better = _errors(shown, marks, turned, shifted)
        if float((better**2).sum()) < float((errors**2).sum()):
            rotation, shift, errors, damping = turned, shifted, better, damping / 10.0
        else:
            damping *= 10.0
    normal = rotation[:, 2]
    from_camera = float(normal @ shift)
    up = -np.sign(from_camera) * normal  # whichever way the axes were laid, the camera is above the floor
    size = max(float(np.hypot(*(a - b))) for a in shown for b in shown)
    misfit = float(np.hypot(*errors.T).max()) / size
    return FloorPlane((float(up[0]), float(up[1]), float(up[2])), abs(from_camera) * scale_m, misfit)


def _closed_form(shown: Floats, marks: Floats) -> tuple[Floats, Floats]:
    """Rotation and shift from the homography, whose last entry is 1: the origin, amid the marks, is in view."""
    rows, right = [], []
    for (u, v), (x, y, _) in zip(shown, marks, strict=True):
        rows += [[x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y]]
        right += [u, v]
    h = np.append(np.linalg.solve(np.array(rows), np.array(right)), 1.0).reshape(3, 3)
    scale = 2.0 / (np.linalg.norm(h[:, 0]) + np.linalg.norm(h[:, 1]))
    left, _, turn = np.linalg.svd(scale * h[:, :2], full_matrices=False)
    first, second = (left @ turn).T
    return np.column_stack([first, second, np.cross(first, second)]), scale * h[:, 2]


def _errors(shown: Floats, marks: Floats, rotation: Floats, shift: Floats) -> Floats:
    """How far each mark shows from where the camera would show it, over the focal length."""
    seen = marks @ rotation.T + shift
    return np.asarray(shown - seen[:, :2] / seen[:, 2:])


def _step(shown: Floats, marks: Floats, rotation: Floats, shift: Floats, damping: float) -> Floats:
    """One step of Levenberg and Marquardt: a small turn about the camera's axes, then a shift."""
    turned = marks @ rotation.T
    x, y, z = (turned + shift).T
    zero = np.zeros_like(x)
    by_place = np.stack([np.stack([1.0 / z, zero, -x / z**2], 1), np.stack([zero, 1.0 / z, -y / z**2], 1)], 1)
    a, b, c = turned.T
    by_turn = np.stack([np.stack([zero, c, -b], 1), np.stack([-c, zero, a], 1), np.stack([b, -a, zero], 1)], 1)
    jacobian = np.concatenate([by_place @ by_turn, by_place], axis=2).reshape(-1, 6)
    errors = _errors(shown, marks, rotation, shift).reshape(-1)
    square = jacobian.T @ jacobian
    return np.asarray(np.linalg.solve(square + damping * np.diag(np.diag(square)), jacobian.T @ errors))


def _turned(turn: Floats) -> Floats:
    """Rotation about an axis by its length (Rodrigues' formula)."""
    angle = float(np.linalg.norm(turn))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = turn / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross))
