"""A furnished room around the persons and the camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.factory_props import FACTORY_PROPS, carton, drum, fence
from edge_agent.models.training.render.office_props import OFFICE_PROPS, chair, cupboard, desk
from edge_agent.models.training.render.prop import Prop, block, choose, placed
from edge_agent.models.training.render.room_shell import RoomPlan, floor_marks, room_shell
from edge_agent.models.training.render.solids import turn_z

Array = npt.NDArray[np.float64]
Maker = Callable[[np.random.Generator], Prop]


@dataclass(frozen=True, slots=True, eq=False)
class KeepOut:
    """Where no prop may stand: upright cylinders, world frame.

    Attributes:
        centres_m: float64 `(N, 2)`.
        radii_m: float64 `(N,)`.
    """

    centres_m: Array
    radii_m: Array


def furnished_room(rng: np.random.Generator, keep_out: KeepOut, camera_m: Array, ceiling_m: float) -> Prop:
    """Builds a room of random style in which the camera and all the `keep_out` are free.

    Args:
        rng: source of all choices.
        keep_out: the persons.
        camera_m: `(3,)`, world frame.
        ceiling_m: least height of the ceiling.
    """
    factory = bool(rng.random() < 0.6)
    yaw_deg = float(rng.choice([0, 90, 180, 270]) + rng.normal(0, 15) if rng.random() < 0.7 else rng.uniform(0, 360))
    back = turn_z(-yaw_deg)[:2, :2]
    centres, camera = keep_out.centres_m @ back.T, back @ camera_m[:2]
    margin = rng.uniform(0.7, 5.0, 4) * (1.6 if factory else 0.8)
    everything = np.vstack([centres - keep_out.radii_m[:, None], centres + keep_out.radii_m[:, None], camera[None]])
    low, high = everything.min(axis=0) - margin[:2] - 0.2, everything.max(axis=0) + margin[2:] + 0.2
    height = max(float(rng.uniform(3.5, 8.0) if factory else rng.uniform(2.4, 3.2)), ceiling_m)
    plan = RoomPlan(float(low[0]), float(low[1]), float(high[0]), float(high[1]), height, factory)
    prop = room_shell(rng, plan)
    middle = centres.mean(axis=0) if len(centres) else (low + high) / 2
    if factory:
        prop += floor_marks(rng, plan, (float(middle[0]), float(middle[1])))
    prop += _scatter(rng, plan, KeepOut(np.vstack([centres, camera[None]]), np.append(keep_out.radii_m, 0.7)), camera)
    return placed(prop, (0.0, 0.0, 0.0), yaw_deg)


def _radius(prop: Prop) -> float:
    return max(float(np.abs(p.mesh.vertices_m[:, :2]).max()) for p in prop)


def _scatter(rng: np.random.Generator, plan: RoomPlan, keep_out: KeepOut, camera: Array) -> Prop:
    """Puts props along the walls and, fewer, into the open, beyond the keep-out and not before the camera."""
    kinds = FACTORY_PROPS if plan.factory else OFFICE_PROPS
    odds = np.array([weight for _, weight in kinds])
    centres, radii = list(keep_out.centres_m), list(keep_out.radii_m)
    scene: Prop = []
    wanted = int(rng.integers(4, 12 + int(0.12 * (plan.x1_m - plan.x0_m) * (plan.y1_m - plan.y0_m))))
    for _ in range(min(wanted, 30)):
        maker = kinds[int(rng.choice(len(kinds), p=odds / odds.sum()))][0]
        prop = maker(rng)
        reach = _radius(prop)
        spot, yaw = _spot(rng, plan, reach)
        sight = float(np.linalg.norm(spot - camera))
        free = all(np.linalg.norm(spot - c) > reach * 0.9 + r for c, r in zip(centres, radii, strict=True))
        blocks = _between(spot, camera, keep_out.centres_m[:-1], reach) and rng.random() < 0.75
        if not free or blocks or sight < reach + 0.9:
            continue
        centres.append(spot)
        radii.append(reach * 0.75)
        scene += placed(prop, (float(spot[0]), float(spot[1]), 0.0), yaw)
    return scene


def _spot(rng: np.random.Generator, plan: RoomPlan, reach: float) -> tuple[Array, float]:
    """A place, mostly with its back to a wall, and the direction in which the prop faces."""
    x = float(rng.uniform(plan.x0_m, plan.x1_m))
    y = float(rng.uniform(plan.y0_m, plan.y1_m))
    if rng.random() < 0.3:
        return np.array([x, y]), float(rng.uniform(0, 360))
    side, back = int(rng.integers(4)), 0.55 * reach + 0.05
    places = [
        (plan.x0_m + back, y, 0.0),
        (plan.x1_m - back, y, 180.0),
        (x, plan.y0_m + back, 90.0),
        (x, plan.y1_m - back, 270.0),
    ]
    return np.array(places[side][:2]), places[side][2]


def _between(spot: Array, camera: Array, persons: Array, reach: float) -> bool:
    """Whether a prop would stand on the line from the camera to a person."""
    for person in persons:
        line = person - camera
        length = max(float(np.linalg.norm(line)), 1e-6)
        along = float((spot - camera) @ line) / length
        across = abs(float(line[0] * (spot - camera)[1] - line[1] * (spot - camera)[0])) / length
        if 0 < along < length and across < reach + 0.2:
            return True
    return False


OCCLUDERS: tuple[Maker, ...] = (carton, drum, fence, chair, desk, cupboard)


def occluder(rng: np.random.Generator, person_m: Array, camera_m: Array, largest_height_m: float) -> Prop:
    """A prop between the camera and a person that hides a part of it.

    Args:
        rng: source of all choices.
        person_m: `(2,)`, where the person stands.
        camera_m: `(3,)`.
        largest_height_m: how tall it may be; boxes of any lower height are made too.
    """
    line = person_m - camera_m[:2]
    length = max(float(np.linalg.norm(line)), 1e-6)
    forward, side = line / length, np.array([-line[1], line[0]]) / length
    spot = person_m - forward * min(float(rng.uniform(0.5, 1.2)), 0.5 * length) + side * float(rng.normal(0, 0.35))
    yaw = float(np.degrees(np.arctan2(-forward[1], -forward[0])) + rng.normal(0, 20))
    if rng.random() < 0.5:
        size = (
            float(rng.uniform(0.1, 0.5)),
            float(rng.uniform(0.1, 1.2)),
            float(rng.uniform(0.3, 1.0)) * largest_height_m,
        )
        prop = [block(size, (0, 0, 0), choose(rng))]
    else:
        prop = OCCLUDERS[int(rng.integers(len(OCCLUDERS)))](rng)
    return placed(prop, (float(spot[0]), float(spot[1]), 0.0), yaw)
