"""Light on a point, compiled: soft shadows, highlights, contact darkening.

Soft shadows: R. Fernando, "Percentage-Closer Soft Shadows" (2005). Contact darkening: M. McGuire and others, "The
Alchemy Screen-Space Ambient Obscurance Algorithm" (2011). Highlights: J. Blinn's half vector (1977).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.compiled import kernel

Point = tuple[float, float, float]
Turn = tuple[float, float]
"""Cosine and sine of the angle by which the taps of one pixel are turned."""

TAPS = 8
GOLDEN_ANGLE = 2.39996
_SPIRAL = np.sqrt((np.arange(TAPS) + 0.5) / TAPS) * np.exp(1j * GOLDEN_ANGLE * np.arange(TAPS))
SPIRAL_X, SPIRAL_Y = _SPIRAL.real.astype(np.float32), _SPIRAL.imag.astype(np.float32)
"""Vogel's spiral: points spread evenly over the unit disc."""

CONTACT_RADIUS_M = 0.22


@kernel
def _blocker_depth(depths: npt.NDArray[np.float32], at: Point, radius_px: float, turn: Turn) -> float:
    """Mean depth of what stands between a point and its lamp, or a negative number."""
    size = depths.shape[0]
    total, count = 0.0, 0
    for tap in range(TAPS):
        column = int(at[0] + radius_px * (SPIRAL_X[tap] * turn[0] - SPIRAL_Y[tap] * turn[1]))
        row = int(at[1] + radius_px * (SPIRAL_X[tap] * turn[1] + SPIRAL_Y[tap] * turn[0]))
        if 0 <= row < size and 0 <= column < size and depths[row, column] < at[2]:
            total += depths[row, column]
            count += 1
    return total / count if count > 0 else -1.0


@kernel
def _lit_share(depths: npt.NDArray[np.float32], at: Point, radius_px: float, turn: Turn) -> float:
    size = depths.shape[0]
    lit = 0
    for tap in range(TAPS):
        column = int(at[0] + radius_px * (SPIRAL_X[tap] * turn[0] - SPIRAL_Y[tap] * turn[1]))
        row = int(at[1] + radius_px * (SPIRAL_X[tap] * turn[1] + SPIRAL_Y[tap] * turn[0]))
        if not (0 <= row < size and 0 <= column < size) or depths[row, column] >= at[2]:
            lit += 1
    return lit / TAPS


@kernel
def lamp_visible(lamp: npt.NDArray[np.float32], depths: npt.NDArray[np.float32], point: Point, turn: Turn) -> float:
    """Which share of a lamp's disc is seen from a point, 0 to 1; 1 outside of its shadow map."""
    dx, dy, dz = point[0] - lamp[0], point[1] - lamp[1], point[2] - lamp[2]
    x = lamp[8] * dx + lamp[9] * dy + lamp[10] * dz
    y = lamp[11] * dx + lamp[12] * dy + lamp[13] * dz
    z = lamp[14] * dx + lamp[15] * dy + lamp[16] * dz
    if z < 0.1:
        return 1.0
    focal, size = lamp[17], depths.shape[0]
    column, row = x / z * focal + 0.5 * size, y / z * focal + 0.5 * size
    if column < 0 or row < 0 or column >= size or row >= size:
        return 1.0
    texel_m = z / focal
    reached = z - 0.012 - 1.5 * texel_m
    search_px = min(max(lamp[6] * focal / z * 0.35, 1.5), 24.0)
    blocker = _blocker_depth(depths, (column, row, reached), search_px, turn)
    if blocker < 0.0:
        return 1.0
    penumbra_px = lamp[6] * (reached - blocker) / blocker * focal / z
    return _lit_share(depths, (column, row, reached), min(max(penumbra_px, 1.0), 40.0), turn)


@kernel
def lamp_strength(
    lamp: npt.NDArray[np.float32], point: Point, normal: Point
) -> tuple[float, float, float, float, float]:
    """Direction to the lamp (3), cosine with the normal, and what distance and the lamp's downward cone leave of it."""
    x, y, z = lamp[0] - point[0], lamp[1] - point[1], lamp[2] - point[2]
    distance = max(np.sqrt(x * x + y * y + z * z), 1e-3)
    x, y, z = x / distance, y / distance, z / distance
    strength = 1.0
    if lamp[7] > 0.0:
        strength = (lamp[7] / max(distance, 0.3 * lamp[7])) ** 2 * (0.25 + 0.75 * max(z, 0.0))
    return x, y, z, x * normal[0] + y * normal[1] + z * normal[2], strength


@kernel
def highlight(to_lamp: Point, to_eye: Point, normal: Point, gloss: float) -> float:
    """Blinn's highlight, brighter and smaller with gloss."""
    x, y, z = to_lamp[0] + to_eye[0], to_lamp[1] + to_eye[1], to_lamp[2] + to_eye[2]
    length = max(np.sqrt(x * x + y * y + z * z), 1e-6)
    cosine = max((x * normal[0] + y * normal[1] + z * normal[2]) / length, 0.0)
    return float(cosine ** (12.0 + 100.0 * gloss) * (0.04 + 0.9 * gloss))


@kernel
def contact_light(
    depth: npt.NDArray[np.float32], pixel: tuple[int, int], normal: Point, focal_px: float, turn: Turn
) -> float:
    """Share of the light from everywhere that near surfaces leave, 0 to 1. The normal is in the camera frame."""
    row, column = pixel
    height, width = depth.shape
    z = depth[row, column]
    radius_px = min(max(CONTACT_RADIUS_M * focal_px / z, 2.0), 60.0)
    x, y = (column + 0.5 - 0.5 * width) * z / focal_px, (row + 0.5 - 0.5 * height) * z / focal_px
    hidden = 0.0
    for tap in range(TAPS):
        c = int(column + 0.5 + radius_px * (SPIRAL_X[tap] * turn[0] - SPIRAL_Y[tap] * turn[1]))
        r = int(row + 0.5 + radius_px * (SPIRAL_X[tap] * turn[1] + SPIRAL_Y[tap] * turn[0]))
        if r < 0 or c < 0 or r >= height or c >= width or depth[r, c] > 1e6:
            continue
        tz = depth[r, c]
        dx, dy, dz = (c + 0.5 - 0.5 * width) * tz / focal_px - x, (r + 0.5 - 0.5 * height) * tz / focal_px - y, tz - z
        along = dx * normal[0] + dy * normal[1] + dz * normal[2] - 0.01 * z * 0.3
        square = dx * dx + dy * dy + dz * dz
        if along > 0.0 and square < 4 * CONTACT_RADIUS_M**2:
            hidden += along / (square + 0.003) * 0.11
    return max(0.12, 1.0 - 1.6 * hidden / TAPS)
