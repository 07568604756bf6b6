"""What motions write down about a body, and the pose that follows from it.

A control may place the feet (legs follow by inverse kinematics: they do not slide) or the angles of the legs, or a
blend. All of it is one vector, so that key frames are joined by curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import BodyPose, Joint
from edge_agent.models.training.scene.joint_angles import to_rotations
from edge_agent.models.training.scene.joint_limits import clamped
from edge_agent.models.training.scene.leg_to_angles import HIPS, leg_angles
from edge_agent.models.training.scene.rotation import about_z
from edge_agent.models.training.scene.skeleton import Skeleton, grounded, joint_frames

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """A body at one moment, as a motion drives it.

    Attributes:
        pelvis_m: float64 `(3,)`, world frame. Its z is the pose's only as far as `grounding` is below 1.
        heading_rad: yaw of the body in the world; not wrapped.
        angles_deg: float64 `(19, 3)` as in `joint_angles`; row 0 is the lean of the pelvis in the heading's frame.
        feet: float64 `(2, 5)`, left and right: the ankle's place in the world, yaw and pitch (radians, heel up
            positive).
        planting: 1 when the legs follow `feet`, 0 when they follow `angles_deg`.
        grounding: 1 when the lowest point of the body is put on the floor, 0 when the pelvis is where `pelvis_m` says.
        floor_m: height of what the person stands on.
        liveliness: 1 for a person on his feet, 0 for one who lies still: how much he sways and looks about.
    """

    pelvis_m: Floats
    heading_rad: float
    angles_deg: Floats
    feet: Floats
    planting: float = 1.0
    grounding: float = 1.0
    floor_m: float = 0.0
    liveliness: float = 1.0


def to_vector(control: Control) -> Floats:
    """All numbers of a control in one vector, float64 `(75,)`."""
    rest = [control.heading_rad, control.planting, control.grounding, control.floor_m, control.liveliness]
    return np.concatenate([control.pelvis_m, rest, control.angles_deg.ravel(), control.feet.ravel()])


def of_vector(vector: Floats) -> Control:
    """The control of a vector from `to_vector`."""
    heading, planting, grounding, floor_m, liveliness = (float(value) for value in vector[3:8])
    return Control(
        pelvis_m=vector[:3],
        heading_rad=heading,
        angles_deg=vector[8:65].reshape(19, 3),
        feet=vector[65:75].reshape(2, 5),
        planting=planting,
        grounding=grounding,
        floor_m=floor_m,
        liveliness=liveliness,
    )


def blended(first: Control, second: Control, share: float) -> Control:
    """Between two controls: 0 is the first, 1 the second."""
    return of_vector((1.0 - share) * to_vector(first) + share * to_vector(second))


def pelvis_turn(control: Control) -> Floats:
    """World rotation `(3, 3)` of the pelvis."""
    turned: Floats = about_z(control.heading_rad) @ to_rotations(control.angles_deg)[0]
    return turned


def resolved_angles(skeleton: Skeleton, control: Control) -> Floats:
    """The angles float64 `(19, 3)` that a control means, within the range of motion."""
    angles = clamped(control.angles_deg)
    if control.planting > 0.0:
        turn = pelvis_turn(control)
        for hip, foot in zip(HIPS, control.feet, strict=True):
            rows = slice(hip, hip + 3)
            planted = leg_angles(skeleton, control.pelvis_m, turn, hip, foot)
            angles[rows] = (1.0 - control.planting) * angles[rows] + control.planting * planted
        angles = clamped(angles)
    return angles


def resolve(skeleton: Skeleton, control: Control) -> BodyPose:
    """The pose that a control means: possible for every joint, and on the floor."""
    rotations = to_rotations(resolved_angles(skeleton, control))
    rotations[0] = about_z(control.heading_rad) @ rotations[0]
    pose = BodyPose(pelvis_m=control.pelvis_m.copy(), rotations=rotations)
    if control.grounding <= 0.0:
        return pose
    down = grounded(skeleton, pose, control.floor_m).pelvis_m
    pelvis = pose.pelvis_m + control.grounding * (down - pose.pelvis_m)
    return BodyPose(pelvis_m=pelvis, rotations=rotations)


def completed(skeleton: Skeleton, control: Control) -> Control:
    """The control with feet and leg angles both filled in from its pose, so that either can be blended from."""
    pose = resolve(skeleton, control)
    places, turns = joint_frames(skeleton, pose)
    feet = np.empty((2, 5))
    for row, ankle in enumerate((Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE)):
        toes = turns[ankle][:, 0]
        feet[row, :3] = places[ankle]
        # Seen from above, toes that point straight up or down have no yaw of their own.
        level = np.hypot(toes[0], toes[1]) > 0.2
        yaw = np.arctan2(toes[1], toes[0]) if level else control.heading_rad
        turns_off = np.round((control.heading_rad - yaw) / (2.0 * np.pi))
        feet[row, 3:] = yaw + 2.0 * np.pi * turns_off, -np.arcsin(np.clip(toes[2], -1.0, 1.0))
    if control.planting >= 1.0:
        feet = control.feet.copy()
    return Control(
        pelvis_m=pose.pelvis_m,
        heading_rad=control.heading_rad,
        angles_deg=resolved_angles(skeleton, control),
        feet=feet,
        planting=control.planting,
        grounding=control.grounding,
        floor_m=control.floor_m,
        liveliness=control.liveliness,
    )
