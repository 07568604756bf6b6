"""What a surface looks like close up: a pattern on top of its mesh's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.mesh import Mesh

PAINT_COLUMNS = 20
"""Width of the table that the kernels read; the columns are those of `paint_table`."""


class Pattern(IntEnum):
    """Patterns drawn in metres on the surface, seen along the axis to which it is most nearly at right angles."""

    PLAIN = 0
    TILES = 1
    BRICKS = 2
    CORRUGATED = 3
    PLANKS = 4
    HATCHED = 5
    PICTURE = 6
    BLINDS = 7


@dataclass(frozen=True, slots=True)
class Paint:
    """The look of one mesh.

    Attributes:
        pattern: what is drawn on it.
        scale_m: size of a tile, brick, plank, or the distance of hatching lines.
        strength: 0 to 1, how strongly joints or single tiles differ.
        gloss: 0 for matt to 1 for polished.
        second: colour of the joints, hatching and the like, linear RGB.
        emission: light given off, as a multiple of the colour.
        stains: 0 to 1, how unevenly dirty.
        origin_m: a point of the pattern's origin; a picture's lower left corner.
        u_axis: along a picture's lower edge, divided by its length in metres twice (unit vector over width).
        v_axis: along a picture's left edge, likewise.
        picture: index of the picture.
    """

    pattern: Pattern = Pattern.PLAIN
    scale_m: float = 1.0
    strength: float = 0.5
    gloss: float = 0.0
    second: tuple[float, float, float] = (0.1, 0.1, 0.1)
    emission: float = 0.0
    stains: float = 0.3
    origin_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    u_axis: tuple[float, float, float] = (1.0, 0.0, 0.0)
    v_axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    picture: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A mesh and its look."""

    mesh: Mesh
    paint: Paint = Paint()


def paint_table(paints: Sequence[Paint]) -> npt.NDArray[np.float32]:
    """One row a paint, float32 `(M, PAINT_COLUMNS)`."""
    rows = [
        (
            p.pattern,
            p.scale_m,
            p.strength,
            p.gloss,
            *p.second,
            p.emission,
            p.stains,
            *p.origin_m,
            *p.u_axis,
            *p.v_axis,
            p.picture,
            0,
        )
        for p in paints
    ]
    return np.array(rows, np.float32).reshape(-1, PAINT_COLUMNS)
