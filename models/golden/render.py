"""Draws the golden inputs: workers in a plant, sphere-traced from capsules, and the keypoints to expect.

Run ``python models/golden/render.py`` from the project's root: it writes the PNG files and ``golden.yaml`` beside
itself, the same bytes every time on one set of libraries. Nothing here comes from a photograph.

The body is a signed distance field of tapered capsules and ellipsoids joined by a polynomial smooth minimum
(I. Quilez, "Smooth minimum"), found by sphere tracing (J. C. Hart, 1996). Lengths are in metres in the body's frame:
x to the person's left, y up, z forward. The keypoints are the joints of the very skeleton that is drawn, projected
by the same camera, so they are exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import yaml

Array = npt.NDArray[np.float64]
Field = Callable[[Array], Array]

SIZE_PX = 320
OVERSAMPLING = 2
STEPS = 72
LIGHT = np.array([0.45, 0.75, 0.55]) / np.linalg.norm([0.45, 0.75, 0.55])

SKIN, HAIR, HELMET, VEST, STRIPE, SLEEVE, TROUSERS, BOOTS = range(8)
COLOURS = np.array(
    [
        [0.78, 0.55, 0.43], [0.16, 0.11, 0.08], [0.93, 0.80, 0.10], [0.95, 0.42, 0.08],
        [0.86, 0.88, 0.84], [0.16, 0.22, 0.42], [0.15, 0.18, 0.27], [0.10, 0.08, 0.07],
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One picture: how the worker stands, how the camera looks, what is behind."""

    name: str
    yaw_deg: float
    joints: dict[str, tuple[float, float, float]]
    helmet: tuple[float, float, float]
    wall: tuple[float, float, float]
    camera_height_m: float
    camera_distance_m: float
    shift_x_m: float


FRONT = {
    "left_shoulder": (0.185, 1.44, 0.0), "right_shoulder": (-0.185, 1.44, 0.0),
    "left_elbow": (0.285, 1.16, -0.01), "right_elbow": (-0.285, 1.16, -0.01),
    "left_wrist": (0.335, 0.91, 0.10), "right_wrist": (-0.335, 0.91, 0.10),
    "left_hip": (0.105, 0.93, 0.0), "right_hip": (-0.105, 0.93, 0.0),
    "left_knee": (0.135, 0.51, 0.02), "right_knee": (-0.135, 0.51, 0.02),
    "left_ankle": (0.150, 0.10, -0.01), "right_ankle": (-0.150, 0.10, -0.01),
}  # fmt: skip
WALKING = FRONT | {
    "left_elbow": (0.250, 1.17, -0.13), "right_elbow": (-0.260, 1.18, 0.10),
    "left_wrist": (0.270, 0.93, -0.02), "right_wrist": (-0.240, 0.98, 0.30),
    "left_knee": (0.110, 0.53, 0.20), "right_knee": (-0.110, 0.50, -0.02),
    "left_ankle": (0.110, 0.12, 0.22), "right_ankle": (-0.110, 0.14, -0.26),
}  # fmt: skip
HEAD = {
    "nose": (0.0, 1.635, 0.118), "left_eye": (0.033, 1.675, 0.092), "right_eye": (-0.033, 1.675, 0.092),
    "left_ear": (0.080, 1.650, 0.005), "right_ear": (-0.080, 1.650, 0.005),
}  # fmt: skip

FIGURES = (
    Figure("standing", 6.0, FRONT, (0.93, 0.80, 0.10), (0.60, 0.64, 0.66), 1.35, 4.2, 0.0),
    Figure("walking", 38.0, WALKING, (0.92, 0.93, 0.94), (0.55, 0.60, 0.53), 1.75, 4.6, -0.25),
)
COCO_ORDER = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip


def capsule(a: Array, b: Array, radius_a: float, radius_b: float, flatten: float = 1.0) -> Field:
    """Distance to a tapered capsule; `flatten` > 1 makes it thinner in depth."""
    squash = np.array([1.0, 1.0, flatten])
    start, along = a * squash, (b - a) * squash
    length2 = float(along @ along)

    def distance(p: Array) -> Array:
        q = p * squash - start
        t = np.clip(q @ along / length2, 0.0, 1.0)
        return (np.linalg.norm(q - t[:, None] * along, axis=1) - (radius_a + (radius_b - radius_a) * t)) / flatten

    return distance


