"""The shell of a room: floor, walls, ceiling, windows, doors, columns, pipes, lamps, marks on the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_agent.models.training.render.paint import Paint, Painted, Pattern
from edge_agent.models.training.render.prop import (
    BLACK,
    STEEL,
    WHITE,
    YELLOW,
    Prop,
    any_colour,
    block,
    choose,
    picture_on,
    placed,
    post,
    shade_of,
)  # fmt: skip
from edge_agent.models.training.render.solids import Colour, polygon_mesh, tube

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """The size of a room in its own frame, metres; the walls run along x and y.

    Attributes:
        x0_m, y0_m, x1_m, y1_m: the walls.
        height_m: of the ceiling.
        factory: a factory hall; else an office or a home.
    """

    x0_m: float
    y0_m: float
    x1_m: float
    y1_m: float
    height_m: float
    factory: bool


def room_shell(rng: Rng, plan: RoomPlan) -> Prop:
    """Builds all that belongs to the building."""
    floor_paint = _floor_paint(rng, factory=plan.factory)
    floor_colour = _floor_colour(rng, plan)
    wall_colour, wall_paint = _wall_look(rng, plan)
    x0, y0, x1, y1, top = plan.x0_m, plan.y0_m, plan.x1_m, plan.y1_m, plan.height_m
    prop: Prop = [
        Painted(
            polygon_mesh(np.array([[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0.0]]), floor_colour), floor_paint
        )
    ]
    ceiling = shade_of(np.array(WHITE) * rng.uniform(0.3, 1.1) * (0.6 if plan.factory else 1.0))
    ceiling_look = Paint(Pattern.CORRUGATED if plan.factory else Pattern.TILES, scale_m=0.6, strength=0.15, stains=0.1)
    prop.append(
        Painted(
            polygon_mesh(np.array([[x0, y1, top], [x1, y1, top], [x1, y0, top], [x0, y0, top]]), ceiling), ceiling_look
        )
    )
    for middle, yaw, length in _walls(plan):
        prop += placed(_wall(rng, plan, length, (wall_colour, wall_paint)), (middle[0], middle[1], 0.0), yaw)
    return prop + _ceiling_lamps(rng, plan)


def _walls(plan: RoomPlan) -> list[tuple[tuple[float, float], float, float]]:
    """For each wall: the middle of its foot, the direction in which it faces, its length."""
    x0, y0, x1, y1 = plan.x0_m, plan.y0_m, plan.x1_m, plan.y1_m
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return [((x0, y), 0.0, y1 - y0), ((x1, y), 180.0, y1 - y0), ((x, y0), 90.0, x1 - x0), ((x, y1), 270.0, x1 - x0)]


def _floor_paint(rng: Rng, *, factory: bool) -> Paint:
    kind = int(
        rng.choice(
            [Pattern.PLAIN, Pattern.TILES, Pattern.PLANKS], p=[0.7, 0.28, 0.02] if factory else [0.35, 0.3, 0.35]
        )
    )
    scale = {Pattern.PLAIN: 1.0, Pattern.TILES: float(rng.choice([0.2, 0.3, 0.6, 4.0])), Pattern.PLANKS: 0.14}[
        Pattern(kind)
    ]
    return Paint(
        Pattern(kind),
        scale,
        float(rng.uniform(0.05, 0.6)),
        float(rng.uniform(0, 0.25)),
        stains=float(rng.uniform(0.1, 0.6)),
    )


def _floor_colour(rng: Rng, plan: RoomPlan) -> Colour:
    if plan.factory and rng.random() < 0.7:
        return shade_of(np.array([0.3, 0.3, 0.29]) * rng.uniform(0.35, 1.5) * rng.uniform(0.93, 1.07, 3))
    if plan.factory:
        return shade_of(
            np.array(choose(rng, ((0.1, 0.22, 0.16), (0.35, 0.12, 0.08), (0.12, 0.2, 0.3), (0.4, 0.36, 0.28))))
        )
    return shade_of(np.array([0.42, 0.33, 0.24]) * rng.uniform(0.3, 1.4) * rng.uniform(0.8, 1.2, 3))


def _wall_look(rng: Rng, plan: RoomPlan) -> tuple[Colour, Paint]:
    colour = shade_of(np.array([0.6, 0.59, 0.55]) * rng.uniform(0.3, 1.25) * rng.uniform(0.85, 1.12, 3))
    if rng.random() < 0.15:
        colour = any_colour(rng, 0.5)
    kinds = [Pattern.PLAIN, Pattern.BRICKS, Pattern.CORRUGATED, Pattern.TILES, Pattern.PLANKS]
    odds = [0.4, 0.25, 0.25, 0.08, 0.02] if plan.factory else [0.78, 0.08, 0.0, 0.08, 0.06]
    kind = Pattern(int(rng.choice(kinds, p=odds)))
    return colour, Paint(
        kind,
        float(rng.choice([0.12, 0.2, 0.25])),
        float(rng.uniform(0.1, 0.6)),
        second=(0.3, 0.29, 0.27),
        stains=float(rng.uniform(0.05, 0.4)),
    )


def _wall(rng: Rng, plan: RoomPlan, length: float, look: tuple[Colour, Paint]) -> Prop:
    """A wall along y that faces x, with all that is on it."""
    half, top = length / 2, plan.height_m
    corners = np.array([[0, -half, 0], [0, half, 0], [0, half, top], [0, -half, top]])
    prop: Prop = [Painted(polygon_mesh(corners, look[0]), look[1])]
    if rng.random() < 0.4:
        band = float(rng.uniform(0.08, 1.6))
        prop.append(block((0.02, length, band), (0.01, 0, 0), any_colour(rng, 0.5), Paint(stains=0.25)))
    if rng.random() < 0.6:
        prop += _windows(rng, half, top)
    if rng.random() < 0.6:
        prop += _door(rng, half, top, factory=plan.factory)
    for _ in range(int(rng.integers(0, 6))):
        size, ratio = float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.7, 1.6))
        spot = (0.03, float(rng.uniform(-half, half)), float(rng.uniform(1.0, 2.0)))
        prop.append(picture_on((size, size * ratio), spot, int(rng.integers(64))))
    if plan.factory:
        prop += _service_lines(rng, half, top)
    return prop


def _windows(rng: Rng, half: float, top: float) -> Prop:
    width, height = float(rng.uniform(0.8, 2.5)), float(rng.uniform(0.8, max(0.9, min(2.2, top - 1.5))))
    sill = float(rng.uniform(0.8, max(0.9, top - height - 0.3)))
    sky = shade_of(np.array([0.7, 0.78, 0.85]) * rng.uniform(0.5, 1.1))
    look = Paint(
        Pattern.BLINDS if rng.random() < 0.25 else Pattern.PLAIN,
        0.06,
        emission=float(rng.uniform(0.1, 2.5)),
        gloss=0.3,
        stains=0.2,
    )
    frame = WHITE if rng.random() < 0.6 else STEEL
    prop: Prop = []
    for y in np.arange(-half + 1 + width / 2, half - width / 2, width + float(rng.uniform(0.2, 2.0))):
        prop.append(block((0.02, width, height), (0.01, float(y), sill), sky, look))
        prop += [block((0.06, 0.05, height), (0.03, float(y) + s * width / 2, sill), frame) for s in (-1, 0, 1)]
        prop += [block((0.06, width, 0.05), (0.03, float(y), sill + s * height), frame) for s in (0, 1)]
    return prop


def _door(rng: Rng, half: float, top: float, *, factory: bool) -> Prop:
    width, height = (
        (float(rng.uniform(2.2, 4.0)), min(top - 0.3, 3.5)) if factory and rng.random() < 0.4 else (0.95, 2.05)
    )
    y = float(rng.uniform(-half, half) * 0.7)
    look = Paint(Pattern.CORRUGATED if width > 2 else Pattern.PLAIN, 0.25, 0.3, gloss=0.1, stains=0.2)
    frame = any_colour(rng, 0.2)
    prop = [block((0.05, width, height), (0.02, y, 0), choose(rng), look)]
    prop += [block((0.09, 0.08, height + 0.08), (0.03, y + s * width / 2, 0), frame) for s in (-1, 1)]
    return [*prop, block((0.09, width, 0.08), (0.03, y, height), frame)]


def _service_lines(rng: Rng, half: float, top: float) -> Prop:
    """Pipes, cable trays and columns along a wall."""
    prop: Prop = []
    for _ in range(int(rng.integers(0, 4))):
        z, radius = float(rng.uniform(1.8, top - 0.1)), float(rng.uniform(0.02, 0.12))
        colour = choose(rng) if rng.random() < 0.5 else STEEL
        prop.append(
            Painted(tube(np.array([0.2, -half, z]), np.array([0.2, half, z]), radius, colour), Paint(gloss=0.3))
        )
    for _ in range(int(rng.integers(0, 3))):
        spot = (0.1, float(rng.uniform(-half, half)), 0.0)
        prop.append(post(float(rng.uniform(0.015, 0.06)), top, spot, choose(rng)))
    if rng.random() < 0.5:
        colour = any_colour(rng, 0.3)
        gap = float(rng.uniform(3, 6))
        prop += [block((0.35, 0.35, top), (0.17, float(y), 0), colour) for y in np.arange(-half + 1, half, gap)]
        prop += [
            block((0.37, 0.37, 0.9), (0.17, float(y), 0.3), YELLOW, HATCH) for y in np.arange(-half + 1, half, gap)
        ]
    return prop


HATCH = Paint(Pattern.HATCHED, 0.3, second=BLACK, gloss=0.1, stains=0.3)


def _ceiling_lamps(rng: Rng, plan: RoomPlan) -> Prop:
    size = (0.15, 1.4) if plan.factory or rng.random() < 0.4 else (0.6, 0.6)
    glow = Paint(emission=float(rng.uniform(1.0, 6.0)), stains=0)
    gap_x, gap_y = float(rng.uniform(2.5, 5)), float(rng.uniform(2, 5))
    z = plan.height_m - float(rng.uniform(0.05, 1.0) if plan.factory else 0.03)
    prop: Prop = []
    for x in np.arange(plan.x0_m + gap_x / 2, plan.x1_m, gap_x)[:6]:
        prop += [
            block((size[0], size[1], 0.06), (float(x), float(y), z - 0.06), WHITE, glow)
            for y in np.arange(plan.y0_m + 1, plan.y1_m, gap_y)[:6]
        ]
        if plan.factory:
            beam = np.array([[x + 0.6, plan.y0_m, plan.height_m - 0.3], [x + 0.6, plan.y1_m, plan.height_m - 0.3]])
            prop.append(Painted(tube(beam[0], beam[1], 0.12, STEEL), Paint(stains=0.2)))
    return prop


def floor_marks(rng: Rng, plan: RoomPlan, around_m: tuple[float, float]) -> Prop:
    """Lines and hatched zones painted on the floor near a point."""
    prop: Prop = []
    line_colour = YELLOW if rng.random() < 0.7 else WHITE
    for index in range(int(rng.integers(0, 5))):
        x, y = around_m[0] + float(rng.normal(0, 2)), around_m[1] + float(rng.normal(0, 2))
        z = 0.004 + 0.002 * index
        kind = rng.random()
        if kind < 0.45:
            long = float(rng.uniform(3, 15))
            size = (0.1, long) if rng.random() < 0.5 else (long, 0.1)
            prop.append(flat(plan, (x, y, z), size, line_colour, Paint(stains=0.6)))
        else:
            size = (float(rng.uniform(0.6, 2.5)), float(rng.uniform(0.6, 3.0)))
            second = BLACK if rng.random() < 0.6 else WHITE
            look = Paint(Pattern.HATCHED, float(rng.uniform(0.2, 0.6)), second=second, stains=0.5)
            prop.append(flat(plan, (x, y, z), size, line_colour, look))
    return prop


def flat(
    plan: RoomPlan, at_m: tuple[float, float, float], size_m: tuple[float, float], colour: Colour, paint: Paint
) -> Painted:
    """A rectangle on the floor, cut at the walls."""
    xs = np.clip([at_m[0] - size_m[0] / 2, at_m[0] + size_m[0] / 2], plan.x0_m, plan.x1_m)
    ys = np.clip([at_m[1] - size_m[1] / 2, at_m[1] + size_m[1] / 2], plan.y0_m, plan.y1_m)
    corners = np.array([[xs[0], ys[0]], [xs[1], ys[0]], [xs[1], ys[1]], [xs[0], ys[1]]])
    return Painted(polygon_mesh(np.column_stack([corners, np.full(4, at_m[2])]), colour), paint)
