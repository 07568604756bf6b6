"""The two loops of skinning that run over every vertex of every person in every picture, compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba  # type: ignore[import-not-found, import-untyped, unused-ignore]
import numpy as np
import numpy.typing as npt

_Kernel = TypeVar("_Kernel", bound=Callable[..., object])
_Points = npt.NDArray[np.float32]


def _compiled(function: _Kernel) -> _Kernel:
    """Compiles with numba; the machine code is kept beside the source."""
    compiled: Any = numba.njit(cache=True, nogil=True, fastmath={"nsz", "arcp", "contract", "afn", "reassoc"})(function)
    return cast("_Kernel", compiled)


@_compiled
def skin_points(bind_m: _Points, weights: _Points, transforms: _Points, moved: _Points) -> None:
    """Linear blend skinning.

    Args:
        bind_m: float32 `(V, 3)`.
        weights: float32 `(V, B)`, rows sum to 1.
        transforms: float32 `(B, 3, 4)`.
        moved: float32 `(V, 3)`, written.
    """
    for vertex in range(bind_m.shape[0]):
        x, y, z = bind_m[vertex, 0], bind_m[vertex, 1], bind_m[vertex, 2]
        for row in range(3):
            moved[vertex, row] = 0.0
        for bone in range(weights.shape[1]):
            weight = weights[vertex, bone]
            if weight == 0.0:
                continue
            for row in range(3):
                moved[vertex, row] += weight * (
                    transforms[bone, row, 0] * x
                    + transforms[bone, row, 1] * y
                    + transforms[bone, row, 2] * z
                    + transforms[bone, row, 3]
                )


@_compiled
def sum_normals(vertices_m: _Points, triangles: npt.NDArray[np.int32], normals: _Points) -> None:
    """Area-weighted normals at the vertices, made unit length.

    Args:
        vertices_m: float32 `(V, 3)`.
        triangles: int32 `(T, 3)`.
        normals: float32 `(V, 3)`, zeros, written.
    """
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        x, y, z = vertices_m[a, 0], vertices_m[a, 1], vertices_m[a, 2]
        ux, uy, uz = vertices_m[b, 0] - x, vertices_m[b, 1] - y, vertices_m[b, 2] - z
        wx, wy, wz = vertices_m[c, 0] - x, vertices_m[c, 1] - y, vertices_m[c, 2] - z
        nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for vertex in range(normals.shape[0]):
        square = normals[vertex, 0] ** 2 + normals[vertex, 1] ** 2 + normals[vertex, 2] ** 2
        if square > 0.0:
            scale = 1.0 / np.sqrt(square)
            for axis in range(3):
                normals[vertex, axis] *= scale
