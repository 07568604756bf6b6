"""What is worn on the head: hard hats, caps, woollen hats, ear defenders, safety glasses, masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_agent.models.training.scene.body_part import BodyPart, grid_triangles, rigid_weights
from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.face import scalp_mask
from edge_agent.models.training.scene.garment import Surface
from edge_agent.models.training.scene.palette import HELMET_SRGB, Floats, cloth_colour, linear, one_of
from edge_agent.models.training.scene.skinning import bone_transforms, bound, neutral_pose, skinned

_COLUMNS = 36


@dataclass(frozen=True, slots=True, eq=False)
class HeadShape:
    """The skull as an ellipsoid, in the neutral pose, body frame.

    Attributes:
        centre_m: float64 `(3,)`.
        radius_m: float64 `(3,)`, half its length, breadth and height.
        eyes_m: float64 `(3,)`, midway between the eyes.
    """

    centre_m: Floats
    radius_m: Floats
    eyes_m: Floats


def head_shape(surface: Surface) -> HeadShape:
    """Measures the head of a body."""
    neutral = skinned(surface.bind_m.astype(np.float32), surface.weights, bone_transforms(surface.rig, neutral_pose()))
    scalp = neutral[scalp_mask(surface.regions)].astype(np.float64)
    eyes = neutral[surface.regions.is_eye].astype(np.float64)
    low, high = scalp.min(axis=0), scalp.max(axis=0)
    middle = eyes.mean(axis=0)
    middle[0] = eyes[:, 0].max()
    length = 0.5 * (max(high[0], middle[0]) - low[0])
    height = high[2] - middle[2] + 0.01
    centre = np.array([low[0] + length, 0.0, middle[2] + 0.01])
    return HeadShape(centre, np.array([length, 0.5 * (high[1] - low[1]), height]), middle)


def _on_head(
    surface: Surface,
    points_m: Floats,
    triangles: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
    colours: Floats,
    gloss: float,
) -> BodyPart:
    """A stiff part that follows the head."""
    weights = rigid_weights(len(points_m), Joint.HEAD)
    return BodyPart(
        bind_m=bound(points_m.astype(np.float32), weights, surface.rig),
        weights=weights,
        colours=np.broadcast_to(colours, points_m.shape).astype(np.float32).copy(),
        triangles=triangles,
        gloss=gloss,
    )


def _dome(head: HeadShape, margin_m: Floats, rim: float) -> tuple[Floats, Floats]:
    """Points of a dome, `(rows, columns, 3)`, and its columns' angles; the rim is `rim` head heights over the eyes."""
    angle = np.linspace(0.0, 2.0 * np.pi, _COLUMNS, endpoint=False)
    polar = np.linspace(0.02, 0.5 * np.pi, 9)[:, None]
    radius = head.radius_m + margin_m
    base = head.centre_m[2] + rim * head.radius_m[2]
    # A superellipse is flatter on top and steeper at the sides than an ellipse, as hats are.
    out, up = np.sin(polar) ** 0.85, np.cos(polar) ** 0.85
    x = head.centre_m[0] + radius[0] * out * np.cos(angle)
    y = head.centre_m[1] + radius[1] * out * np.sin(angle)
    z = base + (head.centre_m[2] + radius[2] - base) * up * np.ones_like(x)
    return np.stack([x, y, z], axis=-1), angle


def _brimmed(dome: Floats, brim_m: Floats, drop_m: float) -> Floats:
    """The dome with a brim added: two more rows, the brim's edge and its underside."""
    rim = dome[-1]
    outwards = rim[:, :2] - rim[:, :2].mean(axis=0)
    outwards = outwards / np.linalg.norm(outwards, axis=1, keepdims=True)
    edge = rim.copy()
    edge[:, :2] += outwards * brim_m[:, None]
    edge[:, 2] -= drop_m
    under = rim.copy()
    under[:, 2] -= 0.004
    edge_under = edge.copy()
    edge_under[:, 2] -= 0.004
    return np.concatenate([dome, edge[None], edge_under[None], under[None]]).reshape(-1, 3)


def hard_hat(rng: np.random.Generator, surface: Surface, head: HeadShape) -> list[BodyPart]:
    """A hard hat with a brim and a ridge, sometimes with ear defenders."""
    dome, angle = _dome(head, np.array([0.022, 0.020, 0.035]), rng.uniform(0.24, 0.4))
    ridge = np.exp(-((dome[..., 1] / 0.018) ** 2)) * np.linspace(1.0, 0.15, len(dome))[:, None]
    dome[..., 2] += 0.004 * ridge
    dome[..., 2] += 0.06 * (dome[..., 0] - head.centre_m[0])
    ahead = np.clip(np.cos(angle), 0.0, 1.0) ** 2
    all_round = rng.uniform(0.008, 0.03)
    points = _brimmed(dome, all_round + rng.uniform(0.015, 0.045) * ahead, 0.006)
    colour = one_of(rng, HELMET_SRGB)
    colours = np.tile(colour, (len(points), 1))
    if rng.random() < 0.3:
        sticker = (
            (points[:, 0] > head.centre_m[0]) & (np.abs(points[:, 1]) < 0.03) & (points[:, 2] > head.centre_m[2] + 0.06)
        )
        colours[sticker] = cloth_colour(rng)
    rows = len(points) // _COLUMNS
    parts = [_on_head(surface, points, grid_triangles(rows, _COLUMNS, closed=True), colours, 0.7)]
    return parts + (ear_defenders(rng, surface, head) if rng.random() < 0.2 else [])


