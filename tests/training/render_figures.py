"""Test persons made of simple solids, and what it takes to render them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_agent.models.training.render.camera import Camera
from edge_agent.models.training.render.solids import ball, box, merged, moved, tube
from edge_agent.models.training.scene.mesh import Mesh, PosedPerson

STANDING_M = np.array(
    [
        [0.11, 0, 1.62], [0.1, 0.03, 1.66], [0.1, -0.03, 1.66], [0, 0.1, 1.63], [0, -0.1, 1.63],
        [0, 0.18, 1.42], [0, -0.18, 1.42], [0, 0.25, 1.15], [0, -0.25, 1.15], [0.05, 0.27, 0.9], [0.05, -0.27, 0.9],
        [0, 0.1, 0.92], [0, -0.1, 0.92], [0, 0.1, 0.5], [0, -0.1, 0.5], [0, 0.1, 0.08], [0, -0.1, 0.08],
    ]
)  # fmt: skip
"""A person at the origin who looks along x, COCO order."""

BONES = ((5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16))


def figure(person: int, at_m: tuple[float, float] = (0.0, 0.0), yaw_deg: float = 0.0) -> PosedPerson:
    """A standing figure with a head, a trunk and limbs."""
    grey = (0.3, 0.3, 0.3)
    parts = [
        moved(ball(0.11, grey), np.array([0.0, 0.0, 1.63])),
        moved(box((0.2, 0.34, 0.55), grey), np.array([0, 0, 0.9])),
    ]
    parts += [tube(STANDING_M[a], STANDING_M[b], 0.06, grey) for a, b in BONES]
    turn = np.radians(yaw_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    offset = np.array([*at_m, 0.0])
    mesh = replace(moved(merged(parts), offset, rotation), person=person)
    return PosedPerson((mesh,), (STANDING_M @ rotation.T + offset).astype(np.float32), "stand")


def level_camera(distance_m: float = 4.0, **changes: float) -> Camera:
    """A camera on the negative x axis at 1 m that looks along x."""
    return replace(Camera(np.array([-distance_m, 0.0, 1.0]), 0.0, 0.0, 0.0, 50.0, 160, 120), **changes)


def all_meshes(*persons: PosedPerson) -> list[Mesh]:
    return [mesh for person in persons for mesh in person.meshes]
