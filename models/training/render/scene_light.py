"""Random light for a scene: a hall's lamps, a window, the sun, or what fits a photograph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.lamp import Ambient, Lamp, Lighting, sun

Rng = np.random.Generator
Colour = tuple[float, float, float]
Array = npt.NDArray[np.float64]

USUAL_ALBEDO = 0.28
"""Mean reflectance of the things in a photograph: by it the light that fell on them is guessed."""


def _tint(rng: Rng, strength: float, kelvin_low: float, kelvin_high: float) -> Colour:
    """Light of a colour temperature; red and blue move in opposite ways about 5500 K."""
    warm = np.log(5500.0 / np.exp(rng.uniform(np.log(kelvin_low), np.log(kelvin_high))))
    colour = strength * np.exp(np.array([0.45, 0.0, -0.6]) * warm)
    return float(colour[0]), float(colour[1]), float(colour[2])


def _ambient(rng: Rng, mean: Array, slope: float) -> Ambient:
    """Light from everywhere, more from above and from one side."""
    side = rng.normal(0, 0.22, 2)
    table = np.stack([mean, mean * side[0], mean * side[1], mean * slope])
    return Ambient(np.asarray(table, np.float32))


def room_light(rng: Rng, focus_m: Array, ceiling_m: float) -> Lighting:
    """Lamps below the ceiling near the persons, sometimes light from a window; about 1 in sum."""
    lamps: list[Lamp] = []
    level = float(rng.uniform(0.25, 0.7))
    ambient = np.array(_tint(rng, level, 4000, 7500))
    count = int(rng.integers(1, 4))
    for _ in range(count):
        offset = rng.normal(0, 2.2, 2)
        place = np.array([focus_m[0] + offset[0], focus_m[1] + offset[1], ceiling_m - 0.15])
        reach = max(float(np.linalg.norm(place - focus_m)), 0.5)
        strength = float(rng.uniform(0.4, 1.6)) / count
        lamps.append(Lamp(place, _tint(rng, strength, 2800, 6500), float(rng.uniform(0.08, 0.6)), reach))
    if rng.random() < 0.35:
        colour = _tint(rng, float(rng.uniform(0.3, 1.8)), 4500, 9000)
        lamps.append(
            sun(float(rng.uniform(0, 360)), float(rng.uniform(12, 45)), colour, softness_deg=float(rng.uniform(1, 10)))
        )
    return Lighting(_ambient(rng, ambient, float(rng.uniform(0.1, 0.45))), tuple(lamps))


def photograph_light(rng: Rng, background: npt.NDArray[np.float32]) -> Lighting:
    """Light with the photograph's mean strength and colour, divided between a sun or lamp and the surroundings."""
    upper = background[: len(background) // 2].mean(axis=(0, 1)).astype(np.float64)
    lower = background[len(background) // 2 :].mean(axis=(0, 1)).astype(np.float64)
    mean = (upper + lower) / 2
    grey = float(mean.mean())
    light = (0.5 * mean + 0.5 * grey) / USUAL_ALBEDO * float(np.exp(rng.normal(0.0, 0.25)))
    direct = float(rng.uniform(0.1, 0.75))
    ambient = light * (1 - direct)
    slope = np.clip((upper - lower) / np.maximum(upper + lower, 1e-3), -0.3, 0.6) + 0.15
    side = rng.normal(0, 0.25, 2)
    table = np.stack([ambient, ambient * side[0], ambient * side[1], ambient * slope])
    key = light * direct * 2.2
    softness = float(np.exp(rng.uniform(np.log(0.3), np.log(15))))
    colour = (float(key[0]), float(key[1]), float(key[2]))
    lamp = sun(float(rng.uniform(0, 360)), float(rng.uniform(15, 80)), colour, softness_deg=softness)
    return Lighting(Ambient(np.asarray(table, np.float32)), (lamp,))
