"""Draws the golden inputs: workers in a plant, on their feet and on the floor, and the keypoints to expect.

Run ``python models/golden/render.py`` from the project's root: it writes the PNG files and ``golden.yaml`` beside
itself, the same every time. Nothing here comes from a photograph. The body (`worker.py`) is found by sphere tracing
(J. C. Hart, 1996); the keypoints are the joints of the very skeleton that is drawn, projected by the same camera, so
they are exact.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import yaml
from worker import COCO_ORDER, FIGURES, HEAD, Array, Figure, Parts, albedo, body, distances

SIZE_PX = 320
OVERSAMPLING = 2
STEPS = 72
NEAR_M = 0.45  # our own: no part of the body is so far from every joint
LIGHT = np.array([0.45, 0.75, 0.55]) / np.linalg.norm([0.45, 0.75, 0.55])
MIDDLE = np.array([0.0, 0.90, 0.0])  # of the body, in its own frame
# What throws a shadow where somebody lies, and how wide it is, metres.
LIMBS = (
    ("left_shoulder", "right_hip", 0.24), ("right_shoulder", "left_hip", 0.24), ("nose", "left_shoulder", 0.15),
    ("left_shoulder", "left_elbow", 0.11), ("right_shoulder", "right_elbow", 0.11),
    ("left_elbow", "left_wrist", 0.11), ("right_elbow", "right_wrist", 0.11),
    ("left_hip", "left_knee", 0.14), ("right_hip", "right_knee", 0.14),
    ("left_knee", "left_ankle", 0.14), ("right_knee", "right_ankle", 0.14),
)  # fmt: skip


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
    if figure.lying:
        return shadow_of_lying(figure, p)
    lit = np.ones(len(rays))
    for side in ("left", "right"):
        foot = to_world(figure, np.array([figure.joints[f"{side}_ankle"]]))[0]
        r2 = ((p[:, 0] - foot[0]) / 0.15) ** 2 + ((p[:, 2] - foot[2] - 0.03) / 0.19) ** 2
        lit *= 1.0 - 0.55 * np.exp(-r2)
    r2 = ((p[:, 0] - figure.shift_x_m + 0.25) / 0.45) ** 2 + ((p[:, 2] + 0.30) / 0.40) ** 2
    return lit * (1.0 - 0.30 * np.exp(-r2))


def shadow_of_lying(figure: Figure, p: Array) -> Array:
    """The same where somebody lies: under each limb, the weaker the higher the limb is."""
    joints = figure.joints | HEAD
    dark = np.zeros(len(p))
    for first, second, width_m in LIMBS:
        a, b = to_world(figure, np.array([joints[first], joints[second]]))
        along, away = (b - a)[[0, 2]], p[:, [0, 2]] - a[[0, 2]]
        share = np.clip(away @ along / max(float(along @ along), 1e-9), 0.0, 1.0)
        r2 = np.square(away - share[:, None] * along).sum(axis=1) / width_m**2
        height = a[1] + (b[1] - a[1]) * share
        dark = np.maximum(dark, 0.50 * np.exp(-r2) / (1.0 + 3.0 * np.maximum(height - 0.1, 0.0)))
    return 1.0 - dark


def to_world(figure: Figure, p: Array) -> Array:
    """From the body's frame to the room: turned about the body's middle, and moved to where that is."""
    return (p - MIDDLE) @ turn(figure).T + np.array([figure.shift_x_m, figure.middle_height_m, 0])


def to_body(figure: Figure, p: Array, *, direction: bool) -> Array:
    """From the room to the body's frame; a direction is only turned."""
    if direction:
        return p @ turn(figure)
    return (p - np.array([figure.shift_x_m, figure.middle_height_m, 0])) @ turn(figure) + MIDDLE


def turn(figure: Figure) -> Array:
    """Rotation: rolled about the body's long axis, laid down, turned about the vertical."""
    yaw, pitch, roll = (math.radians(angle) for angle in (figure.yaw_deg, figure.pitch_deg, figure.roll_deg))
    lay = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    return about_y(yaw) @ lay @ about_y(roll)


def about_y(angle: float) -> Array:
    """Rotation about the upright, radians."""
    return np.array([[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]])