def ellipsoid(centre: Array, radii: tuple[float, float, float]) -> Field:
    """A distance bound to an ellipsoid (exact on its surface)."""
    r = np.array(radii)

    def distance(p: Array) -> Array:
        k0 = np.linalg.norm((p - centre) / r, axis=1)
        k1 = np.linalg.norm((p - centre) / (r * r), axis=1)
        return k0 * (k0 - 1.0) / np.maximum(k1, 1e-9)

    return distance


def smooth_union(parts: list[Field], k: float) -> Field:
    """The union of parts whose seams are rounded over `k` metres."""

    def distance(p: Array) -> Array:
        total = parts[0](p)
        for part in parts[1:]:
            other = part(p)
            h = np.maximum(k - np.abs(total - other), 0.0) / k
            total = np.minimum(total, other) - h * h * k * 0.25
        return total

    return distance


def body(figure: Figure) -> list[tuple[int, Field]]:
    """The parts of the worker, each with its material."""
    j = {name: np.array(xyz) for name, xyz in (figure.joints | HEAD).items()}
    at = lambda *xyz: np.array(xyz)  # noqa: E731 - three letters beside forty coordinates
    pelvis, chest = at(0, 0.93, 0), at(0, 1.33, 0)
    torso = [
        capsule(pelvis, chest, 0.150, 0.175, 1.45),
        capsule(j["left_shoulder"] * 0.85 + at(0, 0.02, 0), j["right_shoulder"] * at(0.85, 1, 1), 0.085, 0.085),
    ]
    sleeves, trousers, boots = [], [ellipsoid(at(0, 0.93, -0.01), (0.175, 0.11, 0.125))], []
    skin = [
        ellipsoid(at(0, 1.66, 0.015), (0.078, 0.112, 0.097)),
        ellipsoid(at(0, 1.60, 0.035), (0.058, 0.065, 0.068)),
        capsule(at(0, 1.44, -0.015), at(0, 1.58, 0), 0.058, 0.055),
        capsule(at(0, 1.665, 0.100), at(0, 1.630, 0.118), 0.010, 0.016),
    ]
    for side in ("left", "right"):
        shoulder, elbow, wrist = j[f"{side}_shoulder"], j[f"{side}_elbow"], j[f"{side}_wrist"]
        hip, knee, ankle = j[f"{side}_hip"], j[f"{side}_knee"], j[f"{side}_ankle"]
        sleeves.append(
            smooth_union([capsule(shoulder, elbow, 0.068, 0.052), capsule(elbow, wrist, 0.052, 0.040)], 0.03)
        )
        hand = wrist + (wrist - elbow) / np.linalg.norm(wrist - elbow) * 0.095
        skin += [capsule(wrist, hand, 0.035, 0.038, 1.0), ellipsoid(j[f"{side}_ear"], (0.016, 0.034, 0.022))]
        trousers += [capsule(hip, knee, 0.098, 0.070), capsule(knee, ankle, 0.070, 0.058)]
        boots += [capsule(ankle - at(0, 0.045, 0.02), ankle + at(0, -0.055, 0.15), 0.052, 0.045)]
    helmet = [
        lambda p: np.maximum(ellipsoid(at(0, 1.715, 0.0), (0.110, 0.118, 0.135))(p), 1.712 - p[:, 1]),
        capsule(at(0, 1.716, 0.05), at(0, 1.712, 0.145), 0.085, 0.05, 1.0),
    ]
    brim = lambda p: np.maximum(helmet[1](p), np.abs(p[:, 1] - 1.714) - 0.008)  # noqa: E731
    hair = ellipsoid(at(0, 1.675, -0.022), (0.084, 0.098, 0.092))
    return [
        (VEST, smooth_union(torso, 0.10)), (SLEEVE, sleeves[0]), (SLEEVE, sleeves[1]), (SKIN, smooth_union(skin, 0.02)),
        (TROUSERS, smooth_union(trousers, 0.035)), (BOOTS, smooth_union(boots, 0.002)), (HAIR, hair),
        (HELMET, helmet[0]), (HELMET, brim),
    ]  # fmt: skip


def distances(parts: list[tuple[int, Field]], p: Array) -> Array:
    """Distance of each point to each part, ``(points, parts)``."""
    return np.stack([field(p) for _, field in parts], axis=1)