def cap(rng: np.random.Generator, surface: Surface, head: HeadShape) -> list[BodyPart]:
    """A baseball cap or bump cap, sometimes turned round."""
    dome, angle = _dome(head, np.array([0.010, 0.010, 0.014]), rng.uniform(0.25, 0.4))
    ahead = np.clip((np.cos(angle) - 0.35) / 0.65, 0.0, 1.0) ** 0.7
    if rng.random() < 0.1:
        ahead = ahead[::-1].copy()
        ahead = np.roll(ahead, _COLUMNS // 2)
    points = _brimmed(dome, 0.001 + 0.075 * ahead, 0.012)
    rows = len(points) // _COLUMNS
    colours = np.tile(cloth_colour(rng), (len(points), 1))
    if rng.random() < 0.4:
        colours[9 * _COLUMNS :] = cloth_colour(rng)
    return [_on_head(surface, points, grid_triangles(rows, _COLUMNS, closed=True), colours, 0.0)]


def woollen_hat(rng: np.random.Generator, surface: Surface, head: HeadShape) -> list[BodyPart]:
    """A knitted hat, a hood or a hair net, without a brim."""
    dome, _ = _dome(head, np.array([0.014, 0.014, rng.uniform(0.015, 0.04)]), rng.uniform(0.1, 0.35))
    points = dome.reshape(-1, 3)
    colours = np.tile(cloth_colour(rng), (len(points), 1))
    if rng.random() < 0.5:
        colours[6 * _COLUMNS :] *= 0.6
    return [_on_head(surface, points, grid_triangles(len(dome), _COLUMNS, closed=True), colours, 0.0)]


def _ball(centre_m: Floats, radius_m: Floats) -> tuple[Floats, np.ndarray[tuple[int, ...], np.dtype[np.int32]]]:
    """An ellipsoid."""
    angle = np.linspace(0.0, 2.0 * np.pi, 14, endpoint=False)
    polar = np.linspace(0.02, np.pi - 0.02, 8)[:, None]
    unit = np.stack(
        [np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar) * np.ones_like(angle)], axis=-1
    )
    return centre_m + unit.reshape(-1, 3) * radius_m, grid_triangles(8, 14, closed=True)


def ear_defenders(rng: np.random.Generator, surface: Surface, head: HeadShape) -> list[BodyPart]:
    """Two cups over the ears."""
    colour = one_of(rng, HELMET_SRGB) if rng.random() < 0.6 else linear((30, 30, 32))
    parts = []
    for side in (1.0, -1.0):
        centre = head.eyes_m + np.array([-0.105, side * (head.radius_m[1] + 0.012), -0.02])
        centre[1] = side * (head.radius_m[1] + 0.012)
        points, triangles = _ball(centre, np.array([0.034, 0.024, 0.044]))
        parts.append(_on_head(surface, points, triangles, colour, 0.4))
    return parts


def glasses(rng: np.random.Generator, surface: Surface, head: HeadShape) -> list[BodyPart]:
    """Safety glasses: a curved band before the eyes with arms to the ears."""
    angle = np.linspace(-1.75, 1.75, 29)
    half = rng.uniform(0.014, 0.022)
    front = head.eyes_m[0] + 0.014
    depth = front - head.eyes_m[0] + 0.085
    across = head.radius_m[1] * 0.99 + 0.003
    bulge = np.cos(angle)
    x = front - depth * (1.0 - np.clip(bulge, -0.2, 1.0)) ** 1.0 * 0.95
    y = across * np.sign(angle) * np.minimum(np.abs(np.sin(angle)) ** 0.8, 1.0)
    height = np.where(np.abs(angle) < 0.95, half, 0.004)
    z = np.stack([np.full_like(x, head.eyes_m[2] + 0.003) + height, np.full_like(x, head.eyes_m[2] + 0.003) - height])
    points = np.stack([np.stack([x, x]), np.stack([y, y]), z], axis=-1).reshape(-1, 3)
    sheet = grid_triangles(2, len(angle), closed=False)
    tint = linear((16, 16, 18)) if rng.random() < 0.55 else linear(rng.uniform(90.0, 200.0, 3))
    return [_on_head(surface, points, np.concatenate([sheet, sheet[:, ::-1]]), tint, 0.5)]
