"""The surfaces behind the pixels to the light that they send to the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.camera import Camera
from edge_agent.models.training.render.compiled import kernel
from edge_agent.models.training.render.lamp import Lighting, shadow_maps
from edge_agent.models.training.render.light_kernel import (
    Point,
    Turn,
    contact_light,
    highlight,
    lamp_strength,
    lamp_visible,
)
from edge_agent.models.training.render.paint import Paint, paint_table
from edge_agent.models.training.render.pattern_kernel import hash_unit, painted_colour
from edge_agent.models.training.render.rasteriser import Geometry, SurfaceBuffer

Corner = tuple[int, int, int]
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Shading:
    """What else it takes to shade a picture.

    Attributes:
        paints: one a mesh of the geometry.
        lighting: the scene's light.
        pictures: float32 `(N, h, w, 3)`, linear RGB, what `Paint.picture` points at; at least one.
        focus_m: float64 `(3,)`, the middle of the ball in which shadows are cast.
        focus_radius_m: its radius.
    """

    paints: tuple[Paint, ...]
    lighting: Lighting
    pictures: Array
    focus_m: npt.NDArray[np.float64]
    focus_radius_m: float


class _Inputs(NamedTuple):
    """The arrays that the kernel reads, as `SurfaceBuffer`, `Geometry`, `Paint` and `Lamp` describe them."""

    depth: Array
    seen: npt.NDArray[np.int32]
    corners: Array
    normals: Array
    colours: Array
    triangles: npt.NDArray[np.int32]
    mesh_of: npt.NDArray[np.int32]
    paints: Array
    pictures: Array
    lamps: Array
    shadows: Array
    ambient: Array
    rotation: Array
    eye: Array
    focal_px: float


def shade(geometry: Geometry, surfaces: SurfaceBuffer, camera: Camera, shading: Shading) -> tuple[Array, Array]:
    """Computes the light from every pixel's surface.

    Returns:
        float32 `(H, W, 3)` linear RGB, 0 where nothing is; and float32 `(H, W)`, for the pixels where nothing is,
        which share of the light reaches the floor (z = 0) there, 0 to 1.
    """
    lamps, shadows = shadow_maps(shading.lighting.lamps, geometry, shading.focus_m, shading.focus_radius_m)
    inputs = _Inputs(
        depth=surfaces.depth_m,
        seen=surfaces.triangle,
        corners=surfaces.corners_m,
        normals=geometry.normals,
        colours=geometry.colours,
        triangles=geometry.triangles,
        mesh_of=geometry.mesh_of,
        paints=paint_table(shading.paints),
        pictures=shading.pictures,
        lamps=lamps,
        shadows=shadows,
        ambient=shading.lighting.ambient.table,
        rotation=np.ascontiguousarray(camera.rotation, np.float32),
        eye=camera.position_m.astype(np.float32),
        focal_px=camera.focal_px,
    )
    height, width = surfaces.depth_m.shape
    light = np.zeros((height, width, 3), np.float32)
    floor = np.ones((height, width), np.float32)
    _shade(inputs, light, floor)
    return light, floor


@kernel
def _shade(inputs: _Inputs, light: Array, floor: Array) -> None:
    height, width = inputs.seen.shape
    for row in range(height):
        y = (row + 0.5 - 0.5 * height) / inputs.focal_px
        for column in range(width):
            x = (column + 0.5 - 0.5 * width) / inputs.focal_px
            angle = 6.2832 * hash_unit(column + 7919, row)
            turn = (np.cos(angle), np.sin(angle))
            if inputs.seen[row, column] >= 0:
                _surface(inputs, (row, column), (x, y), turn, light)
            else:
                floor[row, column] = _floor_light(inputs, x, y, turn)


@kernel
def _to_world(rotation: Array, x: float, y: float, z: float) -> Point:
    return (
        rotation[0, 0] * x + rotation[1, 0] * y + rotation[2, 0] * z,
        rotation[0, 1] * x + rotation[1, 1] * y + rotation[2, 1] * z,
        rotation[0, 2] * x + rotation[1, 2] * y + rotation[2, 2] * z,
    )


@kernel
def _floor_light(inputs: _Inputs, x: float, y: float, turn: Turn) -> float:
    """Which share of the light reaches the floor behind a pixel, weighted by the lamps' strength."""
    dx, dy, dz = _to_world(inputs.rotation, x, y, 1.0)
    if dz > -1e-4:
        return 1.0
    reach = -inputs.eye[2] / dz
    point = (inputs.eye[0] + dx * reach, inputs.eye[1] + dy * reach, 0.0)
    total = got = inputs.ambient[0, 1] + inputs.ambient[3, 1]
    for index in range(inputs.lamps.shape[0]):
        lamp = inputs.lamps[index]
        _, _, _, cosine, strength = lamp_strength(lamp, point, (0.0, 0.0, 1.0))
        share = max(cosine, 0.0) * strength * lamp[4]
        total += share
        got += share * lamp_visible(lamp, inputs.shadows[index], point, turn)
    return float(got / max(total, 1e-6))


