"""Shoes and boots: a stiff last about each foot, and a shaft over the ankle for boots."""

from __future__ import annotations

import numpy as np

from edge_agent.models.training.scene.body_part import BodyPart, grid_triangles, rigid_weights
from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.garment import Mask, Surface
from edge_agent.models.training.scene.palette import Floats
from edge_agent.models.training.scene.skinning import bone_transforms, bound, neutral_pose, skinned

_STATIONS, _COLUMNS = 13, 16
# Along the shoe, heel to toe: half width in foot widths, and height in ankle heights.
_PLACE = np.array([0.0, 0.02, 0.08, 0.2, 0.35, 0.5, 0.62, 0.74, 0.84, 0.91, 0.96, 0.99, 1.0])
_HALF_WIDTH = np.array([0.02, 0.24, 0.34, 0.37, 0.36, 0.40, 0.46, 0.50, 0.47, 0.40, 0.29, 0.16, 0.02])
_HEIGHT = np.array([0.3, 0.95, 1.12, 1.2, 1.12, 0.92, 0.76, 0.66, 0.6, 0.56, 0.5, 0.42, 0.25])


def shoes(surface: Surface, upper: Floats, sole: Floats, gloss: float) -> list[BodyPart]:
    """A pair of shoes round the feet of a body.

    Args:
        surface: the naked body.
        upper: linear RGB `(3,)` of the upper.
        sole: linear RGB `(3,)` of the sole.
        gloss: 0 for cloth to 1 for polished.

    Returns:
        The left and the right shoe.
    """
    neutral = skinned(surface.bind_m.astype(np.float32), surface.weights, bone_transforms(surface.rig, neutral_pose()))
    parts = []
    for ankle, side in ((Joint.LEFT_ANKLE, 1.0), (Joint.RIGHT_ANKLE, -1.0)):
        foot = neutral[surface.regions.is_foot & (side * neutral[:, 1] > 0.0)].astype(np.float64)
        points = _last(foot)
        weights = rigid_weights(len(points), ankle)
        colours = np.tile(upper, (len(points), 1))
        colours[points[:, 2] < foot[:, 2].min() + 0.010] = sole
        parts.append(
            BodyPart(
                bind_m=bound(points.astype(np.float32), weights, surface.rig),
                weights=weights,
                colours=np.clip(colours, 0.0, 1.0).astype(np.float32),
                triangles=grid_triangles(_STATIONS, _COLUMNS, closed=True),
                gloss=gloss,
            )
        )
    return parts


def _last(foot_m: Floats) -> Floats:
    """Points of a shoe round a foot, `(stations * columns, 3)`, both in the neutral pose."""
    low = foot_m[foot_m[:, 2] < foot_m[:, 2].min() + 0.05]
    flat = low[:, :2] - low[:, :2].mean(axis=0)
    ahead = np.linalg.eigh(np.cov(flat.T))[1][:, 1]
    ahead = ahead * np.sign(ahead[0])
    across = np.array([-ahead[1], ahead[0]])
    along, aside = low[:, :2] @ ahead, low[:, :2] @ across
    length = float(np.ptp(along)) + 0.022
    width = float(np.ptp(aside)) + 0.012
    bottom = float(foot_m[:, 2].min()) - 0.003
    height = 0.29 * length
    angle = np.linspace(0.0, 2.0 * np.pi, _COLUMNS, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    # A superellipse with its lower half pressed flat: a sole below, a rounded upper above.
    round_x = np.sign(cosine) * np.abs(cosine) ** 0.7
    round_z = np.where(sine > 0.0, np.abs(sine) ** 0.9, -0.25 * np.abs(sine) ** 0.4)
    half = _HALF_WIDTH[:, None] * width * round_x * np.where(sine > 0.3, 0.94, 1.0)
    level = bottom + (round_z + 0.25) / 1.25 * height * _HEIGHT[:, None]
    centre = float(aside.min() + aside.max()) / 2.0
    place = float(along.min()) - 0.008 + _PLACE[:, None] * length
    flatwise = place[..., None] * ahead + (centre + half)[..., None] * across
    return np.concatenate([flatwise, level[..., None]], axis=-1).reshape(-1, 3)


def shod(surface: Surface) -> Mask:
    """The skin that shoes hide, bool `(V,)`: the foot, not the ankle above the shoe's opening."""
    regions = surface.regions
    floor = float(regions.neutral_m[:, 2].min())
    ahead = regions.neutral_m[:, 0] > 0.075
    return np.asarray(regions.is_foot & ((regions.neutral_m[:, 2] < floor + 0.045) | ahead))
