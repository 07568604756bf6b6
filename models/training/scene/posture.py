"""Postures in words of the body: lean, trunk, head, arms, and either planted feet or leg angles."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.control import Control, completed
from edge_agent.models.training.scene.skeleton import Skeleton

Floats = npt.NDArray[np.float64]

_LEG_M = 0.86

STANDING_BEND = 0.985
"""Share of the leg's length between hip and ankle when standing at ease: knees are not locked."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: angles in degrees as in `joint_angles`."""

    flexion: float = 3.0
    abduction: float = 8.0
    twist: float = 5.0
    elbow: float = 12.0
    pronation: float = 15.0
    wrist: float = 5.0
    protraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a body whose feet are not planted: angles in degrees as in `joint_angles`."""

    hip: float = 0.0
    abduction: float = 3.0
    twist: float = -5.0
    knee: float = 3.0
    ankle: float = 0.0


@dataclass(frozen=True, slots=True)
class Foot:
    """A planted foot in the frame of the place where the person stands, for either side of the body.

    Lengths are for a body of 1.75 m (`size`).

    Attributes:
        forward_m: ankle before the place.
        outward_m: ankle beside the hip joint.
        up_m: sole over the floor.
        out_deg: toes turned outward.
        heel_deg: heel lifted about the ball of the foot.
    """

    forward_m: float = 0.0
    outward_m: float = 0.02
    up_m: float = 0.0
    out_deg: float = 8.0
    heel_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands: the floor point midway between the feet, and the heading."""

    x_m: float
    y_m: float
    heading_rad: float
    floor_m: float = 0.0

    def moved(self, forward_m: float, left_m: float = 0.0, turned_rad: float = 0.0) -> Place:
        """The place so far ahead and to the left, and turned."""
        c, s = np.cos(self.heading_rad), np.sin(self.heading_rad)
        x = self.x_m + c * forward_m - s * left_m
        y = self.y_m + s * forward_m + c * left_m
        return Place(float(x), float(y), self.heading_rad + turned_rad, self.floor_m)


@dataclass(frozen=True, slots=True)
class Posture:
    """A whole body.

    Attributes:
        lean: pelvis forward, left, turned, degrees.
        trunk: spine and chest together, degrees: forward, left, turned left.
        head: neck and head together, likewise.
        left: the left arm.
        right: the right arm.
        shift_m: pelvis forward, left and up of where it is in standing, for a body of 1.75 m (`size`).
        feet: left and right foot when planted.
        legs: left and right leg when the feet are not planted; empty otherwise.
        liveliness: see `Control`.
    """

    lean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    trunk: tuple[float, float, float] = (3.0, 0.0, 0.0)
    head: tuple[float, float, float] = (-2.0, 0.0, 0.0)
    left: Arm = field(default_factory=Arm)
    right: Arm = field(default_factory=Arm)
    shift_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    feet: tuple[Foot, Foot] = (Foot(), Foot())
    legs: tuple[Leg, ...] = ()
    liveliness: float = 1.0


def with_arm(angles_deg: Floats, shoulder: int, arm: Arm) -> None:
    """Writes one arm's angles into an array float64 `(19, 3)`.

    The collar bone goes up with the arm, 1 deg for 4 beyond the first 30 (scapulohumeral rhythm, Inman et al., J. Bone
    and Joint Surgery 1944).
    """
    raised = max(arm.flexion, arm.abduction, 0.0)
    angles_deg[shoulder - 1] = (0.0, 0.25 * max(0.0, raised - 30.0), arm.protraction)
    angles_deg[shoulder] = (arm.flexion, arm.abduction, arm.twist)
    angles_deg[shoulder + 1] = (arm.elbow, 0.0, arm.pronation)
    angles_deg[shoulder + 2] = (arm.wrist, 0.0, 0.0)


def angles_of(posture: Posture) -> Floats:
    """The posture's angles float64 `(19, 3)`; legs only where they are given."""
    angles = np.zeros((19, 3))
    angles[Joint.PELVIS] = posture.lean
    for joint, share in ((Joint.SPINE, 0.5), (Joint.CHEST, 0.5)):
        angles[joint] = share * np.array(posture.trunk)
    for joint, share in ((Joint.NECK, 0.45), (Joint.HEAD, 0.55)):
        angles[joint] = share * np.array(posture.head)
    with_arm(angles, Joint.LEFT_SHOULDER, posture.left)
    with_arm(angles, Joint.RIGHT_SHOULDER, posture.right)
    for hip, leg in zip((Joint.LEFT_HIP, Joint.RIGHT_HIP), posture.legs, strict=False):
        angles[hip] = (leg.hip, leg.abduction, leg.twist)
        angles[hip + 1] = (leg.knee, 0.0, 0.0)
        angles[hip + 2] = (leg.ankle, 0.0, 0.0)
    return angles


def standing_pelvis_m(skeleton: Skeleton) -> float:
    """Height of the pelvis of a person standing at ease."""
    return skeleton.standing_pelvis_m - (1.0 - STANDING_BEND) * skeleton.leg_m


def size(skeleton: Skeleton) -> float:
    """How large a body is beside the one that postures are written for: 1.75 m, leg 0.86 m."""
    return skeleton.leg_m / _LEG_M


def foot_control(skeleton: Skeleton, place: Place, foot: Foot, side: int) -> Floats:
    """Ankle, yaw and pitch, float64 `(5,)`, of a planted foot; side 0 is left, 1 right."""
    sign = 1.0 if side == 0 else -1.0
    scale = size(skeleton)
    half = abs(skeleton.offsets_m[Joint.LEFT_HIP][1]) + scale * foot.outward_m
    spot = place.moved(scale * foot.forward_m, sign * half)
    yaw = place.heading_rad + sign * np.radians(foot.out_deg)
    pitch = np.radians(foot.heel_deg)
    ahead, up = ankle_over_ball(skeleton, pitch)
    x, y = spot.x_m + ahead * np.cos(yaw), spot.y_m + ahead * np.sin(yaw)
    return np.array([x, y, place.floor_m + foot.up_m + up, yaw, pitch])


def ankle_over_ball(skeleton: Skeleton, pitch_rad: float) -> tuple[float, float]:
    """Where the ankle goes when the foot pitches and its ball or heel stays.

    Returns:
        How far it moves along the foot, and its height over the floor, metres.
    """
    tip = 3 if pitch_rad > 0.0 else 4
    pivot, radius = skeleton.tips_m[tip], skeleton.tip_contact_m[tip]
    c, s = np.cos(pitch_rad), np.sin(pitch_rad)
    ahead = pivot[0] - (c * pivot[0] + s * pivot[2])
    return float(ahead), float(radius - (c * pivot[2] - s * pivot[0]))


def control_of(skeleton: Skeleton, place: Place, posture: Posture) -> Control:
    """The control of a person in a posture at a place; complete, so that anything may be blended with it."""
    forward, left, up = (size(skeleton) * shift for shift in posture.shift_m)
    spot = place.moved(forward, left)
    feet = np.stack([foot_control(skeleton, place, foot, side) for side, foot in enumerate(posture.feet)])
    height = place.floor_m + standing_pelvis_m(skeleton) + up
    control = Control(
        pelvis_m=np.array([spot.x_m, spot.y_m, height]),
        heading_rad=place.heading_rad,
        angles_deg=angles_of(posture),
        feet=feet,
        planting=0.0 if posture.legs else 1.0,
        floor_m=place.floor_m,
        liveliness=posture.liveliness,
    )
    return completed(skeleton, control)
