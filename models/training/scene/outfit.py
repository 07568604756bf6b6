"""Choose what a person wears and put it on, from the skin outwards."""

from __future__ import annotations

from typing import Literal

import numpy as np

from edge_agent.models.training.scene.cloth_details import bands as silver_bands
from edge_agent.models.training.scene.cloth_details import front_line, pocket, silver
from edge_agent.models.training.scene.cloth_pattern import paint
from edge_agent.models.training.scene.dressing import Dressing
from edge_agent.models.training.scene.garment import (
    NOWHERE,
    Cut,
    Hem,
    Surface,
    covered_by,
)
from edge_agent.models.training.scene.palette import (
    HI_VIS_SRGB,
    WORKWEAR_SRGB,
    Floats,
    cloth_colour,
    jittered,
    linear,
    one_of,
    trouser_colour,
)
from edge_agent.models.training.scene.shoes import shod, shoes

Look = Literal["worker", "office", "casual"]


def dress(rng: np.random.Generator, surface: Surface, look: Look, *, female: bool) -> Dressing:
    """Dresses a body.

    Args:
        rng: the source of chance.
        surface: the naked body.
        look: what kind of clothes.
        female: skirts and dresses are worn then.

    Returns:
        The clothes as parts, and which skin they hide.
    """
    dressing = Dressing(rng, surface)
    if look == "worker":
        _workwear(dressing)
    else:
        skirted = female and rng.random() < (0.4 if look == "office" else 0.3)
        _legwear(dressing, look, skirted=skirted)
        _shoes(dressing, boots=rng.random() < 0.12)
        _top(dressing, look, dress=skirted and rng.random() < 0.4)
    return dressing


def _workwear(dressing: Dressing) -> None:
    """Trousers and a shirt or jacket, or a coverall; boots; often a high visibility vest and gloves."""
    rng = dressing.rng
    colour = one_of(rng, WORKWEAR_SRGB)
    coverall = rng.random() < 0.25
    if coverall:
        _coverall(dressing, colour)
    else:
        trousers = colour if rng.random() < 0.5 else trouser_colour(rng)
        _trousers(dressing, trousers, leg=2.02, loose_m=float(rng.uniform(0.01, 0.035)), bands=rng.random() < 0.25)
    _shoes(dressing, boots=rng.random() < 0.75)
    draw = rng.random()
    vest = rng.random() < 0.45
    if not coverall:
        if draw < 0.45:
            _shirt(dressing, cloth_colour(rng), sleeve=float(rng.uniform(0.45, 0.75)))
        elif draw < 0.7:
            _shirt(dressing, colour if rng.random() < 0.5 else cloth_colour(rng), sleeve=float(rng.choice([1.0, 1.93])))
        else:
            _shirt(dressing, cloth_colour(rng), sleeve=0.6)
            _jacket(dressing, one_of(rng, HI_VIS_SRGB) if rng.random() < 0.35 else colour, bands=rng.random() < 0.4)
    if vest:
        _vest(dressing)
    elif rng.random() < 0.06:
        _apron(dressing)
    if rng.random() < 0.35:
        _gloves(dressing)


def _legwear(dressing: Dressing, look: Look, *, skirted: bool) -> None:
    rng = dressing.rng
    colour = trouser_colour(rng)
    if skirted:
        if rng.random() < 0.5:
            tights = linear((24, 22, 22)) if rng.random() < 0.6 else cloth_colour(rng)
            _trousers(dressing, tights, leg=1.97, loose_m=0.0, bands=False)
        dressing.hem(
            Hem(0.22, float(rng.uniform(0.4, 1.5)), float(rng.uniform(0.0, 0.09)), 0.006, int(rng.integers(5, 13))),
            cloth_colour(rng),
        )
        return
    draw = rng.random()
    if look == "casual" and draw < 0.3:
        _trousers(
            dressing,
            cloth_colour(rng) if rng.random() < 0.5 else colour,
            float(rng.uniform(0.5, 1.05)),
            0.03,
            bands=False,
        )
        return
    loose = float(rng.choice([0.003, 0.01, 0.02, 0.033], p=[0.25, 0.4, 0.25, 0.1]))
    _trousers(dressing, colour, leg=float(rng.uniform(1.88, 2.05)), loose_m=loose, bands=False)


