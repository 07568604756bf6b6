"""Painted details of clothes: reflective bands, zips, pockets."""

from __future__ import annotations

import numpy as np

from edge_agent.models.training.scene.garment import NOWHERE, Surface
from edge_agent.models.training.scene.palette import Floats, cloth_colour, linear

_SILVER = linear((206, 210, 210))


def bands(rng: np.random.Generator, surface: Surface, colours: Floats, *, arms: bool) -> None:
    """Silver bands: round the trunk, over the shoulders, round the arms."""
    regions = surface.regions
    trunk = regions.along_arm <= NOWHERE
    low = float(rng.uniform(0.28, 0.36))
    light = float(rng.uniform(0.7, 1.1))
    across = np.where(trunk, np.abs(regions.height - low), 9.0)
    if rng.random() < 0.6:
        across = np.minimum(across, np.where(trunk, np.abs(regions.height - low - 0.24), 9.0))
    silver(colours, across, 0.045, 0.025, light)
    if rng.random() < 0.6:
        brace = np.where(trunk & (regions.height > low), np.abs(np.abs(regions.neutral_m[:, 1]) - 0.105), 9.0)
        silver(colours, brace, 0.027, 0.014, light)
    if arms:
        silver(
            colours, np.minimum(np.abs(regions.along_arm - 0.65), np.abs(regions.along_arm - 1.45)), 0.1, 0.06, light
        )


def silver(colours: Floats, distance: Floats, half: float, edge: float, light: float = 1.0) -> None:
    """Paints a reflective band: full below `half` from its middle, fading over `edge`, about a triangle's width."""
    share = np.clip((half - distance) / edge + 0.5, 0.0, 1.0)[:, None]
    colours += share * (_SILVER * light - colours)


def front_line(rng: np.random.Generator, surface: Surface, colours: Floats) -> None:
    """A zip or a row of buttons down the front."""
    x, y, _ = surface.regions.neutral_m.T
    line = (np.abs(y) < 0.011) & (x > 0.0) & (surface.regions.height > 0.0)
    colours[line] *= rng.uniform(0.35, 0.8)


def pocket(rng: np.random.Generator, surface: Surface, colours: Floats) -> None:
    """A breast pocket or a name tag."""
    x, y, _ = surface.regions.neutral_m.T
    here = (np.abs(y - 0.085) < 0.04) & (x > 0.0) & (np.abs(surface.regions.height - 0.66) < 0.06)
    colours[here] = colours[here] * 0.75 if rng.random() < 0.6 else cloth_colour(rng)