def albedo(figure: Figure, part: npt.NDArray[np.intp], p: Array) -> Array:
    """Colour of the surface at points of the body: materials, reflective stripes, eyes and mouth."""
    colour = COLOURS[part]
    colour[part == HELMET] = figure.helmet
    y, x = p[:, 1], np.abs(p[:, 0])
    band = (np.abs(y - 1.06) < 0.025) | (np.abs(y - 1.20) < 0.025) | ((np.abs(x - 0.105) < 0.024) & (y > 1.20))
    colour[(part == VEST) & band] = COLOURS[STRIPE]
    colour[(part == VEST) & (x < 0.006) & (p[:, 2] > 0)] = (0.35, 0.16, 0.05)
    forearm = (part == SLEEVE) & (y < 1.02) & (y > 0.98)
    colour[forearm] = COLOURS[STRIPE]
    colour[(part == TROUSERS) & (y < 0.36) & (y > 0.31)] = COLOURS[STRIPE]
    colour[(part == TROUSERS) & (y > 0.955)] = (0.07, 0.06, 0.05)
    face = (part == SKIN) & (p[:, 2] > 0.05)
    eye = ((x - 0.033) / 0.017) ** 2 + ((y - 1.675) / 0.009) ** 2 < 1
    colour[face & eye] = (0.92, 0.90, 0.88)
    colour[face & ((x - 0.033) ** 2 + (y - 1.675) ** 2 < 0.0085**2)] = (0.08, 0.06, 0.05)
    colour[face & (np.abs(y - 1.693) < 0.004) & (np.abs(x - 0.034) < 0.02)] = COLOURS[HAIR]
    colour[face & (np.abs(y - 1.592) < 0.0045) & (x < 0.024)] = (0.50, 0.24, 0.22)
    return colour


def background(figure: Figure, origin: Array, rays: Array) -> Array:
    """A concrete floor with a yellow lane and a painted wall with a dado, a door and a cable duct."""
    colour = np.empty_like(rays)
    wall_z = -2.4
    t_floor = np.where(rays[:, 1] < -1e-6, -origin[1] / np.minimum(rays[:, 1], -1e-6), np.inf)
    t_wall = (wall_z - origin[2]) / rays[:, 2]
    floor = t_floor < t_wall
    at_floor = origin + rays * np.where(floor, t_floor, 0.0)[:, None]
    at_wall = origin + rays * t_wall[:, None]
    x, y = at_wall[:, 0], at_wall[:, 1]
    colour[:] = np.array(figure.wall) * (0.80 + 0.12 * np.clip(y / 3.0, 0, 1))[:, None]
    colour[y < 1.0] *= 0.72
    colour[np.abs(y - 1.0) < 0.02] = (0.30, 0.32, 0.33)
    colour[(np.abs(y - 2.35) < 0.06)] = (0.42, 0.43, 0.44)
    door = (x > 1.15) & (x < 2.15) & (y < 2.1)
    colour[door] = (0.33, 0.39, 0.45)
    colour[door & ((x < 1.21) | (x > 2.09) | (y > 2.04))] = (0.22, 0.24, 0.26)
    colour[(x < -1.1) & (x > -1.75) & (y < 1.55) & (y > 0.25)] = (0.47, 0.49, 0.47)
    fx, fz = at_floor[:, 0], at_floor[:, 2]
    ground = np.array([0.47, 0.46, 0.44]) * (0.86 + 0.05 * np.clip((fz - wall_z) / 4, 0, 1))[:, None]
    ground[(np.abs(fx + 1.05) < 0.06)] = (0.80, 0.66, 0.14)
    ground[(np.abs(np.mod(fz, 1.5) - 0.75) < 0.008)] *= 0.80
    colour[floor] = ground[floor]
    return colour


def shadow(figure: Figure, origin: Array, rays: Array) -> Array:
    """How much of the light reaches the floor: a soft contact shadow under each foot and under the body."""
    t = np.where(rays[:, 1] < -1e-6, -origin[1] / np.minimum(rays[:, 1], -1e-6), 1e3)
    p = origin + rays * t[:, None]
    lit = np.ones(len(rays))
    for side in ("left", "right"):
        foot = to_world(figure, np.array([figure.joints[f"{side}_ankle"]]))[0]
        r2 = ((p[:, 0] - foot[0]) / 0.15) ** 2 + ((p[:, 2] - foot[2] - 0.03) / 0.19) ** 2
        lit *= 1.0 - 0.55 * np.exp(-r2)
    r2 = ((p[:, 0] - figure.shift_x_m + 0.25) / 0.45) ** 2 + ((p[:, 2] + 0.30) / 0.40) ** 2
    return lit * (1.0 - 0.30 * np.exp(-r2))


def to_world(figure: Figure, p: Array) -> Array:
    """From the body's frame to the room: turned by the yaw, moved sideways."""
    yaw = math.radians(figure.yaw_deg)
    turn = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    return p @ turn.T + np.array([figure.shift_x_m, 0, 0])