def _top(dressing: Dressing, look: Look, *, dress: bool) -> None:
    rng = dressing.rng
    if look == "office":
        _shirt(
            dressing,
            cloth_colour(rng) if rng.random() < 0.6 else jittered(rng, (226, 230, 236)),
            sleeve=1.93 if rng.random() < 0.75 else 0.6,
        )
        if rng.random() < 0.35:
            _jacket(dressing, trouser_colour(rng), bands=False)
        return
    sleeve = float(rng.choice([0.0, 0.5, 0.7, 1.0, 1.93], p=[0.12, 0.3, 0.2, 0.06, 0.32]))
    colour = cloth_colour(rng)
    _shirt(dressing, colour, sleeve=sleeve)
    if dress:
        dressing.hem(Hem(0.25, float(rng.uniform(0.5, 1.3)), float(rng.uniform(0.02, 0.1)), 0.008, 8), colour)
    elif rng.random() < 0.3:
        _jacket(dressing, cloth_colour(rng), bands=False)


def _trousers(dressing: Dressing, colour: Floats, leg: float, loose_m: float, *, bands: bool) -> None:
    rng, regions = dressing.rng, dressing.surface.regions
    waist = float(rng.uniform(0.12, 0.2))
    covered = covered_by(regions, Cut(top=waist, neck_drop=0.0, leg=leg)) & ~regions.is_foot
    colours = paint(rng, regions.neutral_m, colour, plain=rng.random() < 0.93)
    if rng.random() < 0.4:
        worn = np.exp(-(((regions.along_leg - 0.55) / 0.45) ** 2)) * (regions.neutral_m[:, 0] > 0.0)
        colours *= (1.0 + rng.uniform(0.1, 0.6) * worn)[:, None]
    if rng.random() < 0.5:
        colours[np.abs(regions.height - waist + 0.03) < 0.025] = linear(
            rng.choice(np.array([(22, 20, 20), (70, 46, 30), (120, 84, 50)]))
        )
    if bands:
        silver(colours, np.minimum(np.abs(regions.along_leg - 1.2), np.abs(regions.along_leg - 1.45)), 0.06, 0.04)
    dressing.wear(covered, dressing.fall(0.005, loose_m, 3 if loose_m > 0.005 else 1, 0.3 * loose_m + 0.002), colours)


def _shirt(dressing: Dressing, colour: Floats, sleeve: float) -> None:
    rng, regions = dressing.rng, dressing.surface.regions
    loose = float(rng.uniform(0.004, 0.03))
    cut = Cut(
        bottom=float(rng.uniform(-0.02, 0.16)),
        top=float(rng.uniform(0.98, 1.06)),
        neck_drop=float(rng.uniform(0.06, 0.22)),
        sleeve=sleeve,
    )
    covered = covered_by(regions, cut)
    colours = paint(rng, regions.neutral_m, colour)
    if rng.random() < 0.35:
        colours[regions.along_arm > 0.05] = cloth_colour(rng)
    if rng.random() < 0.4:
        front_line(rng, dressing.surface, colours)
    if rng.random() < 0.3:
        pocket(rng, dressing.surface, colours)
    dressing.wear(covered, dressing.fall(0.005, loose, 4, 0.25 * loose + 0.003), colours)
    if cut.bottom < 0.08 and rng.random() < 0.35:
        dressing.hem(Hem(0.13, float(rng.uniform(0.05, 0.2)), 0.006, 0.004, 5), colour)


def _jacket(dressing: Dressing, colour: Floats, *, bands: bool) -> None:
    rng, regions = dressing.rng, dressing.surface.regions
    cut = Cut(
        bottom=float(rng.uniform(-0.03, 0.1)),
        top=1.08,
        neck_drop=float(rng.uniform(0.05, 0.3)),
        sleeve=float(rng.uniform(1.88, 2.0)),
    )
    covered = covered_by(
        regions,
        Cut(cut.bottom, cut.top, cut.neck_drop, cut.sleeve, cut.leg, float(rng.choice([0.0, 0.05], p=[0.7, 0.3]))),
    )
    colours = paint(rng, regions.neutral_m, colour, plain=rng.random() < 0.75)
    front_line(rng, dressing.surface, colours)
    if rng.random() < 0.25:
        colours[regions.along_arm > 0.0] = cloth_colour(rng)
    if bands:
        silver_bands(rng, dressing.surface, colours, arms=True)
    loose = float(rng.uniform(0.012, 0.04))
    dressing.wear(covered, dressing.fall(float(rng.uniform(0.008, 0.02)), loose, 5, 0.3 * loose + 0.004), colours)
    if rng.random() < 0.35:
        dressing.hem(
            Hem(
                0.14,
                float(rng.choice([rng.uniform(0.1, 0.3), rng.uniform(0.3, 1.0)], p=[0.75, 0.25])),
                0.015,
                0.004,
                5,
            ),
            colour,
        )


