"""The colour of a painted surface at a point, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.compiled import kernel

Row = npt.NDArray[np.float32]


@kernel
def hash_unit(x: int, y: int) -> float:
    """A number in [0, 1) that looks random, the same for the same integers."""
    h = (np.int64(x) * 374761393 + np.int64(y) * 668265263) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return float((h ^ (h >> 16)) & 0xFFFFFF) / 16777216.0


@kernel
def value_noise(x: float, y: float) -> float:
    """Smooth noise in [0, 1] with a feature size of 1."""
    column, row = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - column, y - row
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    low = hash_unit(column, row) * (1 - fx) + hash_unit(column + 1, row) * fx
    high = hash_unit(column, row + 1) * (1 - fx) + hash_unit(column + 1, row + 1) * fx
    return low * (1 - fy) + high * fy


@kernel
def dirt(u: float, v: float) -> float:
    """Noise of four sizes, 1.5 m to 3 cm, around 0 within about +-1."""
    coarse = value_noise(u * 0.7 + 11.0, v * 0.7 + 5.0) - 0.5
    middle = value_noise(u * 2.3, v * 2.3) - 0.5
    fine = value_noise(u * 9.0, v * 9.0) - 0.5
    grain = value_noise(u * 35.0, v * 35.0) - 0.5
    return coarse + 0.6 * middle + 0.35 * fine + 0.3 * grain


@kernel
def joint(u: float, v: float, size: float, offset: float) -> tuple[float, float]:
    """Whether a point is on the joint of a brick wall (0 to 1), and the brick's own random number."""
    row = int(np.floor(v / size))
    shifted = u / (size * (2.0 if offset > 0 else 1.0)) + (row & 1) * offset
    column = int(np.floor(shifted))
    edge = (
        min(
            min(shifted - column, column + 1 - shifted) * (2.0 if offset > 0 else 1.0),
            min(v / size - row, row + 1 - v / size),
        )
        * size
    )
    return max(0.0, 1.0 - edge / 0.012), hash_unit(column, row)


@kernel
def pattern_mix(pattern: int, u: float, v: float, row: Row) -> tuple[float, float]:
    """How much of the second colour shows at (u, v) metres, and by what the brightness is multiplied."""
    scale, strength = row[1], row[2]
    if pattern == 1 or pattern == 2:
        line, own = joint(u, v, scale, 0.5 if pattern == 2 else 0.0)
        return line * 0.8, 1.0 + strength * 0.5 * (own - 0.5)
    if pattern == 3:
        return 0.0, 1.0 + 0.45 * strength * np.sin(u / scale * 6.2832)
    if pattern == 4:
        own = hash_unit(int(np.floor(v / scale)), int(np.floor(u / 2.4)))
        edge = v / scale - np.floor(v / scale)
        grain = value_noise(u * 2.0 + own * 50.0, v * 60.0) - 0.5
        return (0.7 if edge * scale < 0.006 else 0.0), 1.0 + strength * (0.5 * (own - 0.5) + 0.5 * grain)
    if pattern == 5:
        stripe = (u + v) / scale
        return (1.0 if stripe - np.floor(stripe) < 0.5 else 0.0), 1.0
    if pattern == 7:
        slat = v / scale - np.floor(v / scale)
        return (1.0 if slat < 0.25 else 0.0), 0.7 + 0.4 * slat
    return 0.0, 1.0


@kernel
def plane_of(x: float, y: float, z: float, normal: tuple[float, float, float]) -> tuple[float, float]:
    """Coordinates on the surface in metres, seen along the normal's largest part."""
    across, along, up = abs(normal[0]), abs(normal[1]), abs(normal[2])
    if up > across and up > along:
        return x, y
    if across > along:
        return y, z
    return x, z


@kernel
def picture_texel(
    pictures: npt.NDArray[np.float32], row: Row, x: float, y: float, z: float
) -> tuple[float, float, float]:
    """The colour of a picture glued to the surface."""
    px, py, pz = x - row[9], y - row[10], z - row[11]
    u = px * row[12] + py * row[13] + pz * row[14]
    v = px * row[15] + py * row[16] + pz * row[17]
    height, width = pictures.shape[1], pictures.shape[2]
    column = int(min(max(u * width, 0.0), width - 1.0))
    line = int(min(max((1.0 - v) * height, 0.0), height - 1.0))
    texel = pictures[int(row[18]), line, column]
    return texel[0], texel[1], texel[2]


@kernel
def painted_colour(
    point: tuple[float, float, float],
    normal: tuple[float, float, float],
    colour: tuple[float, float, float],
    row: Row,
    pictures: npt.NDArray[np.float32],
) -> tuple[float, float, float]:
    """Albedo at a point of a painted surface, linear RGB."""
    x, y, z = point
    pattern = int(row[0])
    r, g, b = colour
    if pattern == 6:
        return picture_texel(pictures, row, x, y, z)
    if pattern == 0 and row[8] <= 0.0:
        return colour
    u, v = plane_of(x - row[9], y - row[10], z - row[11], normal)
    mix, factor = pattern_mix(pattern, u, v, row)
    r, g, b = r + (row[4] - r) * mix, g + (row[5] - g) * mix, b + (row[6] - b) * mix
    if row[8] > 0.0:
        factor *= max(0.15, 1.0 + row[8] * dirt(u, v))
    return r * factor, g * factor, b * factor
