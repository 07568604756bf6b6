"""What stands in an office or a home: desks, chairs, cupboards, sofas; and things easily taken for a person."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_agent.models.training.render.paint import Paint, Pattern
from edge_agent.models.training.render.prop import (
    BLACK,
    STEEL,
    WHITE,
    WOOD,
    Prop,
    any_colour,
    block,
    part,
    picture_on,
    placed,
    post,
    shade_of,
)  # fmt: skip
from edge_agent.models.training.render.solids import ball, cylinder

Rng = np.random.Generator


def desk(rng: Rng) -> Prop:
    """A table, often with a monitor, papers and cups."""
    width, depth, height = float(rng.uniform(0.8, 2.0)), float(rng.uniform(0.55, 1.0)), float(rng.uniform(0.68, 0.78))
    top = WOOD if rng.random() < 0.5 else any_colour(rng, 0.2)
    look = Paint(
        Pattern.PLANKS if rng.random() < 0.4 else Pattern.PLAIN, scale_m=0.15, strength=0.4, gloss=0.15, stains=0.15
    )
    leg = STEEL if rng.random() < 0.5 else top
    prop = [block((depth, width, 0.035), (0, 0, height - 0.035), top, look)]
    for x in (-depth / 2 + 0.04, depth / 2 - 0.04):
        prop += [block((0.045, 0.045, height - 0.03), (x, y, 0), leg) for y in (-width / 2 + 0.04, width / 2 - 0.04)]
    if rng.random() < 0.6:
        y = float(rng.uniform(-0.25, 0.25) * width)
        prop += [
            block((0.03, 0.55, 0.33), (0.0, y, height + 0.1), BLACK, Paint(gloss=0.3)),
            block((0.15, 0.2, 0.12), (0, y, height), BLACK),
        ]
        prop.append(
            block((0.005, 0.51, 0.29), (0.02, y, height + 0.12), any_colour(rng), Paint(emission=1.0, stains=0.1))
        )
    for _ in range(int(rng.integers(0, 7))):
        spot = (float(rng.uniform(-0.4, 0.4) * depth), float(rng.uniform(-0.45, 0.45) * width), height)
        size = rng.uniform(0.04, 0.3, 3) * [1, 1, 0.6]
        prop += placed(
            [block((size[0], size[1], size[2]), (0, 0, 0), any_colour(rng))], spot, float(rng.uniform(0, 90))
        )
    return prop


def chair(rng: Rng) -> Prop:
    """A chair with four legs or a swivel chair; it faces x."""
    seat, back = float(rng.uniform(0.42, 0.5)), float(rng.uniform(0.35, 0.6))
    colour = any_colour(rng)
    prop = [
        block((0.45, 0.45, 0.06), (0, 0, seat - 0.06), colour),
        block((0.05, 0.43, back), (-0.21, 0, seat + 0.06), colour),
    ]
    if rng.random() < 0.5:
        return [
            *prop,
            post(0.03, seat, (0, 0, 0), STEEL),
            block((0.5, 0.06, 0.05), (0, 0, 0.03), BLACK),
            block((0.06, 0.5, 0.05), (0, 0, 0.03), BLACK),
        ]
    leg = WOOD if rng.random() < 0.5 else STEEL
    return prop + [block((0.035, 0.035, seat), (x, y, 0), leg) for x in (-0.2, 0.2) for y in (-0.2, 0.2)]


def cupboard(rng: Rng) -> Prop:
    """A closed cupboard, locker or fridge; it faces x."""
    depth, height = float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.7, 2.2))
    doors = int(rng.integers(1, 5))
    colour = WOOD if rng.random() < 0.35 else any_colour(rng, 0.3)
    look = Paint(
        Pattern.PLANKS if colour == WOOD else Pattern.PLAIN,
        scale_m=0.2,
        strength=0.3,
        gloss=float(rng.uniform(0, 0.4)),
        stains=0.15,
    )
    door = float(rng.uniform(0.3, 0.55))
    prop = [block((depth, doors * door, height), (0, 0, 0), shade_of(np.array(colour) * 0.7), look)]
    for index in range(doors):
        y = (index - (doors - 1) / 2) * door
        prop += [
            block((0.02, door - 0.015, height - 0.06), (depth / 2 + 0.01, y, 0.03), colour, look),
            block((0.03, 0.02, 0.12), (depth / 2 + 0.03, y + door * 0.4, height * 0.5), STEEL, Paint(gloss=0.5)),
        ]
    return prop


def bookcase(rng: Rng) -> Prop:
    """Open shelves with the backs of books; it faces x."""
    width, height, depth = float(rng.uniform(0.6, 1.6)), float(rng.uniform(0.8, 2.1)), 0.3
    colour = WOOD if rng.random() < 0.5 else any_colour(rng, 0.2)
    prop = [block((0.02, width, height), (-depth / 2, 0, 0), colour)]
    prop += [block((depth, 0.025, height), (0, y, 0), colour) for y in (-width / 2, width / 2)]
    for z in np.arange(0.05, height, 0.35):
        prop.append(block((depth, width, 0.025), (0, 0, float(z)), colour))
        y = -width / 2 + 0.04
        while y < width / 2 - 0.06 and z + 0.3 < height:
            thick = float(rng.uniform(0.02, 0.09))
            if rng.random() < 0.85:
                tall = float(rng.uniform(0.18, 0.3))
                prop.append(
                    block(
                        (0.2, thick * 0.95, tall),
                        (0, y + thick / 2, float(z) + 0.025),
                        any_colour(rng, 0.9),
                        Paint(stains=0),
                    )
                )
            y += thick
    return prop


def sofa(rng: Rng) -> Prop:
    """A sofa, an armchair or a bed."""
    width, colour = float(rng.uniform(0.8, 2.1)), any_colour(rng, 0.5)
    look = Paint(stains=0.4)
    prop = [block((0.85, width, 0.42), (0, 0, 0.03), colour, look)]
    if rng.random() < 0.75:
        prop.append(block((0.22, width, 0.85), (-0.4, 0, 0), colour, look))
        prop += [block((0.85, 0.18, 0.6), (0, y, 0), colour, look) for y in (-width / 2, width / 2)]
    return prop


def coat_stand(rng: Rng) -> Prop:
    """Clothes on a stand, as tall as a person: no person."""
    cloth, height = any_colour(rng, 0.6), float(rng.uniform(1.4, 1.8))
    prop = [post(0.02, height, (0, 0, 0), WOOD), part(cylinder(0.22, 0.03, WOOD), (0, 0, 0))]
    prop.append(
        part(
            cylinder(0.28, float(rng.uniform(0.6, 1.0)), cloth, top_ratio=0.5), (0, 0, height - 1.0), Paint(stains=0.5)
        )
    )
    if rng.random() < 0.6:
        prop.append(part(cylinder(0.14, 0.12, any_colour(rng), top_ratio=0.8), (0, 0, height), Paint(stains=0.2)))
    return prop


def plant(rng: Rng) -> Prop:
    """A pot plant."""
    green = shade_of(np.array([0.06, 0.2, 0.04]) * rng.uniform(0.5, 1.8))
    prop = [part(cylinder(0.15, 0.3, any_colour(rng), top_ratio=1.3), (0, 0, 0))]
    for _ in range(int(rng.integers(6, 14))):
        spot = (float(rng.normal(0, 0.16)), float(rng.normal(0, 0.16)), float(rng.uniform(0.35, 1.3)))
        prop.append(
            part(
                ball(float(rng.uniform(0.08, 0.2)), shade_of(np.array(green) * rng.uniform(0.7, 1.3))),
                spot,
                Paint(stains=0.9),
            )
        )
    return prop


def pillar_lamp(rng: Rng) -> Prop:
    """A standing lamp with a round shade, or a bust on a pedestal: no person."""
    if rng.random() < 0.5:
        shade = part(
            cylinder(0.2, 0.3, (0.7, 0.6, 0.45), top_ratio=0.7),
            (0, 0, 1.4),
            Paint(emission=float(rng.uniform(0, 3)), stains=0),
        )
        return [post(0.015, 1.45, (0, 0, 0), STEEL), part(cylinder(0.15, 0.03, BLACK), (0, 0, 0)), shade]
    stone = any_colour(rng, 0.1)
    return [
        block((0.35, 0.35, 1.0), (0, 0, 0), stone),
        post(0.09, 0.25, (0, 0, 1.0), stone),
        part(ball(0.14, stone), (0, 0, 1.36), Paint(gloss=0.2)),
    ]


def poster_stand(rng: Rng) -> Prop:
    """A board with a picture."""
    return [
        block((0.05, 0.85, 1.25), (0, 0, 0.4), WHITE),
        picture_on((0.8, 1.2), (0.03, 0, 0.42), int(rng.integers(64))),
    ]


OFFICE_PROPS: tuple[tuple[Callable[[Rng], Prop], float], ...] = (
    (desk, 4.0), (chair, 3.0), (cupboard, 2.5), (bookcase, 2.0), (sofa, 1.5), (coat_stand, 0.6), (plant, 1.2),
    (pillar_lamp, 0.6),
    (poster_stand, 0.5),
)  # fmt: skip
"""The props with how often they are drawn."""