def _coverall(dressing: Dressing, colour: Floats) -> None:
    rng, regions = dressing.rng, dressing.surface.regions
    covered = (
        covered_by(regions, Cut(top=1.05, neck_drop=float(rng.uniform(0.06, 0.16)), sleeve=1.93, leg=2.02))
        & ~regions.is_foot
    )
    colours = paint(rng, regions.neutral_m, colour, plain=True)
    front_line(rng, dressing.surface, colours)
    colours[np.abs(regions.height - 0.27) < 0.03] *= 0.7
    if rng.random() < 0.5:
        silver_bands(rng, dressing.surface, colours, arms=True)
        silver(colours, np.abs(regions.along_leg - 1.3), 0.07, 0.04)
    loose = float(rng.uniform(0.012, 0.035))
    dressing.wear(covered, dressing.fall(0.007, loose, 4, 0.3 * loose + 0.004), colours)


def _vest(dressing: Dressing) -> None:
    """A high visibility vest, class 2 of ISO 20471: two bands round the trunk, or one and two over the shoulders."""
    rng, regions = dressing.rng, dressing.surface.regions
    gap = float(rng.choice([0.0, 0.015, 0.06], p=[0.4, 0.3, 0.3]))
    covered = covered_by(
        regions, Cut(bottom=float(rng.uniform(0.0, 0.14)), top=1.0, neck_drop=0.25, sleeve=-0.12, open_m=gap)
    )
    colours = paint(rng, regions.neutral_m, one_of(rng, HI_VIS_SRGB, 6.0), plain=True)
    front_line(rng, dressing.surface, colours)
    silver_bands(rng, dressing.surface, colours, arms=False)
    dressing.wear(covered, dressing.fall(0.008, float(rng.uniform(0.01, 0.03)), 5, 0.006), colours, 0.0)


def _apron(dressing: Dressing) -> None:
    rng, regions = dressing.rng, dressing.surface.regions
    x, y, _ = regions.neutral_m.T
    front = (
        (x > 0.02)
        & (np.abs(y) < 0.15)
        & (regions.along_arm <= NOWHERE)
        & (regions.height < 0.8)
        & (regions.along_leg < 0.9)
    )
    dressing.wear(
        front & ~regions.is_head,
        dressing.fall(0.012, 0.0, 6, 0.003),
        paint(rng, regions.neutral_m, cloth_colour(rng), plain=True),
    )


def _gloves(dressing: Dressing) -> None:
    rng, regions = dressing.rng, dressing.surface.regions
    covered = regions.along_arm > float(rng.uniform(1.75, 1.98))
    colours = paint(rng, regions.neutral_m, cloth_colour(rng), plain=True)
    if rng.random() < 0.5:
        colours[regions.along_arm > 2.35] = cloth_colour(rng)
    dressing.wear(covered, dressing.fall(0.003, 0.002, 0, 0.002), colours)


def _shoes(dressing: Dressing, *, boots: bool) -> None:
    """Shoes, or boots with a shaft."""
    rng, regions = dressing.rng, dressing.surface.regions
    dark = linear(rng.choice(np.array([(24, 22, 22), (60, 42, 30), (110, 76, 46), (46, 46, 50)])))
    upper = dark if boots or rng.random() < 0.5 else cloth_colour(rng)
    sole = linear((28, 28, 28)) if rng.random() < 0.55 else linear((214, 212, 206))
    gloss = 0.2 if rng.random() < 0.5 else 0.0
    if boots:
        shaft = regions.along_leg > float(rng.uniform(1.55, 1.85))
        dressing.wear(
            shaft & ~shod(dressing.naked),
            dressing.fall(0.009, 0.004, 6, 0.002),
            paint(rng, regions.neutral_m, upper, plain=True),
            gloss,
        )
    elif rng.random() < 0.75:
        sock = (regions.along_leg > float(rng.uniform(1.9, 1.98))) & ~shod(dressing.naked)
        dressing.wear(
            sock, dressing.fall(0.003, 0.0, 1, 0.0), paint(rng, regions.neutral_m, cloth_colour(rng), plain=True)
        )
    dressing.parts += shoes(dressing.naked, upper, sole, gloss)
    dressing.hidden |= shod(dressing.naked)
