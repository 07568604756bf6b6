"""Hair: scalp lifted off the head, and curtains, tails and buns hung on it."""

from __future__ import annotations

import numpy as np

from edge_agent.models.training.scene.body_part import BodyPart, grid_triangles
from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.cloth_pattern import draw_waves
from edge_agent.models.training.scene.face import beard_mask, scalp_mask
from edge_agent.models.training.scene.garment import Fall, Mask, Surface, piece_of, put_on
from edge_agent.models.training.scene.headwear import HeadShape
from edge_agent.models.training.scene.palette import Floats
from edge_agent.models.training.scene.skinning import BONES, bound


def draw_hair(
    rng: np.random.Generator, surface: Surface, head: HeadShape, colour: Floats, *, female: bool, hat: bool
) -> list[BodyPart]:
    """Hair of a style drawn at random, perhaps none.

    Args:
        rng: the source of chance.
        surface: the body.
        head: size and place of its head.
        colour: linear RGB `(3,)`.
        female: longer styles are likelier then.
        hat: whether a hat lies on top: the hair is flat then.
    """
    regions = surface.regions
    share = [0.02, 0.2, 0.23, 0.3, 0.17, 0.08] if female else [0.14, 0.72, 0.1, 0.02, 0.01, 0.01]
    style = ("bald", "short", "full", "long", "tail", "bun")[int(rng.choice(6, p=share))]
    parts: list[BodyPart] = []
    if style != "bald":
        lift = (
            0.004
            if hat
            else {"short": rng.uniform(0.006, 0.018), "full": rng.uniform(0.02, 0.04)}.get(
                style, rng.uniform(0.01, 0.022)
            )
        )
        parts.append(_cap_of_hair(rng, surface, scalp_mask(regions), colour, float(lift)))
    if style == "long":
        parts.append(_curtain(rng, surface, head, colour))
    if style in ("tail", "bun"):
        parts.append(_tail(rng, surface, head, colour, bun=style == "bun"))
    if not female and rng.random() < 0.28:
        parts.append(
            _cap_of_hair(
                rng, surface, beard_mask(regions), colour * rng.uniform(0.8, 1.0), float(rng.uniform(0.003, 0.014))
            )
        )
    return parts


def _cap_of_hair(rng: np.random.Generator, surface: Surface, mask: Mask, colour: Floats, lift_m: float) -> BodyPart:
    """The hairy skin, lifted."""
    fall = Fall(lift_m, 0.0, 2, 0.35 * lift_m, draw_waves(rng, 0.02, 0.08))
    lifted = put_on(surface, mask, fall)
    return piece_of(lifted, mask, _shaded(rng, surface.regions.neutral_m, colour), 0.15)


def _shaded(rng: np.random.Generator, points_m: Floats, colour: Floats) -> Floats:
    """Strands: fine dark and light streaks, float64 `(V, 3)`."""
    streaks = draw_waves(rng, 0.012, 0.05).at(points_m * np.array([1.0, 1.0, 0.3]))
    return np.asarray(np.clip(colour * (1.0 + 0.25 * streaks)[:, None], 0.002, 1.0))


def _curtain(rng: np.random.Generator, surface: Surface, head: HeadShape, colour: Floats) -> BodyPart:
    """Long hair: a curved sheet round the back of the head, down to neck, shoulders or shoulder blades."""
    rows, columns = 9, 22
    length = head.radius_m[2] * rng.uniform(1.1, 3.0)
    open_rad = rng.uniform(0.9, 1.25)
    angle = np.linspace(open_rad, 2.0 * np.pi - open_rad, columns)
    down = np.linspace(0.0, 1.0, rows)[:, None]
    width = head.radius_m[1] * (1.12 + 0.12 * np.sin(np.pi * down)) + rng.uniform(0.0, 0.03) * down
    depth = head.radius_m[0] * (1.06 - 0.1 * down) + 0.004 * np.sin(9.0 * angle)
    x = head.centre_m[0] + depth * np.cos(angle) - 0.02 * down
    y = head.centre_m[1] + width * np.sin(angle) * np.ones_like(x)
    z = head.centre_m[2] + 0.25 * head.radius_m[2] - length * down * np.ones_like(x)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    weights = _hanging_weights(points, head)
    sheet = grid_triangles(rows, columns, closed=False)
    return BodyPart(
        bind_m=bound(points.astype(np.float32), weights, surface.rig),
        weights=weights,
        colours=_shaded(rng, points, colour).astype(np.float32),
        triangles=np.concatenate([sheet, sheet[:, ::-1]]),
        gloss=0.15,
    )


def _tail(rng: np.random.Generator, surface: Surface, head: HeadShape, colour: Floats, *, bun: bool) -> BodyPart:
    """A pony tail or a bun at the back of the head."""
    rows, columns = 9, 10
    angle = np.linspace(0.0, 2.0 * np.pi, columns, endpoint=False)
    down = np.linspace(0.0, 1.0, rows)[:, None]
    thick = rng.uniform(0.026, 0.038) if bun else rng.uniform(0.018, 0.03)
    length = 2.0 * thick if bun else rng.uniform(0.14, 0.32)
    swell = thick * np.sqrt(np.clip(1.0 - (2.0 * down - 1.0) ** 2, 0.0, 1.0)) + 0.001
    x = head.centre_m[0] - head.radius_m[0] * 1.02 - 0.6 * thick + swell * np.cos(angle)
    y = head.centre_m[1] + swell * np.sin(angle)
    z = head.centre_m[2] + head.radius_m[2] * rng.uniform(-0.1, 0.6) - length * down * np.ones_like(x)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    weights = _hanging_weights(points, head)
    return BodyPart(
        bind_m=bound(points.astype(np.float32), weights, surface.rig),
        weights=weights,
        colours=_shaded(rng, points, colour).astype(np.float32),
        triangles=grid_triangles(rows, columns, closed=True),
        gloss=0.15,
    )


def _hanging_weights(points_m: Floats, head: HeadShape) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Hair follows the head at its root and the back further down."""
    weights = np.zeros((len(points_m), BONES), np.float32)
    low = np.clip((head.centre_m[2] - head.radius_m[2] - points_m[:, 2]) / 0.15, 0.0, 1.0)
    weights[:, Joint.HEAD] = 1.0 - low
    weights[:, Joint.CHEST] = 0.7 * low
    weights[:, Joint.NECK] = 0.3 * low
    return weights