@kernel
def _weights(inputs: _Inputs, corner: Corner, x: float, y: float) -> Point:
    """Perspective-correct weights of a triangle's corners behind a pixel (ratios of the volumes with the ray)."""
    a, b, c = inputs.corners[corner[0]], inputs.corners[corner[1]], inputs.corners[corner[2]]
    u = (c[1] * b[2] - c[2] * b[1]) * x + (c[2] * b[0] - c[0] * b[2]) * y + (c[0] * b[1] - c[1] * b[0])
    v = (a[1] * c[2] - a[2] * c[1]) * x + (a[2] * c[0] - a[0] * c[2]) * y + (a[0] * c[1] - a[1] * c[0])
    w = (b[1] * a[2] - b[2] * a[1]) * x + (b[2] * a[0] - b[0] * a[2]) * y + (b[0] * a[1] - b[1] * a[0])
    u, v, w = max(u, 0.0), max(v, 0.0), max(w, 0.0)
    total = max(u + v + w, 1e-30)
    return u / total, v / total, w / total


@kernel
def _blend(values: Array, corner: Corner, weight: Point) -> Point:
    i, j, k = corner
    u, v, w = weight
    return (
        values[i, 0] * u + values[j, 0] * v + values[k, 0] * w,
        values[i, 1] * u + values[j, 1] * v + values[k, 1] * w,
        values[i, 2] * u + values[j, 2] * v + values[k, 2] * w,
    )


@kernel
def _surface(inputs: _Inputs, pixel: tuple[int, int], ray: tuple[float, float], turn: Turn, light: Array) -> None:
    index = inputs.seen[pixel[0], pixel[1]]
    corner = (inputs.triangles[index, 0], inputs.triangles[index, 1], inputs.triangles[index, 2])
    weight = _weights(inputs, corner, ray[0], ray[1])
    nx, ny, nz = _blend(inputs.normals, corner, weight)
    length = max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-6)
    normal = (nx / length, ny / length, nz / length)
    depth = inputs.depth[pixel[0], pixel[1]]
    dx, dy, dz = _to_world(inputs.rotation, ray[0] * depth, ray[1] * depth, depth)
    point = (inputs.eye[0] + dx, inputs.eye[1] + dy, inputs.eye[2] + dz)
    row = inputs.paints[inputs.mesh_of[index]]
    albedo = painted_colour(point, normal, _blend(inputs.colours, corner, weight), row, inputs.pictures)
    reach = max(np.sqrt(dx * dx + dy * dy + dz * dz), 1e-6)
    diffuse, shine = _gather(inputs, point, normal, (-dx / reach, -dy / reach, -dz / reach, row[3]), turn)
    r = inputs.rotation
    in_camera = (
        r[0, 0] * normal[0] + r[0, 1] * normal[1] + r[0, 2] * normal[2],
        r[1, 0] * normal[0] + r[1, 1] * normal[1] + r[1, 2] * normal[2],
        r[2, 0] * normal[0] + r[2, 1] * normal[1] + r[2, 2] * normal[2],
    )
    open_share = contact_light(inputs.depth, pixel, in_camera, inputs.focal_px, turn)
    for channel in range(3):
        ambient = inputs.ambient[0, channel]
        for axis in range(3):
            ambient += inputs.ambient[axis + 1, channel] * normal[axis]
        incoming = max(ambient, 0.0) * open_share + diffuse[channel] * (0.35 + 0.65 * open_share)
        light[pixel[0], pixel[1], channel] = albedo[channel] * (incoming + row[7]) + shine[channel]


@kernel
def _gather(
    inputs: _Inputs, point: Point, normal: Point, view: tuple[float, float, float, float], turn: Turn
) -> tuple[Point, Point]:
    """Diffuse light and highlights of all lamps. `view` is the direction to the eye (3) and the gloss."""
    r = g = b = sr = sg = sb = 0.0
    start = (point[0] + 0.012 * normal[0], point[1] + 0.012 * normal[1], point[2] + 0.012 * normal[2])
    for index in range(inputs.lamps.shape[0]):
        lamp = inputs.lamps[index]
        x, y, z, cosine, strength = lamp_strength(lamp, point, normal)
        if cosine <= 0.0:
            continue
        strength *= lamp_visible(lamp, inputs.shadows[index], start, turn)
        shine = strength * highlight((x, y, z), (view[0], view[1], view[2]), normal, view[3]) * min(1.0, cosine * 4.0)
        strength *= cosine
        r, g, b = r + strength * lamp[3], g + strength * lamp[4], b + strength * lamp[5]
        sr, sg, sb = sr + shine * lamp[3], sg + shine * lamp[4], sb + shine * lamp[5]
    return (r, g, b), (sr, sg, sb)
