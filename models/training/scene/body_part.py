"""A piece of a dressed body: vertices that ride on the bones, with their colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.skinning import BONES

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BodyPart:
    """Skin, a garment, a helmet.

    Attributes:
        bind_m: float32 `(V, 3)`, vertices in the modelling pose, body frame.
        weights: float32 `(V, BONES)`, rows sum to 1.
        colours: float32 `(V, 3)`, linear RGB, 0 to 1.
        triangles: int32 `(T, 3)`, anticlockwise seen from outside.
        gloss: 0 for cloth to 1 for hard plastic.
    """

    bind_m: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int32]
    gloss: float


def merged(parts: list[BodyPart]) -> tuple[BodyPart, ...]:
    """One part for each gloss, so that few meshes go to the rasteriser."""
    result = []
    for gloss in sorted({part.gloss for part in parts}):
        same = [part for part in parts if part.gloss == gloss and len(part.triangles) > 0]
        if not same:
            continue
        starts = np.cumsum([0] + [len(part.bind_m) for part in same[:-1]])
        triangles = [part.triangles + start for part, start in zip(same, starts, strict=True)]
        result.append(
            BodyPart(
                bind_m=np.concatenate([part.bind_m for part in same]),
                weights=np.concatenate([part.weights for part in same]),
                colours=np.concatenate([part.colours for part in same]),
                triangles=np.concatenate(triangles).astype(np.int32),
                gloss=gloss,
            )
        )
    return tuple(result)


def rigid_weights(count: int, joint: Joint) -> npt.NDArray[np.float32]:
    """Weights `(count, BONES)` of vertices that follow one joint only."""
    weights = np.zeros((count, BONES), np.float32)
    weights[:, joint] = 1.0
    return weights


def grid_triangles(rows: int, columns: int, *, closed: bool) -> npt.NDArray[np.int32]:
    """Triangles of a grid of vertices numbered row by row.

    Args:
        rows: rows of vertices.
        columns: vertices a row.
        closed: whether the last column joins the first.

    Returns:
        int32 `(T, 3)`; anticlockwise when rows go down and columns go anticlockwise seen from above.
    """
    across = columns if closed else columns - 1
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(across), indexing="ij")
    a = row * columns + column
    b = row * columns + (column + 1) % columns
    c, d = a + columns, b + columns
    triangles = np.concatenate([np.stack([a, c, d], -1).reshape(-1, 3), np.stack([a, d, b], -1).reshape(-1, 3)])
    return triangles.astype(np.int32)
