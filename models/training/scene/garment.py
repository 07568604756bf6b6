"""Cut garments out of the body's surface and lift them off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_part import BodyPart, grid_triangles
from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.body_regions import BodyRegions
from edge_agent.models.training.scene.cloth_pattern import Waves
from edge_agent.models.training.scene.skinning import (
    BONES,
    Rig,
    bone_transforms,
    bound,
    neutral_pose,
    skinned,
    vertex_normals,
)

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
NOWHERE = -5.0
EVERYWHERE = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The outside of a body as far as it is dressed.

    Attributes:
        regions: where its vertices lie.
        rig: its joints.
        weights: float32 `(V, BONES)`.
        bind_m: float64 `(V, 3)`, modelling pose.
        normals: float64 `(V, 3)`, unit length.
    """

    regions: BodyRegions
    rig: Rig
    weights: npt.NDArray[np.float32]
    bind_m: Floats
    normals: Floats


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a garment begins and ends, in the coordinates of `BodyRegions`.

    Attributes:
        bottom: lowest height on trunk and thighs.
        top: greatest height at the back of the neck.
        neck_drop: how much lower the neck opening is in front.
        sleeve: how far along the arm it goes; `NOWHERE` for none.
        leg: how far along the leg it goes.
        open_m: half the width of the gap down the front, 0 when closed.
    """

    bottom: float = NOWHERE
    top: float = 1.0
    neck_drop: float = 0.08
    sleeve: float = NOWHERE
    leg: float = EVERYWHERE
    open_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Fall:
    """How a cloth falls.

    Attributes:
        thickness_m: distance from what is below.
        loose_m: more distance where it is widest: at hems and cuffs.
        smoothing: rounds of smoothing, which bridge hollows of the body.
        fold_m: height of the folds.
        folds: where they run.
    """

    thickness_m: float
    loose_m: float
    smoothing: int
    fold_m: float
    folds: Waves


def covered_by(regions: BodyRegions, cut: Cut) -> Mask:
    """Which vertices a garment covers, bool `(V,)`."""
    x, y, _ = regions.neutral_m.T
    arm = regions.along_arm > NOWHERE
    front = np.clip(x / 0.06 + 0.5, 0.0, 1.0) * np.clip(1.3 - np.abs(y) / 0.11, 0.0, 1.0)
    trunk = (
        ~arm & ~regions.is_head & (regions.height >= cut.bottom) & (regions.height <= cut.top - cut.neck_drop * front)
    )
    trunk &= regions.along_leg <= cut.leg
    trunk &= ~((np.abs(y) < cut.open_m) & (x > 0.02) & (regions.height > 0.05))
    return np.asarray(trunk | (arm & (regions.along_arm <= cut.sleeve)))


def put_on(surface: Surface, covered: Mask, fall: Fall) -> Surface:
    """The outside of the body with one more garment on."""
    regions = surface.regions
    spread = np.where(
        regions.along_arm > NOWHERE,
        np.clip(regions.along_arm / 2.0, 0.0, 1.0),
        np.where(
            regions.along_leg > NOWHERE,
            np.clip(regions.along_leg / 1.6, 0.15, 1.0),
            np.clip(1.1 - regions.height, 0.2, 1.0),
        ),
    )
    wanted = fall.thickness_m + fall.loose_m * spread
    points = surface.bind_m + surface.normals * np.where(covered, wanted, 0.0)[:, None]
    for _ in range(fall.smoothing):
        points[covered] = 0.4 * points[covered] + 0.6 * (regions.smoother @ points)[covered]
    lift = np.einsum("ij,ij->i", points - surface.bind_m, surface.normals)
    short = np.where(covered, np.maximum(0.6 * wanted - lift, 0.0), 0.0)
    ridge = 0.5 + 0.5 * np.clip(fall.folds.at(regions.neutral_m), -1.0, 1.0)
    ridge = np.where(covered, fall.fold_m * ridge, 0.0)
    points = points + surface.normals * (short + ridge)[:, None]
    return resurfaced(surface, points)


def resurfaced(surface: Surface, points_m: Floats) -> Surface:
    """The same body with its outside at other points."""
    normals = vertex_normals(points_m.astype(np.float32), surface.regions.triangles.astype(np.int32))
    return Surface(surface.regions, surface.rig, surface.weights, points_m, normals.astype(np.float64))


def piece_of(surface: Surface, kept: Mask, colours: Floats, gloss: float = 0.0) -> BodyPart:
    """The triangles whose three vertices are kept, as a part of their own."""
    triangles = surface.regions.triangles
    triangles = triangles[kept[triangles].all(axis=1)]
    used, renumbered = np.unique(triangles, return_inverse=True)
    pieces = renumbered.reshape(-1, 3)
    return BodyPart(
        bind_m=_straight_borders(surface.bind_m[used], pieces).astype(np.float32),
        weights=surface.weights[used],
        colours=np.clip(colours[used], 0.0, 1.0).astype(np.float32),
        triangles=pieces.astype(np.int32),
        gloss=gloss,
    )


def _straight_borders(points_m: Floats, triangles: npt.NDArray[np.int64]) -> Floats:
    """Takes the zigzag out of hems and cuffs: border vertices move towards the middle of their border neighbours."""
    directed = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    code = np.sort(directed, axis=1) @ np.array([len(points_m), 1])
    _, first, count = np.unique(code, return_index=True, return_counts=True)
    border = directed[first[count == 1]]
    ends = np.concatenate([border, border[:, ::-1]])
    degree = np.bincount(ends[:, 0], minlength=len(points_m))
    on_border = degree > 0
    for _ in range(4):
        total = np.stack([np.bincount(ends[:, 0], points_m[ends[:, 1], k], len(points_m)) for k in range(3)], axis=1)
        mean = total[on_border] / degree[on_border, None]
        points_m[on_border] = 0.45 * points_m[on_border] + 0.55 * mean
    return points_m


def grown(regions: BodyRegions, mask: Mask, rings: int) -> Mask:
    """The mask with so many rings of neighbours added."""
    for _ in range(rings):
        mask = mask | (regions.smoother @ mask.astype(np.float64) > 0.0)
    return mask


@dataclass(frozen=True, slots=True)
class Hem:
    """A tube of cloth about the hips: a skirt, the skirt of a coat or the hem of a loose shirt.

    Attributes:
        top: height where it begins, as in `BodyRegions.height`.
        leg: how far down the leg it goes, 1 for the knee.
        flare_m: how much wider it gets towards its end.
        clearance_m: distance from the body at its beginning.
        pleats: folds round it.
    """

    top: float
    leg: float
    flare_m: float
    clearance_m: float
    pleats: int


_COLUMNS, _ROWS = 40, 9


def hem_tube(surface: Surface, hem: Hem) -> tuple[BodyPart, Floats]:
    """A tube about hips and legs.

    Args:
        surface: the body as far as it is dressed.
        hem: the tube's size.

    Returns:
        The tube in white, and its points on the body in the neutral pose, float64 `(V, 3)`, to paint it by.
    """
    rig = surface.rig
    neutral = skinned(surface.bind_m.astype(np.float32), surface.weights, bone_transforms(rig, neutral_pose()))
    trunk = neutral[(surface.regions.along_arm <= NOWHERE) & ~surface.regions.is_head]
    offsets = rig.skeleton.offsets_m
    neck = float(offsets[[Joint.SPINE, Joint.CHEST, Joint.NECK], 2].sum())
    knee, ankle = float(offsets[Joint.LEFT_KNEE, 2]), float(offsets[Joint.LEFT_ANKLE, 2])
    end = hem.leg * knee if hem.leg < 1.0 else knee + (hem.leg - 1.0) * ankle
    levels = np.linspace(hem.top * neck, end, _ROWS)
    angle = np.linspace(0.0, 2.0 * np.pi, _COLUMNS, endpoint=False)
    centre_x = float(trunk[np.abs(trunk[:, 2] - levels[0]) < 0.04, 0].mean())
    radius = _widths(trunk - np.array([centre_x, 0.0, 0.0]), levels, angle) + hem.clearance_m
    drop = np.linspace(0.0, 1.0, _ROWS)[:, None]
    radius = radius + hem.flare_m * drop * (1.0 + 0.5 * np.sin(hem.pleats * angle))
    points = np.stack(
        [centre_x + radius * np.cos(angle), radius * np.sin(angle), np.broadcast_to(levels[:, None], radius.shape)],
        axis=-1,
    ).reshape(-1, 3)
    weights = _hem_weights(points, knee)
    part = BodyPart(
        bind_m=bound(points.astype(np.float32), weights, rig),
        weights=weights,
        colours=np.ones((len(points), 3), np.float32),
        triangles=grid_triangles(_ROWS, _COLUMNS, closed=True),
        gloss=0.0,
    )
    return part, points


def _widths(points_m: Floats, levels_m: Floats, angle_rad: Floats) -> Floats:
    """How far the body reaches in each direction at each level and above, `(rows, columns)`, as a convex outline."""
    directions = np.stack([np.cos(angle_rad), np.sin(angle_rad)])
    radius = np.zeros((len(levels_m), len(angle_rad)))
    for row, level in enumerate(levels_m):
        near = points_m[np.abs(points_m[:, 2] - level) < 0.045]
        reach = near[:, :2] @ directions
        support = reach.max(axis=0) if len(near) else radius[row - 1]
        # The support lines' envelope from inside: the nearest support line along each ray.
        facing = np.maximum(directions.T @ directions, 1e-3)
        outline = np.where(facing > 0.2, support[None, :] / facing, np.inf).min(axis=1)
        radius[row] = np.maximum(outline, radius[row - 1]) if row else outline
    return radius


def _hem_weights(points_m: Floats, knee_m: float) -> npt.NDArray[np.float32]:
    """A skirt follows the pelvis at the waist and the thighs (then the shanks) further down."""
    weights = np.zeros((len(points_m), BONES), np.float32)
    thigh = np.clip(-(points_m[:, 2] - 0.06) / 0.22, 0.0, 1.0)
    left = np.clip(0.5 + points_m[:, 1] / 0.26, 0.0, 1.0)
    shank = np.clip((knee_m - points_m[:, 2]) / 0.25, 0.0, 0.7) * thigh
    weights[:, Joint.PELVIS] = 1.0 - thigh
    weights[:, Joint.LEFT_HIP] = (thigh - shank) * left
    weights[:, Joint.RIGHT_HIP] = (thigh - shank) * (1.0 - left)
    weights[:, Joint.LEFT_KNEE] = shank * left
    weights[:, Joint.RIGHT_KNEE] = shank * (1.0 - left)
    return weights