def to_body(figure: Figure, p: Array, *, direction: bool) -> Array:
    """From the room to the body's frame; a direction is only turned."""
    yaw = math.radians(figure.yaw_deg)
    turn = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    return (p - (0.0 if direction else np.array([figure.shift_x_m, 0, 0]))) @ turn


def camera(figure: Figure) -> tuple[Array, Array, float]:
    """Position, rotation (rows right, up, back) and focal length in units of the picture's size."""
    origin = np.array([0.0, figure.camera_height_m, figure.camera_distance_m])
    back = origin - np.array([0.0, 0.90, 0.0])
    back /= np.linalg.norm(back)
    right = np.array([1.0, 0.0, 0.0])
    return origin, np.stack([right, np.cross(back, right), back]), figure.camera_distance_m / 2.25


def project(figure: Figure, p: Array) -> Array:
    """Points of the body's frame in pixels of the picture."""
    origin, rotation, focal = camera(figure)
    q = (to_world(figure, p) - origin) @ rotation.T
    return SIZE_PX * (0.5 + focal * np.stack([q[:, 0], -q[:, 1]], axis=1) / -q[:, 2:])


def trace(parts: list[tuple[int, Field]], start: Array, rays: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Where each ray meets the body: distance along it, and whether it does."""
    t = np.full(len(rays), 2.5)
    open_rays = np.arange(len(rays))
    hit = np.zeros(len(rays), bool)
    for _ in range(STEPS):
        near = distances(parts, start + rays[open_rays] * t[open_rays, None]).min(axis=1)
        t[open_rays] += 0.85 * near
        hit[open_rays[near < 1e-3]] = True
        open_rays = open_rays[(near >= 1e-3) & (t[open_rays] < 8.0)]
    return t, hit


def render(figure: Figure) -> tuple[npt.NDArray[np.uint8], int]:
    """The picture, ``(SIZE_PX, SIZE_PX, 3)`` BGR, and how many of its pixels the worker covers."""
    side = SIZE_PX * OVERSAMPLING
    parts = body(figure)
    materials = np.array([material for material, _ in parts])
    origin, rotation, focal = camera(figure)
    v, u = np.mgrid[0:side, 0:side] + 0.5
    rays = np.stack([(u / side - 0.5) / focal, -(v / side - 0.5) / focal, -np.ones_like(u)], axis=-1).reshape(-1, 3)
    rays = rays @ rotation
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    image = background(figure, origin, rays) * shadow(figure, origin, rays)[:, None]

    start, body_rays = to_body(figure, origin[None], direction=False)[0], to_body(figure, rays, direction=True)
    t, hit = trace(parts, start, body_rays)
    p = start + body_rays[hit] * t[hit, None]
    step = 2e-3
    offsets = np.eye(3) * step
    normal = np.stack(
        [distances(parts, p + o).min(axis=1) - distances(parts, p - o).min(axis=1) for o in offsets], axis=1
    )
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    part = materials[distances(parts, p).argmin(axis=1)]
    light = to_body(figure, LIGHT[None], direction=True)[0]
    occlusion = np.clip(distances(parts, p + normal * 0.06).min(axis=1) / 0.06, 0, 1)
    diffuse = np.clip(normal @ light, 0, 1)
    lit = (0.42 + 0.18 * normal[:, 1]) * (0.45 + 0.55 * occlusion) + 0.62 * diffuse * (0.4 + 0.6 * occlusion)
    image[hit] = albedo(figure, part, p) * lit[:, None]

    image = np.clip(image, 0, 1) ** (1 / 1.25)
    small = cv2.resize(image.reshape(side, side, 3), (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA)
    return np.rint(small[..., ::-1] * 255).astype(np.uint8), int(hit.sum()) // OVERSAMPLING**2


def main() -> None:
    """Write every picture and ``golden.yaml``."""
    here = Path(__file__).resolve().parent
    entries = []
    for figure in FIGURES:
        picture, area_px = render(figure)
        cv2.imwrite(str(here / f"{figure.name}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        joints = figure.joints | HEAD
        keypoints = project(figure, np.array([joints[name] for name in COCO_ORDER]))
        rounded = [[round(float(c), 2) for c in k] for k in keypoints]
        entries.append({"image": f"{figure.name}.png", "area_px": area_px, "keypoints_px": rounded})
    text = yaml.safe_dump({"keypoint_schema": "coco17", "inputs": entries}, sort_keys=False, default_flow_style=None)
    (here / "golden.yaml").write_text("# Written by render.py; the skeleton's joints projected by its camera.\n" + text)


if __name__ == "__main__":
    main()
