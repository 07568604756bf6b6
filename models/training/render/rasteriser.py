"""Triangles to the nearest surface behind every pixel.

Homogeneous rasterisation after M. Olano and T. Greer, "Triangle Scan Conversion using 2D Homogeneous Coordinates"
(1997): the edge functions are computed in the camera frame, so that a triangle that reaches behind the camera needs no
clipping, and the interpolation is perspective-correct.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.camera import Camera
from edge_agent.models.training.render.compiled import kernel
from edge_agent.models.training.scene.mesh import NO_PERSON, Mesh

NEAR_M = 0.05
"""Nothing nearer than this is drawn."""

NO_TRIANGLE = -1
Buffers = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.int32]]
MAX_PERSONS = 31
"""One bit a person in `SurfaceBuffer.covered`."""


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """All meshes of a scene in one set of arrays.

    Attributes:
        vertices_m: float32 `(V, 3)`, world frame.
        normals: float32 `(V, 3)`.
        colours: float32 `(V, 3)`, linear RGB.
        triangles: int32 `(T, 3)`.
        mesh_of: int32 `(T,)`, index of the mesh.
        person_of: int32 `(M,)`, the meshes' `person`.
    """

    vertices_m: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int32]
    mesh_of: npt.NDArray[np.int32]
    person_of: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceBuffer:
    """What is nearest behind every pixel.

    Attributes:
        depth_m: float32 `(H, W)`, along the camera's axis; infinite where nothing is.
        triangle: int32 `(H, W)`, index into `Geometry.triangles`, or `NO_TRIANGLE`.
        covered: int32 `(H, W)`, bit i set where person i would be seen if alone.
        corners_m: float32 `(V, 3)`, the vertices in the camera frame.
    """

    depth_m: npt.NDArray[np.float32]
    triangle: npt.NDArray[np.int32]
    covered: npt.NDArray[np.int32]
    corners_m: npt.NDArray[np.float32]

    def person(self, geometry: Geometry) -> npt.NDArray[np.int32]:
        """int32 `(H, W)`, the person seen at each pixel, -1 for all else."""
        owners = np.append(geometry.person_of[geometry.mesh_of], np.int32(NO_PERSON))
        return np.asarray(owners[self.triangle], np.int32)  # NO_TRIANGLE takes the last


def join_meshes(meshes: Sequence[Mesh]) -> Geometry:
    """Puts meshes into one `Geometry`, in the order given.

    Raises:
        ValueError: a mesh belongs to a person beyond `MAX_PERSONS`.
    """
    if any(mesh.person >= MAX_PERSONS for mesh in meshes):
        raise ValueError(f"at most {MAX_PERSONS} persons fit in one picture")
    starts = np.cumsum([0, *(len(mesh.vertices_m) for mesh in meshes)])
    triangles = [mesh.triangles + np.int32(start) for mesh, start in zip(meshes, starts[:-1], strict=True)]
    empty = np.zeros((0, 3), np.float32)
    return Geometry(
        vertices_m=np.concatenate([empty, *(mesh.vertices_m for mesh in meshes)], dtype=np.float32),
        normals=np.concatenate([empty, *(mesh.normals for mesh in meshes)], dtype=np.float32),
        colours=np.concatenate([empty, *(mesh.colours for mesh in meshes)], dtype=np.float32),
        triangles=np.concatenate([np.zeros((0, 3), np.int32), *triangles], dtype=np.int32),
        mesh_of=np.repeat(np.arange(len(meshes), dtype=np.int32), [len(mesh.triangles) for mesh in meshes]),
        person_of=np.array([mesh.person for mesh in meshes], np.int32),
    )


def rasterise(geometry: Geometry, camera: Camera) -> SurfaceBuffer:
    """Finds the nearest front face behind the middle of every pixel. The lens' distortion is not applied."""
    shape = (camera.height_px, camera.width_px)
    corners = np.ascontiguousarray(camera.to_camera(geometry.vertices_m), np.float32)
    buffer = SurfaceBuffer(
        depth_m=np.full(shape, np.inf, np.float32),
        triangle=np.full(shape, NO_TRIANGLE, np.int32),
        covered=np.zeros(shape, np.int32),
        corners_m=corners,
    )
    person_bit = np.where(geometry.person_of >= 0, 1 << np.maximum(geometry.person_of, 0), 0).astype(np.int32)
    bits = person_bit[geometry.mesh_of] if len(person_bit) else np.zeros(0, np.int32)
    _draw(corners, geometry.triangles, bits, camera.focal_px, (buffer.depth_m, buffer.triangle, buffer.covered))
    return buffer


