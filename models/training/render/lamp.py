"""Lights and the shadows they cast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.camera import Camera
from edge_agent.models.training.render.rasteriser import Geometry, rasterise

SUN_DISTANCE_M = 80.0
"""Far enough that the sun's rays are nearly parallel over a scene of some metres."""

LAMP_COLUMNS = 20
SHADOW_SIZE_PX = 512


@dataclass(frozen=True, slots=True, eq=False)
class Lamp:
    """A round lamp that casts soft shadows.

    Attributes:
        position_m: float64 `(3,)`, world frame.
        colour: what it gives to a white surface that faces it at `reference_m`, linear RGB.
        radius_m: radius of the lamp's disc; the larger, the softer the shadows.
        reference_m: distance at which it gives `colour`; 0 for a sun, which gives it everywhere.
    """

    position_m: npt.NDArray[np.float64]
    colour: tuple[float, float, float]
    radius_m: float
    reference_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Ambient:
    """Light from everywhere, as a linear function of the surface's normal.

    Attributes:
        table: float32 `(4, 3)`: the mean, and what x, y and z of the normal add, linear RGB.
    """

    table: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """All light of a scene."""

    ambient: Ambient
    lamps: tuple[Lamp, ...]


def sun(azimuth_deg: float, elevation_deg: float, colour: tuple[float, float, float], *, softness_deg: float) -> Lamp:
    """A sun seen from the world's origin; `softness_deg` is half of the angle it fills (the real one's: 0.27)."""
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    direction = np.array([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)])
    radius_m = SUN_DISTANCE_M * float(np.tan(np.radians(softness_deg)))
    return Lamp(direction * SUN_DISTANCE_M, colour, radius_m)


def shadow_camera(lamp: Lamp, centre_m: npt.NDArray[np.float64], radius_m: float) -> Camera:
    """A square view from the lamp that holds a ball around the centre."""
    offset = centre_m - lamp.position_m
    distance = max(float(np.linalg.norm(offset)), 1e-6)
    half_deg = (
        np.degrees(np.arctan(radius_m / distance))
        if distance < 1.2 * radius_m
        else np.degrees(np.arcsin(radius_m / distance))
    )
    return Camera(
        position_m=lamp.position_m,
        yaw_deg=float(np.degrees(np.arctan2(offset[1], offset[0]))),
        pitch_deg=float(-np.degrees(np.arcsin(offset[2] / distance))),
        roll_deg=0.0,
        vertical_field_deg=float(min(2 * half_deg, 130.0)),
        width_px=SHADOW_SIZE_PX,
        height_px=SHADOW_SIZE_PX,
    )


def shadow_maps(
    lamps: Sequence[Lamp], casters: Geometry, centre_m: npt.NDArray[np.float64], radius_m: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The table of lamps, float32 `(L, LAMP_COLUMNS)`, and how far its light gets, float32 `(L, S, S)`, metres."""
    table = np.zeros((len(lamps), LAMP_COLUMNS), np.float32)
    maps = np.full((max(len(lamps), 1), SHADOW_SIZE_PX, SHADOW_SIZE_PX), np.inf, np.float32)
    for index, lamp in enumerate(lamps):
        camera = shadow_camera(lamp, centre_m, radius_m)
        maps[index] = rasterise(casters, camera).depth_m
        table[index] = [
            *lamp.position_m,
            *lamp.colour,
            lamp.radius_m,
            lamp.reference_m,
            *camera.rotation.ravel(),
            camera.focal_px,
            0,
            0,
        ]
    return table, maps
