"""A random camera, and persons put where it sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.camera import Camera
from edge_agent.models.training.render.people import apart, put
from edge_agent.models.training.scene.mesh import PosedPerson

Rng = np.random.Generator

BODY_HEIGHT_M = 1.72
"""By which sizes in the picture are meant."""

STEEPEST_DEG = 50.0


@dataclass(frozen=True, slots=True)
class ViewOdds:
    """Which views are drawn.

    Attributes:
        photographer: part of the views that are a photographer's, at eye level; the others are a wall camera's.
        least_share: least height of the first person as a share of the picture's.
        greatest_share: greatest one; over 1 the body does not fit in.
    """

    photographer: float
    least_share: float
    greatest_share: float


ANY_VIEW = ViewOdds(photographer=0.5, least_share=0.12, greatest_share=1.3)
INSTALLED_VIEW = ViewOdds(photographer=0.0, least_share=0.4, greatest_share=0.85)
"""As the agent's camera is to be aimed: a wall camera that has the person wholly in view and not far off."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A camera and the persons before it."""

    camera: Camera
    persons: tuple[PosedPerson, ...]


def draw_view(rng: Rng, persons: Sequence[PosedPerson], size_px: tuple[int, int], odds: ViewOdds) -> View:
    """Draws a camera over the origin that looks along x on the first person, and puts the others around it.

    A wall camera looks from above; a photographer's is at eye level with a person in the middle. Persons for which
    there is no room are left out.

    Args:
        rng: source of all choices.
        persons: posed anywhere; may be empty.
        size_px: width and height of the picture.
        odds: which views.
    """
    photographer = bool(rng.random() < odds.photographer)
    field_deg = float(rng.uniform(35, 70) if photographer else rng.uniform(40, 90))
    low = max(0.25, odds.least_share) if photographer else odds.least_share
    share = float(np.exp(rng.uniform(np.log(low), np.log(odds.greatest_share))))
    height_m = float(rng.uniform(0.8, 1.9) if photographer else rng.uniform(1.6, 4.0))
    distance_m = max(BODY_HEIGHT_M * 0.5 / np.tan(np.radians(field_deg) / 2) / share, 0.8)
    aim_m = _aim_height(rng, persons[0], share) if persons else 1.0
    drop_m = height_m - aim_m
    reach_m = float(np.sqrt(max(distance_m**2 - drop_m**2, (0.6 * distance_m) ** 2, 0.6**2)))
    if np.degrees(np.arctan2(drop_m, reach_m)) > STEEPEST_DEG - 5:
        height_m = aim_m + reach_m * float(np.tan(np.radians(STEEPEST_DEG - 5)))
    pitch_deg = float(np.degrees(np.arctan2(height_m - aim_m, reach_m)) + field_deg * rng.uniform(-0.15, 0.15))
    camera = Camera(
        position_m=np.array([0.0, 0.0, height_m]),
        yaw_deg=float(
            field_deg * size_px[0] / size_px[1] * (rng.normal(0, 0.1) if photographer else rng.uniform(-0.33, 0.33))
        ),
        pitch_deg=float(np.clip(pitch_deg, -12.0, STEEPEST_DEG)),
        roll_deg=float(rng.normal(0, 3.0 if photographer else 1.5)),
        vertical_field_deg=field_deg,
        width_px=size_px[0],
        height_px=size_px[1],
        distortion=float(rng.uniform(-0.035, 0.012)) if rng.random() < 0.35 else 0.0,
    )
    return View(camera, _place_all(rng, persons, camera, reach_m))


def _aim_height(rng: Rng, person: PosedPerson, share: float) -> float:
    """The height to look at: the body's middle, or mostly the head and chest where the body does not fit in."""
    z = person.keypoints_m[:, 2]
    upper = float(z[:7].mean())
    if share > 0.85 and rng.random() < 0.75:
        return upper
    return float(z.mean() + 0.05)


def _place_all(rng: Rng, persons: Sequence[PosedPerson], camera: Camera, reach_m: float) -> tuple[PosedPerson, ...]:
    placed: list[PosedPerson] = []
    half_width = np.tan(np.radians(camera.vertical_field_deg) / 2) * camera.width_px / camera.height_px
    for person in persons:
        for _ in range(12):
            spot = np.array([reach_m, 0.0])
            if placed and rng.random() < 0.35:
                spot = spot + np.array([rng.uniform(-0.9, 1.2), rng.choice([-1, 1]) * rng.uniform(0.2, 0.7)])
            elif placed:
                deep = max(reach_m * float(np.exp(rng.normal(0.25, 0.4))), 0.9)
                angle = np.radians(camera.yaw_deg) + np.arctan(half_width * rng.uniform(-1.05, 1.05))
                spot = deep * np.array([np.cos(angle), np.sin(angle)])
            candidate = put(person, spot, float(rng.uniform(0, 360)))
            clear = float(np.linalg.norm(candidate.keypoints_m - camera.position_m, axis=1).min()) > 0.45
            if clear and all(apart(candidate, other) for other in placed):
                placed.append(candidate)
                break
    return tuple(placed)


def footprints(persons: Sequence[PosedPerson]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Centre `(N, 2)` and radius `(N,)` of the circle on the floor over which each person is, metres."""
    centres = np.array([p.keypoints_m[:, :2].mean(axis=0) for p in persons], np.float64).reshape(-1, 2)
    reaches = [np.linalg.norm(p.keypoints_m[:, :2] - c, axis=1).max() for p, c in zip(persons, centres, strict=True)]
    return centres, np.array(reaches, np.float64) + 0.2