def camera(figure: Figure) -> tuple[Array, Array, float]:
    """Position, rotation (rows right, up, back) and focal length in units of the picture's size."""
    origin = np.array([0.0, figure.camera_height_m, figure.camera_distance_m])
    back = origin - np.array([0.0, figure.middle_height_m, 0.0])
    back /= np.linalg.norm(back)
    right = np.array([1.0, 0.0, 0.0])
    return origin, np.stack([right, np.cross(back, right), back]), figure.camera_distance_m / figure.width_m


def project(figure: Figure, p: Array) -> Array:
    """Points of the body's frame in pixels of the picture."""
    origin, rotation, focal = camera(figure)
    q = (to_world(figure, p) - origin) @ rotation.T
    return SIZE_PX * (0.5 + focal * np.stack([q[:, 0], -q[:, 1]], axis=1) / -q[:, 2:])


def near_body(figure: Figure, start: Array, rays: Array) -> npt.NDArray[np.intp]:
    """Which rays come near a joint; the others meet nothing, and tracing them takes most of the time."""
    joints = np.array(list((figure.joints | HEAD).values())) - start
    away2 = np.square(joints).sum(axis=1) - np.square(rays @ joints.T)
    return np.flatnonzero(away2.min(axis=1) < NEAR_M**2)


def trace(
    parts: Parts, start: Array, rays: Array, open_rays: npt.NDArray[np.intp]
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Where each of the open rays meets the body: distance along it, and whether it does."""
    t = np.full(len(rays), 2.5)
    hit = np.zeros(len(rays), bool)
    for _ in range(STEPS):
        near = distances(parts, start + rays[open_rays] * t[open_rays, None]).min(axis=1)
        t[open_rays] += 0.85 * near
        hit[open_rays[near < 1e-3]] = True
        open_rays = open_rays[(near >= 1e-3) & (t[open_rays] < 8.0)]
    return t, hit


def shade(figure: Figure, parts: Parts, p: Array) -> Array:
    """Colour of points on the body: one light, the sky, and darkness in the folds."""
    normal = np.stack(
        [distances(parts, p + o).min(axis=1) - distances(parts, p - o).min(axis=1) for o in np.eye(3) * 2e-3], axis=1
    )
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    part = np.array([material for material, _ in parts])[distances(parts, p).argmin(axis=1)]
    light = to_body(figure, LIGHT[None], direction=True)[0]
    open_sky = np.clip(distances(parts, p + normal * 0.06).min(axis=1) / 0.06, 0, 1)
    ambient = (0.42 + 0.18 * normal[:, 1]) * (0.45 + 0.55 * open_sky)
    direct = 0.62 * np.clip(normal @ light, 0, 1) * (0.4 + 0.6 * open_sky)
    return albedo(figure, part, p) * (ambient + direct)[:, None]


def render(figure: Figure) -> tuple[npt.NDArray[np.uint8], int]:
    """The picture, ``(SIZE_PX, SIZE_PX, 3)`` BGR, and how many of its pixels the worker covers."""
    side = SIZE_PX * OVERSAMPLING
    parts = body(figure)
    origin, rotation, focal = camera(figure)
    v, u = np.mgrid[0:side, 0:side] + 0.5
    rays = np.stack([(u / side - 0.5) / focal, -(v / side - 0.5) / focal, -np.ones_like(u)], axis=-1).reshape(-1, 3)
    rays = rays @ rotation
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    image = background(figure, origin, rays) * shadow(figure, origin, rays)[:, None]

    start, body_rays = to_body(figure, origin[None], direction=False)[0], to_body(figure, rays, direction=True)
    t, hit = trace(parts, start, body_rays, near_body(figure, start, body_rays))
    image[hit] = shade(figure, parts, start + body_rays[hit] * t[hit, None])
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
        posture = {"posture": "lying"} if figure.lying else {}
        entries.append({"image": f"{figure.name}.png", **posture, "area_px": area_px, "keypoints_px": rounded})
    text = yaml.safe_dump({"keypoint_schema": "coco17", "inputs": entries}, sort_keys=False, default_flow_style=None)
    (here / "golden.yaml").write_text("# Written by render.py; the skeleton's joints projected by its camera.\n" + text)


if __name__ == "__main__":
    main()
