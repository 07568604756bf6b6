"""The worker of the golden inputs: a skeleton, and a body of tapered capsules and ellipsoids around it.

The body is a signed distance field; its parts are joined by a polynomial smooth minimum (I. Quilez, "Smooth minimum").
Lengths are in metres in the body's frame: x to the person's left, y up, z forward.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Field = Callable[[Array], Array]
Parts = list[tuple[int, Field]]

SKIN, HAIR, HELMET, VEST, STRIPE, SLEEVE, TROUSERS, BOOTS = range(8)
COLOURS = np.array(
    [
        [0.78, 0.55, 0.43], [0.16, 0.11, 0.08], [0.93, 0.80, 0.10], [0.95, 0.42, 0.08],
        [0.86, 0.88, 0.84], [0.16, 0.22, 0.42], [0.15, 0.18, 0.27], [0.10, 0.08, 0.07],
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One picture: how the worker stands or lies, how the camera looks, what is behind.

    The last four are for those who lie: -90 degrees of pitch is on the back, roll is about the body's own long axis;
    the body's middle is so high over the floor, and the camera looks at it; the picture is so wide there.
    """

    name: str
    yaw_deg: float
    joints: dict[str, tuple[float, float, float]]
    helmet: tuple[float, float, float]
    wall: tuple[float, float, float]
    camera_height_m: float
    camera_distance_m: float
    shift_x_m: float
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    middle_height_m: float = 0.90
    width_m: float = 2.25

    @property
    def lying(self) -> bool:
        """Whether the worker lies on the floor."""
        return self.pitch_deg != 0.0


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
LYING = FRONT | {
    "left_shoulder": (0.18, 1.44, 0.0), "right_shoulder": (-0.18, 1.44, 0.0),
    "left_hip": (0.10, 0.93, 0.0), "right_hip": (-0.10, 0.93, 0.0),
}  # fmt: skip
ON_BACK = LYING | {
    "left_elbow": (0.54, 1.22, -0.01), "right_elbow": (-0.28, 1.15, -0.04),
    "left_wrist": (0.32, 1.00, 0.28), "right_wrist": (-0.53, 0.88, -0.07),
    "left_knee": (0.09, 0.45, 0.11), "right_knee": (-0.16, 0.48, 0.30),
    "left_ankle": (0.26, 0.17, -0.09), "right_ankle": (-0.20, 0.20, 0.01),
}  # fmt: skip
FACE_DOWN = LYING | {
    "left_elbow": (0.42, 1.10, -0.04), "right_elbow": (-0.32, 1.26, -0.03),
    "left_wrist": (0.18, 1.01, 0.18), "right_wrist": (-0.45, 1.05, -0.02),
    "left_knee": (0.18, 0.51, 0.05), "right_knee": (-0.08, 0.57, 0.28),
    "left_ankle": (0.28, 0.13, -0.06), "right_ankle": (-0.12, 0.31, 0.0),
}  # fmt: skip
HEAD = {
    "nose": (0.0, 1.635, 0.118), "left_eye": (0.033, 1.675, 0.092), "right_eye": (-0.033, 1.675, 0.092),
    "left_ear": (0.080, 1.650, 0.005), "right_ear": (-0.080, 1.650, 0.005),
}  # fmt: skip

FIGURES = (
    Figure("standing", 6.0, FRONT, (0.93, 0.80, 0.10), (0.60, 0.64, 0.66), 1.35, 4.2, 0.0),
    Figure("walking", 38.0, WALKING, (0.92, 0.93, 0.94), (0.55, 0.60, 0.53), 1.75, 4.6, -0.25),
    Figure("on-back", -80.0, ON_BACK, (0.93, 0.80, 0.10), (0.55, 0.5, 0.51), 3.5, 4.2, -0.07, -90.0, 39.0, 0.15, 2.05),
    Figure(
        "face-down", -122.0, FACE_DOWN, (0.92, 0.93, 0.94), (0.64, 0.52, 0.65), 3.4, 3.8, 0.02, 90.0, 18.0, 0.15, 1.83
    ),
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


def body(figure: Figure) -> Parts:
    """The parts of the worker, each with its material."""
    joints = {name: np.array(xyz) for name, xyz in (figure.joints | HEAD).items()}
    inwards = at(0.85, 1, 1)
    torso = [
        capsule(at(0, 1.06, 0), at(0, 1.33, 0), 0.150, 0.175, 1.45),
        capsule(joints["left_shoulder"] * inwards, joints["right_shoulder"] * inwards, 0.085, 0.085),
    ]
    sleeves, hands, legs, boots = [], [], [ellipsoid(at(0, 0.93, -0.01), (0.175, 0.11, 0.125))], []
    for side in ("left", "right"):
        shoulder, elbow, wrist, hip, knee, ankle = (
            joints[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        )
        sleeves.append(
            smooth_union([capsule(shoulder, elbow, 0.068, 0.052), capsule(elbow, wrist, 0.052, 0.040)], 0.03)
        )
        finger = wrist + (wrist - elbow) / np.linalg.norm(wrist - elbow) * 0.095
        hands.append(capsule(wrist, finger, 0.035, 0.038))
        legs += [capsule(hip, knee, 0.098, 0.070), capsule(knee, ankle, 0.070, 0.058)]
        boots.append(capsule(ankle - at(0, 0.045, 0.02), ankle + at(0, -0.055, 0.15), 0.052, 0.045))
    return [
        (VEST, smooth_union(torso, 0.10)),
        *((SLEEVE, sleeve) for sleeve in sleeves),
        *((SKIN, hand) for hand in hands),
        (TROUSERS, smooth_union(legs, 0.035)),
        *((BOOTS, boot) for boot in boots),
        *head(joints),
    ]


def head(joints: dict[str, Array]) -> Parts:
    """Face, neck, hair and a helmet with its peak."""
    face = [
        ellipsoid(at(0, 1.66, 0.015), (0.078, 0.112, 0.097)),
        ellipsoid(at(0, 1.60, 0.035), (0.058, 0.065, 0.068)),
        capsule(at(0, 1.44, -0.015), at(0, 1.58, 0), 0.058, 0.055),
        capsule(at(0, 1.665, 0.100), at(0, 1.630, 0.118), 0.010, 0.016),
        ellipsoid(joints["left_ear"], (0.016, 0.034, 0.022)),
        ellipsoid(joints["right_ear"], (0.016, 0.034, 0.022)),
    ]
    shell = ellipsoid(at(0, 1.715, 0.0), (0.110, 0.118, 0.135))
    peak = capsule(at(0, 1.716, 0.05), at(0, 1.712, 0.145), 0.085, 0.05)

    def helmet(p: Array) -> Array:
        above = np.maximum(shell(p), 1.712 - p[:, 1])
        flat = np.maximum(peak(p), np.abs(p[:, 1] - 1.714) - 0.008)
        return np.minimum(above, flat)

    hair = ellipsoid(at(0, 1.675, -0.022), (0.084, 0.098, 0.092))
    return [(SKIN, smooth_union(face, 0.02)), (HAIR, hair), (HELMET, helmet)]


def at(x: float, y: float, z: float) -> Array:
    """A point."""
    return np.array([x, y, z])


def distances(parts: Parts, p: Array) -> Array:
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
