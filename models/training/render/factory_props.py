"""What stands in a factory: racks, machines, pallets, benches, fences, barrels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_agent.models.training.render.paint import Paint, Painted, Pattern
from edge_agent.models.training.render.prop import (
    BLACK,
    CARDBOARD,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
    Prop,
    any_colour,
    block,
    choose,
    part,
    picture_on,
    placed,
    post,
    shade_of,
)  # fmt: skip
from edge_agent.models.training.render.solids import ball, cylinder, tube

Rng = np.random.Generator
WOODEN = Paint(Pattern.PLANKS, scale_m=0.1, strength=0.6, second=(0.1, 0.06, 0.03), stains=0.4)


def carton(rng: Rng, largest_m: float = 0.6) -> Prop:
    """A cardboard box, or a plastic crate."""
    size = rng.uniform(0.35, 1.0, 3) * largest_m
    colour = shade_of(np.array(CARDBOARD) * rng.uniform(0.7, 1.3)) if rng.random() < 0.7 else any_colour(rng, 0.9)
    body = block((size[0], size[1], size[2]), (0, 0, 0), colour, Paint(stains=0.25))
    if rng.random() < 0.5:
        return [body]
    return [body, block((size[0] * 1.01, 0.05, size[2] * 1.005), (0, 0, 0), shade_of(np.array(colour) * 1.4))]


def pallet(rng: Rng) -> Prop:
    """A pallet with a stack of boxes, or empty ones."""
    wood = shade_of(np.array(WOOD) * rng.uniform(0.7, 1.4))
    prop = [block((1.2, 0.1, 0.022), (0, y, 0.12), wood, WOODEN) for y in np.linspace(-0.36, 0.36, 6)]
    prop += [block((0.1, 0.8, 0.12), (x, 0, 0), wood, WOODEN) for x in (-0.55, 0, 0.55)]
    colour = shade_of(np.array(CARDBOARD) * rng.uniform(0.7, 1.3)) if rng.random() < 0.7 else any_colour(rng)
    side = float(rng.choice([0.3, 0.4, 0.6]))
    for level in range(int(rng.integers(0, 5))):
        for x in np.arange(-0.6 + side / 2, 0.6, side):
            for y in (-0.2, 0.2):
                if rng.random() < 0.93:
                    tint = shade_of(np.array(colour) * rng.uniform(0.85, 1.1))
                    prop.append(block((side * 0.97, 0.39, 0.3), (float(x), y, 0.145 + 0.3 * level), tint))
    return prop


def rack(rng: Rng) -> Prop:
    """A shelf with uprights in a signal colour and goods on it; it faces x."""
    width, depth, levels = float(rng.uniform(1.0, 2.8)), float(rng.uniform(0.4, 0.9)), int(rng.integers(2, 5))
    step = float(rng.uniform(0.45, 0.75))
    frame, beam = choose(rng), choose(rng)
    prop: Prop = []
    for y in (-width / 2, width / 2):
        prop += [block((0.06, 0.06, levels * step + 0.3), (x, y, 0), frame) for x in (-depth / 2, depth / 2)]
    for level in range(levels):
        z = 0.15 + level * step
        prop += [block((0.04, width, 0.09), (x, 0, z - 0.1), beam) for x in (-depth / 2, depth / 2)]
        prop.append(block((depth, width, 0.02), (0, 0, z - 0.02), STEEL if rng.random() < 0.5 else WOOD))
        y = -width / 2 + 0.2
        while y < width / 2 - 0.15:
            goods = carton(rng, min(0.7, step + 0.05))
            prop += placed(goods, (float(rng.uniform(-0.1, 0.1)), y, z), float(rng.normal(0, 6)))
            y += float(rng.uniform(0.25, 0.7))
    return prop


def machine(rng: Rng) -> Prop:
    """A cabinet with panels, a window, a console and pipes; it faces x."""
    depth, width, height = float(rng.uniform(0.7, 1.6)), float(rng.uniform(0.8, 2.6)), float(rng.uniform(0.9, 2.3))
    colour, second = choose(rng), choose(rng)
    glossy = Paint(gloss=float(rng.uniform(0.05, 0.5)), stains=0.2)
    prop = [
        block((depth, width, height), (0, 0, 0.08), colour, glossy),
        block((depth * 0.96, width * 0.96, 0.08), (0, 0, 0), BLACK),
    ]
    for _ in range(int(rng.integers(1, 5))):
        w, h = float(rng.uniform(0.15, 0.5) * width), float(rng.uniform(0.15, 0.45) * height)
        y = float(rng.uniform(-0.5, 0.5) * (width - w))
        z = float(rng.uniform(0.15, height - h))
        look = (second, BLACK, STEEL, WHITE)[int(rng.integers(4))]
        prop.append(block((0.03, w, h), (depth / 2 + 0.015, y, z), look, glossy))
    if rng.random() < 0.6:
        size = (depth * 0.6, width * float(rng.uniform(0.2, 0.7)), float(rng.uniform(0.2, 0.7)))
        prop.append(block(size, (-depth * 0.15, 0, height + 0.08), second, glossy))
    if rng.random() < 0.5:
        y = float(rng.uniform(-0.4, 0.4) * width)
        prop += [
            post(0.03, 1.1, (depth / 2 + 0.3, y, 0), STEEL),
            block((0.12, 0.4, 0.3), (depth / 2 + 0.3, y, 1.1), colour, glossy),
        ]
        screen = shade_of(rng.uniform(0.1, 0.6, 3))
        prop.append(block((0.01, 0.3, 0.2), (depth / 2 + 0.366, y, 1.15), screen, Paint(emission=1.2, stains=0)))
    if rng.random() < 0.4:
        lamp = float(rng.uniform(-0.4, 0.4) * width)
        for index, light in enumerate(((0.1, 0.6, 0.1), (0.8, 0.5, 0.05), (0.7, 0.05, 0.05))):
            lit = Paint(emission=3.0 * (rng.random() < 0.4), stains=0, gloss=0.4)
            prop.append(part(cylinder(0.035, 0.07, light), (0, lamp, height + 0.08 + 0.07 * index), lit))
    if rng.random() < 0.5:
        prop.append(_pipe(rng, depth, width, height))
    return prop


def _pipe(rng: Rng, depth: float, width: float, height: float) -> Painted:
    start = np.array([0.0, float(rng.uniform(-0.4, 0.4) * width), height])
    end = start + np.array(
        [float(rng.uniform(-0.5, 0.5) * depth), float(rng.uniform(-1, 1)), float(rng.uniform(0.4, 2.5))]
    )
    return Painted(tube(start, end, float(rng.uniform(0.03, 0.12)), STEEL), Paint(gloss=0.4, stains=0.2))


def bench(rng: Rng) -> Prop:
    """A workbench with things on it."""
    width, depth, height = float(rng.uniform(1.0, 2.2)), float(rng.uniform(0.5, 0.9)), float(rng.uniform(0.7, 1.0))
    leg, top = choose(rng), WOOD if rng.random() < 0.6 else STEEL
    prop = [block((depth, width, 0.05), (0, 0, height - 0.05), top, WOODEN if top == WOOD else None)]
    for x in (-depth / 2 + 0.05, depth / 2 - 0.05):
        prop += [block((0.06, 0.06, height - 0.05), (x, y, 0), leg) for y in (-width / 2 + 0.05, width / 2 - 0.05)]
    if rng.random() < 0.5:
        prop.append(block((depth * 0.9, 0.5, height * 0.5), (0, width / 2 - 0.3, height * 0.45), leg))
    for _ in range(int(rng.integers(0, 6))):
        spot = (float(rng.uniform(-0.3, 0.3) * depth), float(rng.uniform(-0.42, 0.42) * width), height)
        thing = (
            carton(rng, 0.35)
            if rng.random() < 0.6
            else [part(cylinder(0.06, 0.2, any_colour(rng)), (0, 0, 0), Paint(gloss=0.3))]
        )
        prop += placed(thing, spot, float(rng.uniform(0, 90)))
    return prop


def fence(rng: Rng) -> Prop:
    """A guard of round bars, or a wire panel between posts; it runs along y."""
    width, height = float(rng.uniform(1.2, 3.0)), float(rng.uniform(0.9, 2.0))
    colour = YELLOW if rng.random() < 0.6 else choose(rng)
    prop = [post(0.03, height, (0, y, 0), colour) for y in (-width / 2, width / 2)]
    bars = np.linspace(0.15, height, int(rng.integers(2, 4) if height < 1.3 else rng.integers(4, 12)))
    ends = [(np.array([0, -width / 2, z]), np.array([0, width / 2, z])) for z in bars]
    return prop + [Painted(tube(low, high, 0.02, colour), Paint(gloss=0.2)) for low, high in ends]


def drum(rng: Rng) -> Prop:
    """An oil barrel, a gas bottle or a bin."""
    kind = rng.random()
    colour = choose(rng)
    if kind < 0.4:
        rings = [part(cylinder(0.3, 0.03, colour), (0, 0, z), Paint(gloss=0.3)) for z in (0.28, 0.58, 0.86)]
        return [part(cylinder(0.285, 0.89, colour), (0, 0, 0), Paint(gloss=0.3, stains=0.4)), *rings]
    if kind < 0.7:
        radius, height = float(rng.uniform(0.08, 0.15)), float(rng.uniform(0.8, 1.5))
        dome = part(ball(radius, colour), (0, 0, height), Paint(gloss=0.3))
        return [post(radius, height, (0, 0, 0), colour), dome, post(0.04, radius + 0.12, (0, 0, height), STEEL)]
    return [part(cylinder(0.22, 0.6, colour, top_ratio=1.25), (0, 0, 0), Paint(gloss=0.1))]


def sign_post(rng: Rng) -> Prop:
    """A sign on a stand."""
    sign = picture_on((0.45, 0.45), (0.02, 0, 1.2), int(rng.integers(12)))
    return [post(0.025, 1.7, (0, 0, 0), STEEL), part(cylinder(0.2, 0.04, BLACK), (0, 0, 0)), sign]


FACTORY_PROPS: tuple[tuple[Callable[[Rng], Prop], float], ...] = (
    (rack, 3.0), (machine, 4.0), (pallet, 2.5), (bench, 2.0), (fence, 1.0), (drum, 1.5), (carton, 1.0),
    (sign_post, 0.5),
)  # fmt: skip
"""The props with how often they are drawn."""