@kernel
def _span(a: float, b: float, c: float, focal_px: float, size_px: int) -> tuple[int, int]:
    """First and last + 1 pixel between the least and the greatest of three coordinates divided by their depth."""
    low, high = min(a, b, c) * focal_px + 0.5 * size_px, max(a, b, c) * focal_px + 0.5 * size_px
    return int(max(0.0, min(low - 0.5, float(size_px)) + 0.999)), int(max(-1.0, min(high - 0.5, size_px - 1.0))) + 1


@kernel
def _draw(
    corners: npt.NDArray[np.float32],
    triangles: npt.NDArray[np.int32],
    bits: npt.NDArray[np.int32],
    focal_px: float,
    out: Buffers,
) -> None:
    height, width = out[0].shape
    for index in range(triangles.shape[0]):
        i, j, k = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        az, bz, cz = corners[i, 2], corners[j, 2], corners[k, 2]
        if max(az, bz, cz) < NEAR_M:
            continue
        left, right, top, bottom = 0, width, 0, height
        if min(az, bz, cz) > NEAR_M:
            left, right = _span(corners[i, 0] / az, corners[j, 0] / bz, corners[k, 0] / cz, focal_px, width)
            top, bottom = _span(corners[i, 1] / az, corners[j, 1] / bz, corners[k, 1] / cz, focal_px, height)
        if left < right and top < bottom:
            _fill(corners, (i, j, k), (left, right, top, bottom), (index, bits[index], focal_px), out)


@kernel
def _cross(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    ax, ay, az, bx, by, bz = (
        np.float64(a[0]),
        np.float64(a[1]),
        np.float64(a[2]),
        np.float64(b[0]),
        np.float64(b[1]),
        np.float64(b[2]),
    )
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


@kernel
def _inside(slope: float, offset: float, low: float, high: float) -> tuple[float, float]:
    """Cuts the range of x down to where slope * x + offset is not negative."""
    if slope > 0.0:
        return max(low, -offset / slope), high
    if slope < 0.0:
        return low, min(high, -offset / slope)
    return (low, high) if offset >= 0.0 else (1.0, -1.0)


@kernel
def _fill(
    corners: npt.NDArray[np.float32],
    corner: tuple[int, int, int],
    window: tuple[int, int, int, int],
    mark: tuple[int, int, float],
    out: Buffers,
) -> None:
    """Draws one triangle within a window of pixels, if its front faces the camera."""
    depth, seen, covered = out
    index, bit, focal_px = mark
    a, b, c = corners[corner[0]], corners[corner[1]], corners[corner[2]]
    ux, uy, uz = _cross(c, b)
    vx, vy, vz = _cross(a, c)
    wx, wy, wz = _cross(b, a)
    volume = a[0] * ux + a[1] * uy + a[2] * uz
    if volume <= 0.0:
        return
    height, width = depth.shape
    for row in range(window[2], window[3]):
        y = (row + 0.5 - 0.5 * height) / focal_px
        low, high = _inside(ux, uy * y + uz, -1e30, 1e30)
        low, high = _inside(vx, vy * y + vz, low, high)
        low, high = _inside(wx, wy * y + wz, low, high)
        first = max(window[0], int(max(low * focal_px + 0.5 * width - 1.5, -1.0)))
        last = min(window[1], int(min(high * focal_px + 0.5 * width + 1.5, width + 1.0)))
        for column in range(first, last):
            x = (column + 0.5 - 0.5 * width) / focal_px
            u, v, w = ux * x + uy * y + uz, vx * x + vy * y + vz, wx * x + wy * y + wz
            if u < 0.0 or v < 0.0 or w < 0.0:
                continue
            z = volume / max(u + v + w, 1e-30)
            if z < NEAR_M:
                continue
            covered[row, column] |= bit
            if z < depth[row, column]:
                depth[row, column] = z
                seen[row, column] = index
