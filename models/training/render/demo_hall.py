"""The hall of the demonstration: laid out by hand, so that the story is always in view."""

from __future__ import annotations

import numpy as np

from edge_agent.models.training.render.camera import Camera
from edge_agent.models.training.render.demo_script import LIFTER_STOP_M, SHELF_PLACE_M, ZONE_M
from edge_agent.models.training.render.factory_props import bench, drum, machine, pallet, rack
from edge_agent.models.training.render.lamp import Ambient, Lamp, Lighting, sun
from edge_agent.models.training.render.paint import Paint, Painted, Pattern
from edge_agent.models.training.render.prop import BLACK, STEEL, WHITE, YELLOW, Prop, block, picture_on, placed
from edge_agent.models.training.render.solids import Colour, polygon_mesh, tube

Rng = np.random.Generator

BACK_M, LEFT_M, RIGHT_M, CEILING_M = 11.5, 6.5, -6.0, 5.2
WALL: Colour = (0.42, 0.43, 0.41)
DADO: Colour = (0.1, 0.19, 0.22)


def demo_camera(width_px: int = 640, height_px: int = 480) -> Camera:
    """Fixed to a wall at 2.6 m, looking 15 degrees down along x."""
    return Camera(np.array([0.0, 0.0, 2.6]), 0.0, 15.0, 0.0, 40.0, width_px, height_px)


def demo_light() -> Lighting:
    """Two rows of cool lamps and a window on the left."""
    ambient = np.array(
        [[0.2, 0.215, 0.24], [-0.02, -0.02, -0.02], [0.04, 0.045, 0.055], [0.06, 0.06, 0.06]], np.float32
    )
    lamps = (
        Lamp(np.array([5.0, -1.6, 4.9]), (0.85, 0.83, 0.74), 0.3, 4.3),
        Lamp(np.array([7.4, 2.0, 4.9]), (0.6, 0.58, 0.52), 0.3, 4.3),
        sun(115.0, 38.0, (0.55, 0.6, 0.68), softness_deg=5.0),
    )
    return Lighting(Ambient(ambient), lamps)


def demo_hall(rng: Rng) -> Prop:
    """Everything but the workers."""
    return _shell() + _zone() + _furniture(rng)


def _rectangle(corners: list[tuple[float, float, float]], colour: Colour, paint: Paint) -> Painted:
    return Painted(polygon_mesh(np.array(corners), colour), paint)


def _shell() -> Prop:
    floor = Paint(Pattern.TILES, 3.0, 0.06, 0.12, second=(0.1, 0.1, 0.1), stains=0.3)
    wall = Paint(Pattern.BRICKS, 0.2, 0.15, second=(0.3, 0.3, 0.28), stains=0.15)
    x0, x1, y0, y1, top = -1.0, BACK_M, RIGHT_M, LEFT_M, CEILING_M
    prop = [
        _rectangle([(x0, y0, 0), (x1, y0, 0), (x1, y1, 0), (x0, y1, 0)], (0.3, 0.3, 0.29), floor),
        _rectangle([(x1, y1, 0), (x1, y0, 0), (x1, y0, top), (x1, y1, top)], WALL, wall),
        _rectangle([(x0, y1, 0), (x1, y1, 0), (x1, y1, top), (x0, y1, top)], WALL, wall),
        _rectangle([(x1, y0, 0), (x0, y0, 0), (x0, y0, top), (x1, y0, top)], WALL, wall),
        _rectangle([(x0, y1, top), (x1, y1, top), (x1, y0, top), (x0, y0, top)], (0.25, 0.25, 0.25), Paint(stains=0.1)),
        block((0.02, y1 - y0, 1.1), (x1 - 0.01, (y0 + y1) / 2, 0), DADO, Paint(stains=0.2)),
        block((0.05, 3.2, 3.1), (x1 - 0.02, 3.6, 0), (0.32, 0.34, 0.36), Paint(Pattern.CORRUGATED, 0.2, 0.35)),
    ]
    glow = Paint(emission=0.9, stains=0.15)
    for y in (-4.2, -2.4, -0.6):
        prop.append(block((0.03, 1.4, 1.1), (x1 - 0.02, y, 2.2), (0.6, 0.68, 0.75), glow))
        prop += [block((0.06, 0.05, 1.1), (x1 - 0.03, y + side, 2.2), WHITE) for side in (-0.7, 0.0, 0.7)]
    pipe = tube(np.array([x1 - 0.25, y0, 3.7]), np.array([x1 - 0.25, y1, 3.7]), 0.09, (0.5, 0.35, 0.04))
    return [*prop, Painted(pipe, Paint(gloss=0.3)), block((0.35, 0.35, top), (x1 - 0.2, 1.2, 0), STEEL)]


def _zone() -> Prop:
    """The hatched zone with a solid border, and a gangway's line."""
    hatch = Paint(Pattern.HATCHED, 0.34, second=BLACK, gloss=0.1, stains=0.35)
    corners = [(x, y, 0.004) for x, y in ZONE_M]
    (x0, y0), _, (x1, y1), _ = ZONE_M
    border = [
        block((x1 - x0 + 0.16, 0.08, 0.006), ((x0 + x1) / 2, y, 0), YELLOW, Paint(stains=0.4))
        for y in (y0 - 0.04, y1 + 0.04)
    ] + [
        block((0.08, y1 - y0, 0.006), (x, (y0 + y1) / 2, 0), YELLOW, Paint(stains=0.4)) for x in (x0 - 0.04, x1 + 0.04)
    ]
    line = block((0.1, 11.0, 0.004), (8.3, 0.3, 0), YELLOW, Paint(stains=0.6))
    return [_rectangle(corners, YELLOW, hatch), *border, line]


def _furniture(rng: Rng) -> Prop:
    shelf_x = SHELF_PLACE_M[0] + 0.95
    load = (LIFTER_STOP_M[0], LIFTER_STOP_M[1] + 0.62, 0.0)
    prop = placed(rack(rng), (shelf_x, SHELF_PLACE_M[1], 0.0), 180.0)
    prop += placed(machine(rng), (10.3, -0.6, 0.0), 180.0)
    prop += placed(machine(rng), (10.2, -4.4, 0.0), 170.0)
    prop += placed(bench(rng), (9.6, 1.9, 0.0), 180.0)
    prop += placed(pallet(rng), (9.4, 4.6, 0.0), 20.0)
    prop += placed(drum(rng), (8.9, 3.1, 0.0), 0.0)
    prop += placed(rack(rng), (10.6, 5.6, 0.0), 180.0)
    prop += placed([picture_on((0.5, 0.5), (0.03, 0, 1.5), 2)], (BACK_M - 0.05, 0.55, 0.0), 180.0)
    prop.append(block((0.5, 0.5, 0.1), load, (0.38, 0.25, 0.13), Paint(Pattern.PLANKS, 0.1)))
    return prop
