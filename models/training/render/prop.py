"""A thing in a room: some painted meshes that are placed together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.paint import Paint, Painted, Pattern
from edge_agent.models.training.render.solids import Colour, box, cylinder, moved, polygon_mesh, turn_z
from edge_agent.models.training.scene.mesh import Mesh

Prop = list[Painted]

STEEL: Colour = (0.32, 0.33, 0.35)
BLACK: Colour = (0.02, 0.02, 0.022)
WHITE: Colour = (0.72, 0.72, 0.7)
YELLOW: Colour = (0.75, 0.5, 0.02)
WOOD: Colour = (0.42, 0.27, 0.14)
CARDBOARD: Colour = (0.4, 0.26, 0.14)
MACHINE_COLOURS: tuple[Colour, ...] = (
    (0.55, 0.56, 0.55), (0.08, 0.2, 0.35), (0.1, 0.28, 0.2), (0.65, 0.45, 0.05), (0.5, 0.12, 0.03), (0.3, 0.31, 0.33),
    (0.6, 0.58, 0.5),
    (0.02, 0.08, 0.25), (0.05, 0.06, 0.07), (0.45, 0.05, 0.04), (0.2, 0.45, 0.5),
)  # fmt: skip


def choose(rng: np.random.Generator, colours: tuple[Colour, ...] = MACHINE_COLOURS) -> Colour:
    """One of the colours, a little changed."""
    colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.7, 1.25) * rng.uniform(0.9, 1.1, 3)
    return shade_of(colour)


def any_colour(rng: np.random.Generator, strength: float = 0.6) -> Colour:
    """Any albedo; `strength` 0 gives greys."""
    grey = rng.uniform(0.03, 0.7)
    return shade_of(np.clip(grey * (1 + strength * rng.normal(0, 0.7, 3)), 0.01, 0.8))


def shade_of(values: npt.NDArray[np.float64]) -> Colour:
    """Clips to a possible albedo."""
    red, green, blue = np.clip(values, 0.01, 0.85)
    return float(red), float(green), float(blue)


def part(mesh: Mesh, at_m: tuple[float, float, float], paint: Paint | None = None) -> Painted:
    """A mesh shifted within its prop."""
    return Painted(moved(mesh, np.array(at_m)), paint or Paint(stains=0.25))


def block(size_m: Colour, at_m: tuple[float, float, float], colour: Colour, paint: Paint | None = None) -> Painted:
    """A box whose footprint's centre is at `at_m` and whose lower side is at its height."""
    return part(box(size_m, colour), at_m, paint)


def post(radius_m: float, height_m: float, at_m: tuple[float, float, float], colour: Colour) -> Painted:
    """An upright round bar."""
    return part(cylinder(radius_m, height_m, colour), at_m, Paint(gloss=0.15, stains=0.2))


def picture_on(
    size_m: tuple[float, float], at_m: tuple[float, float, float], picture: int, emission: float = 0.0
) -> Painted:
    """An upright picture that faces x, its lower edge's middle at `at_m`."""
    width, height = size_m
    x, y, z = at_m
    corners = np.array(
        [[x, y - width / 2, z], [x, y + width / 2, z], [x, y + width / 2, z + height], [x, y - width / 2, z + height]]
    )
    paint = Paint(
        Pattern.PICTURE, gloss=0.1, emission=emission, origin_m=(x, y - width / 2, z), u_axis=(0.0, 1 / width, 0.0),
        v_axis=(0.0, 0.0, 1 / height), picture=picture,
    )  # fmt: skip
    return Painted(polygon_mesh(corners, WHITE), paint)


def placed(prop: Prop, at_m: tuple[float, float, float], yaw_deg: float) -> Prop:
    """The prop turned about its own upright axis and put somewhere."""
    turn, offset = turn_z(yaw_deg), np.array(at_m)
    return [Painted(moved(p.mesh, offset, turn), _placed_paint(p.paint, turn, offset)) for p in prop]


def _placed_paint(paint: Paint, turn: npt.NDArray[np.float64], offset: npt.NDArray[np.float64]) -> Paint:
    def triple(values: npt.NDArray[np.float64]) -> Colour:
        return float(values[0]), float(values[1]), float(values[2])

    return replace(
        paint,
        origin_m=triple(turn @ np.array(paint.origin_m) + offset),
        u_axis=triple(turn @ np.array(paint.u_axis)),
        v_axis=triple(turn @ np.array(paint.v_axis)),
    )
