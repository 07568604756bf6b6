"""Things people hold: a box between both hands, or a tool or a sheet in the right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.palette import Floats, cloth_colour, linear

Carrying = Literal["none", "box", "tool"]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Sizes and colours of what a person would carry.

    Attributes:
        box_m: float64 `(3,)`, depth and height of a box, and its width where the hands leave it free.
        box_colour: float64 `(3,)`, linear RGB.
        tool_m: float64 `(3,)`, thickness, breadth and length of a tool.
        tool_colour: float64 `(3,)`, linear RGB.
    """

    box_m: Floats
    box_colour: Floats
    tool_m: Floats
    tool_colour: Floats


def draw_held(rng: np.random.Generator) -> Held:
    """Sizes and colours at random: a cardboard box or a crate; a tool, a tablet or a bar."""
    cardboard = linear((176, 132, 86)) * rng.uniform(0.7, 1.2)
    tool = ((0.02, 0.03, 0.3), (0.012, 0.16, 0.24), (0.03, 0.03, 0.7), (0.05, 0.07, 0.2))[int(rng.integers(4))]
    return Held(
        box_m=np.array([rng.uniform(0.18, 0.4), rng.uniform(0.14, 0.4), rng.uniform(0.25, 0.5)]),
        box_colour=cardboard if rng.random() < 0.6 else cloth_colour(rng),
        tool_m=np.array(tool) * rng.uniform(0.8, 1.2),
        tool_colour=cloth_colour(rng),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A cuboid in the world frame.

    Attributes:
        vertices_m: float32 `(24, 3)`, four a face so that edges stay sharp.
        normals: float32 `(24, 3)`.
        triangles: int32 `(12, 3)`.
    """

    vertices_m: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int32]


def block(centre_m: Floats, axes: Floats, size_m: Floats) -> Block:
    """A cuboid from its centre, its axes (columns of a rotation, `(3, 3)`) and its three sizes."""
    vertices: list[Floats] = []
    normals: list[Floats] = []
    triangles: list[tuple[int, int, int]] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (1.0, -1.0):
            corner = np.zeros((4, 3))
            corner[:, axis] = sign
            corner[:, u] = np.array([-1.0, 1.0, 1.0, -1.0]) * sign
            corner[:, v] = np.array([-1.0, -1.0, 1.0, 1.0])
            start = 4 * len(normals)
            vertices.append(corner)
            normals.append(np.tile(axes[:, axis] * sign, (4, 1)))
            triangles += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
    points = centre_m + (np.concatenate(vertices) * 0.5 * size_m) @ axes.T
    return Block(points.astype(np.float32), np.concatenate(normals).astype(np.float32), np.array(triangles, np.int32))


def box_between(held: Held, left_palm_m: Floats, right_palm_m: Floats, upright: Floats) -> Block:
    """A box that fills the space between the palms.

    Args:
        held: its depth and height.
        left_palm_m: float64 `(3,)`, world frame.
        right_palm_m: float64 `(3,)`, world frame.
        upright: float64 `(3,)`, which way its top faces, roughly.
    """
    across = left_palm_m - right_palm_m
    distance = float(np.linalg.norm(across))
    across = across / max(distance, 1e-6)
    up = upright - (upright @ across) * across
    up = up / max(float(np.linalg.norm(up)), 1e-6)
    axes = np.stack([np.cross(across, up), across, up], axis=1)
    width = float(np.clip(distance - 0.03, 0.08, 0.9))
    return block(0.5 * (left_palm_m + right_palm_m), axes, np.array([held.box_m[0], width, held.box_m[1]]))


def tool_in(held: Held, palm_m: Floats, hand: Floats) -> Block:
    """A tool across the palm: it points forward when the hand hangs.

    Args:
        held: its size.
        palm_m: float64 `(3,)`, world frame.
        hand: float64 `(3, 3)`, the wrist's frame in the world.
    """
    axes = np.stack([hand[:, 1], hand[:, 2], hand[:, 0]], axis=1)
    return block(palm_m + 0.25 * held.tool_m[2] * hand[:, 0], axes, held.tool_m)
