"""Make a body mesh coarser where it is needlessly fine (hands, scalp, toes) and finer where it is too coarse (torso).

Coarsening collapses an edge onto one of its own ends, so the vertices that stay are vertices of the original: skin
weights and blend shapes carry over unchanged. Refining puts a vertex at the middle of an edge.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_FloatArray = npt.NDArray[np.float64]
_IntArray = npt.NDArray[np.int64]


def edges_of(triangles: _IntArray) -> _IntArray:
    """All edges of a mesh, each once.

    Args:
        triangles: int64 `(T, 3)`.

    Returns:
        int64 `(E, 2)`, smaller index first, sorted.
    """
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def coarsen(vertices_m: _FloatArray, triangles: _IntArray, target_m: _FloatArray, passes: int = 12) -> _IntArray:
    """Collapse edges shorter than the wanted length.

    Args:
        vertices_m: float64 `(V, 3)`.
        triangles: int64 `(T, 3)`.
        target_m: float64 `(V,)`, the edge length wanted at each vertex, 0 to leave it alone.
        passes: how many rounds of independent collapses to do at most.

    Returns:
        int64 `(T', 3)`, the remaining triangles, indices into the same vertices.
    """
    current = triangles
    for _ in range(passes):
        reduced = _collapse_round(vertices_m, current, target_m)
        if len(reduced) > 0.985 * len(current):
            return reduced
        current = reduced
    return current


def _collapse_round(vertices_m: _FloatArray, triangles: _IntArray, target_m: _FloatArray) -> _IntArray:
    """One round: the shortest edges first, no two of them near each other."""
    edges = edges_of(triangles)
    length = np.linalg.norm(vertices_m[edges[:, 0]] - vertices_m[edges[:, 1]], axis=1)
    ratio = length / np.maximum(target_m[edges].min(axis=1), 1e-9)
    order = np.argsort(ratio)
    order = order[ratio[order] < 1.0]
    neighbours: dict[int, set[int]] = {}
    for a, b in edges.tolist():
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    fan: dict[int, list[int]] = {}
    for index, triangle in enumerate(triangles.tolist()):
        for vertex in triangle:
            fan.setdefault(vertex, []).append(index)
    locked: set[int] = set()
    moved = np.arange(len(vertices_m))
    for a, b in edges[order].tolist():
        if a in locked or b in locked or len(neighbours[a] & neighbours[b]) != 2:
            continue
        if not _keeps_orientation(vertices_m, triangles[fan[a]], a, b):
            continue
        moved[a] = b
        locked |= neighbours[a] | neighbours[b]
    result = moved[triangles]
    whole = (result[:, 0] != result[:, 1]) & (result[:, 1] != result[:, 2]) & (result[:, 2] != result[:, 0])
    return np.asarray(result[whole])


def _keeps_orientation(vertices_m: _FloatArray, fan: _IntArray, gone: int, kept: int) -> bool:
    """Whether the triangles around `gone` still face the same way once it lies on `kept`."""
    staying = fan[~(fan == kept).any(axis=1)]
    before = _normals(vertices_m[staying])
    after = _normals(vertices_m[np.where(staying == gone, kept, staying)])
    return bool((np.einsum("ij,ij->i", before, after) > 0.3).all())


def _normals(corners: _FloatArray) -> _FloatArray:
    """Unit normals `(T, 3)` of triangles given as corners `(T, 3, 3)`."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12))


def refine(vertices_m: _FloatArray, triangles: _IntArray, longest_m: _FloatArray) -> tuple[_IntArray, _IntArray]:
    """Split every edge that is too long at its middle.

    Args:
        vertices_m: float64 `(V, 3)`.
        triangles: int64 `(T, 3)`.
        longest_m: float64 `(V,)`, the longest edge wanted at each vertex.

    Returns:
        The ends of the new vertices, int64 `(N, 2)`: vertex `V + i` lies between the ends `i`; and triangles `(T', 3)`.
    """
    edges = edges_of(triangles)
    length = np.linalg.norm(vertices_m[edges[:, 0]] - vertices_m[edges[:, 1]], axis=1)
    split = edges[length > longest_m[edges].max(axis=1)]
    middle = {(a, b): len(vertices_m) + i for i, (a, b) in enumerate(split.tolist())}
    result: list[tuple[int, int, int]] = []
    for triangle in triangles.tolist():
        result.extend(_split(triangle, middle))
    return split, np.array(result, np.int64)


def _split(triangle: list[int], middle: dict[tuple[int, int], int]) -> list[tuple[int, int, int]]:
    """The pieces of one triangle when some of its edges have a middle vertex."""
    cut = [middle.get((min(p, q), max(p, q))) for p, q in zip(triangle, [*triangle[1:], triangle[0]], strict=True)]
    for turn in range(3):
        a, b, c = (triangle[(turn + k) % 3] for k in range(3))
        ab, bc, ca = (cut[(turn + k) % 3] for k in range(3))
        if ab is not None and bc is not None and ca is not None:
            return [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        if ab is not None and bc is not None:
            return [(ab, b, bc), (a, ab, bc), (a, bc, c)]
        if ab is not None and bc is None and ca is None:
            return [(a, ab, c), (ab, b, c)]
    a, b, c = triangle
    return [(a, b, c)]
