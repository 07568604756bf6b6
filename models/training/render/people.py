"""Where the persons of a picture come from, and how they are moved about."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.solids import moved, turn_z
from edge_agent.models.training.scene.mesh import PosedPerson


class PersonSource(Protocol):
    """Draws persons in random poses."""

    def draw(self, rng: np.random.Generator, person: int) -> PosedPerson:
        """A random worker in a random pose anywhere on the floor, its meshes marked with the index `person`."""
        ...


def put(person: PosedPerson, at_m: npt.NDArray[np.float64], yaw_deg: float) -> PosedPerson:
    """Turns a person about the upright through its middle and puts that middle above `at_m` `(2,)`, world frame."""
    middle = np.append(person.keypoints_m.mean(axis=0)[:2], 0.0).astype(np.float64)
    turn = turn_z(yaw_deg)
    offset = np.append(at_m, 0.0) - turn @ middle
    return replace(
        person,
        meshes=tuple(moved(mesh, offset, turn) for mesh in person.meshes),
        keypoints_m=(person.keypoints_m @ turn.T + offset).astype(np.float32),
    )


def apart(first: PosedPerson, second: PosedPerson, least_m: float = 0.27) -> bool:
    """Whether all keypoints of one person are `least_m` from the other's, so that they do not cut into each other."""
    gaps = first.keypoints_m[:, None] - second.keypoints_m[None]
    return bool((gaps**2).sum(axis=2).min() > least_m**2)
