"""What a cloth looks like: plain, stripes, checks, prints, dirt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.palette import cloth_colour

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """A sum of plane waves: cheap smooth noise over the body.

    Attributes:
        directions: float64 `(K, 3)`, wave vectors in radians a metre.
        phases: float64 `(K,)`, radians.
    """

    directions: Floats
    phases: Floats

    def at(self, points_m: Floats) -> Floats:
        """The noise at points `(V, 3)`: float64 `(V,)`, mean about 0, mostly within -1 to 1."""
        waves = np.sin(points_m @ self.directions.T + self.phases)
        return np.asarray(waves.sum(axis=1) / np.sqrt(len(self.phases)))


def draw_waves(rng: np.random.Generator, shortest_m: float, longest_m: float, count: int = 6) -> Waves:
    """Waves of random direction with wavelengths between the given ones."""
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    length = np.exp(rng.uniform(np.log(shortest_m), np.log(longest_m), count))
    return Waves(directions * (2.0 * np.pi / length)[:, None], rng.uniform(0.0, 2.0 * np.pi, count))


def paint(rng: np.random.Generator, points_m: Floats, base: Floats, *, plain: bool = False) -> Floats:
    """Colours of a cloth at points of the body.

    Args:
        rng: the source of chance.
        points_m: float64 `(V, 3)`, on the average body in the neutral pose.
        base: linear RGB `(3,)`.
        plain: whether the cloth has one colour only (apart from wear).

    Returns:
        float64 `(V, 3)`, linear RGB.
    """
    colours = np.tile(base, (len(points_m), 1))
    if not plain:
        draw = rng.random()
        if draw < 0.5:
            colours = _figured(rng, points_m, colours)
    wear = draw_waves(rng, 0.12, 0.6).at(points_m)
    return np.asarray(np.clip(colours * (1.0 + rng.uniform(0.03, 0.12) * wear)[:, None], 0.0, 1.0))


def _figured(rng: np.random.Generator, points_m: Floats, colours: Floats) -> Floats:
    """A second colour laid over the first as stripes, checks, a print, blocks or blotches."""
    second = cloth_colour(rng)
    x, y, z = points_m.T
    kind = int(rng.integers(0, 7))
    period = float(rng.uniform(0.045, 0.14))
    phase = float(rng.uniform(0.0, 1.0))
    share = np.zeros(len(points_m))
    if kind == 0:
        share = _stripes(z / period + phase, rng.uniform(0.25, 0.6), period)
    elif kind == 1:
        share = _stripes(y / period + phase, rng.uniform(0.25, 0.5), period)
    elif kind == 2:
        share = 0.5 * _stripes(y / period + phase, 0.5, period) + 0.5 * _stripes(z / period + phase, 0.5, period)
    elif kind == 3:
        centre_z, radius_y, radius_z = rng.uniform(0.28, 0.42), rng.uniform(0.04, 0.12), rng.uniform(0.03, 0.12)
        share = ((x > 0.0) & ((y / radius_y) ** 2 + ((z - centre_z) / radius_z) ** 2 < 1.0)).astype(float)
    elif kind == 4:
        share = (z > rng.uniform(0.15, 0.45)).astype(float)
    elif kind == 5:
        share = (np.abs(y) > rng.uniform(0.17, 0.21)).astype(float)
    else:
        share = (draw_waves(rng, 0.06, 0.2).at(points_m) > rng.uniform(-0.2, 0.6)).astype(float)
    return np.asarray(colours + share[:, None] * (second - colours))


def _stripes(cycles: Floats, width: float, period_m: float) -> Floats:
    """1 in the stripes, 0 between, with edges about as wide as a triangle (14 mm): float64 `(V,)`."""
    from_middle = np.abs((cycles % 1.0) - 0.5)
    return np.asarray(np.clip((0.5 * width - from_middle) * period_m / 0.014 + 0.5, 0.0, 1.0))
