"""What the scene gives to the rasteriser: triangles with colours, and to whom they belong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NO_PERSON = -1


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles in the world frame (metres, z up, floor at z = 0).

    Attributes:
        vertices_m: float32 `(V, 3)`.
        normals: float32 `(V, 3)`, unit length, outwards.
        colours: float32 `(V, 3)`, albedo in linear RGB, 0 to 1.
        triangles: int32 `(T, 3)`, indices of vertices, anticlockwise seen from outside.
        person: index of the person they belong to, or `NO_PERSON` for props and the building.
        gloss: 0 for cloth and skin to 1 for a helmet's plastic; how strong the specular highlight is.
    """

    vertices_m: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int32]
    person: int = NO_PERSON
    gloss: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PosedPerson:
    """A worker at one moment, ready to be rendered and labelled.

    Attributes:
        meshes: body with its clothes, helmet, hair, carried box, all with the same `person`.
        keypoints_m: float32 `(17, 3)`, COCO order, world frame: the anatomical points (inside the body for joints).
        action: what the person is doing, as the motion names it.
    """

    meshes: tuple[Mesh, ...]
    keypoints_m: npt.NDArray[np.float32]
    action: str
