"""A person's proportions, and where the joints are in the world for a pose (forward kinematics)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import PARENT_OF, BodyPose, Joint

Floats = npt.NDArray[np.float64]

JOINT_COUNT = len(Joint)

TIP_JOINTS: tuple[Joint, ...] = (
    Joint.HEAD,
    Joint.LEFT_WRIST,
    Joint.RIGHT_WRIST,
    Joint.LEFT_ANKLE,
    Joint.LEFT_ANKLE,
    Joint.RIGHT_ANKLE,
    Joint.RIGHT_ANKLE,
)
"""The joint that each end point of a skeleton belongs to."""

HEAD_TIP, LEFT_HAND_TIP, RIGHT_HAND_TIP, LEFT_TOE_TIP, LEFT_HEEL_TIP, RIGHT_TOE_TIP, RIGHT_HEEL_TIP = range(7)

_KNEE_HEIGHT, _HIP_HEIGHT, _SHOULDER_HEIGHT, _ANKLE_HEIGHT = 0.285, 0.530, 0.818, 0.039
_UPPER_ARM, _FOREARM, _HAND, _FOOT = 0.186, 0.146, 0.108, 0.152


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """The lengths of one body.

    Attributes:
        offsets_m: float64 `(19, 3)`, each joint's place in its parent's frame at rest; zeros for the pelvis.
        contact_m: float64 `(19,)`, radius of the body about each joint, for touching the floor. At the ankles it is the
            ankle's height over the sole.
        tips_m: float64 `(7, 3)`, end points in the frames of `TIP_JOINTS` at rest: middle of the head, finger tips,
            balls of the feet and heels.
        tip_contact_m: float64 `(7,)`, radius of the body about each end point.
    """

    offsets_m: Floats
    contact_m: Floats
    tips_m: Floats
    tip_contact_m: Floats

    @property
    def leg_m(self) -> float:
        """Length of the straight leg from hip joint to ankle joint."""
        thigh, shank = self.offsets_m[Joint.LEFT_KNEE], self.offsets_m[Joint.LEFT_ANKLE]
        return float(np.linalg.norm(thigh + shank))

    @property
    def standing_pelvis_m(self) -> float:
        """Height of the pelvis over the sole of the foot at rest."""
        chain = (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE)
        return float(self.contact_m[Joint.LEFT_ANKLE] - sum(self.offsets_m[joint][2] for joint in chain))


def skeleton_from_offsets(offsets_m: Floats) -> Skeleton:
    """A skeleton with joints given and flesh guessed in proportion to them.

    Args:
        offsets_m: float64 `(19, 3)`, as in `Skeleton`.

    Raises:
        ValueError: the shape is not `(19, 3)`.
    """
    offsets = np.asarray(offsets_m, dtype=np.float64)
    if offsets.shape != (JOINT_COUNT, 3):
        raise ValueError(f"offsets_m must be (19, 3), one row a joint, not {offsets.shape}")
    leg = -(offsets[Joint.LEFT_HIP] + offsets[Joint.LEFT_KNEE] + offsets[Joint.LEFT_ANKLE])[2]
    height = leg / (_HIP_HEIGHT - _ANKLE_HEIGHT)
    hand, sole = _HAND * height, _ANKLE_HEIGHT * height
    toe_radius, heel_radius = 0.008 * height, 0.012 * height
    toe = [0.115 * height, 0.0, toe_radius - sole]
    heel = [-0.030 * height, 0.0, heel_radius - sole]
    tips = np.array([[0.01 * height, 0.0, 0.045 * height], [0, 0, -hand], [0, 0, -hand], toe, heel, toe, heel])
    tip_contact = np.array([0.055 * height, *[0.006 * height] * 2, *[toe_radius, heel_radius] * 2])
    return Skeleton(offsets_m=offsets, contact_m=_radii(height), tips_m=tips, tip_contact_m=tip_contact)


def generic_skeleton(height_m: float = 1.75) -> Skeleton:
    """A skeleton of average proportions.

    Segment lengths are fractions of the body height after Drillis & Contini, "Body segment parameters" (1966), as
    printed in Winter, "Biomechanics and Motor Control of Human Movement", fig. 4.1; the joints of the trunk are set
    between them.

    Raises:
        ValueError: the height is not a person's.
    """
    if not 0.5 <= height_m <= 2.5:
        raise ValueError(f"height_m is {height_m}: give a person's height in metres, 0.5 to 2.5")
    offsets = np.zeros((JOINT_COUNT, 3))
    offsets[Joint.SPINE] = (0.0, 0.0, 0.065)
    offsets[Joint.CHEST] = (-0.005, 0.0, 0.095)
    offsets[Joint.NECK] = (-0.005, 0.0, 0.150)
    offsets[Joint.HEAD] = (0.010, 0.0, 0.060)
    thigh, shank = _HIP_HEIGHT - _KNEE_HEIGHT, _KNEE_HEIGHT - _ANKLE_HEIGHT
    sides = ((1.0, Joint.LEFT_CLAVICLE, Joint.LEFT_HIP), (-1.0, Joint.RIGHT_CLAVICLE, Joint.RIGHT_HIP))
    for side, clavicle, hip in sides:
        offsets[clavicle] = (0.015, side * 0.015, 0.120)
        offsets[clavicle + 1] = (-0.015, side * 0.092, _SHOULDER_HEIGHT - _HIP_HEIGHT - 0.280)
        offsets[clavicle + 2] = (0.0, 0.0, -_UPPER_ARM)
        offsets[clavicle + 3] = (0.0, 0.0, -_FOREARM)
        offsets[hip] = (0.0, side * 0.050, 0.0)
        offsets[hip + 1] = (0.0, 0.0, -thigh)
        offsets[hip + 2] = (0.0, 0.0, -shank)
    return skeleton_from_offsets(offsets * height_m)


def _radii(height_m: float) -> Floats:
    radii = np.zeros(JOINT_COUNT)
    radii[[Joint.PELVIS, Joint.SPINE, Joint.CHEST]] = (0.060, 0.055, 0.062)
    radii[[Joint.NECK, Joint.HEAD]] = (0.035, 0.035)
    for clavicle, hip in ((Joint.LEFT_CLAVICLE, Joint.LEFT_HIP), (Joint.RIGHT_CLAVICLE, Joint.RIGHT_HIP)):
        radii[[clavicle, clavicle + 1, clavicle + 2, clavicle + 3]] = (0.030, 0.032, 0.022, 0.016)
        radii[[hip, hip + 1, hip + 2]] = (0.050, 0.032, _ANKLE_HEIGHT)
    return radii * height_m


def joint_frames(skeleton: Skeleton, pose: BodyPose) -> tuple[Floats, Floats]:
    """Where every joint is and how its frame is turned.

    Returns:
        float64 `(19, 3)` places in the world frame, metres, and float64 `(19, 3, 3)` rotations from the joint's frame
        to the world's.
    """
    places = np.empty((JOINT_COUNT, 3))
    turns = np.empty((JOINT_COUNT, 3, 3))
    places[0] = pose.pelvis_m
    turns[0] = pose.rotations[0]
    for joint in range(1, JOINT_COUNT):
        parent = PARENT_OF[joint]
        places[joint] = places[parent] + turns[parent] @ skeleton.offsets_m[joint]
        turns[joint] = turns[parent] @ pose.rotations[joint]
    return places, turns


def joint_positions(skeleton: Skeleton, pose: BodyPose) -> Floats:
    """Where every joint is: float64 `(19, 3)`, world frame, metres."""
    return joint_frames(skeleton, pose)[0]


def tip_positions(skeleton: Skeleton, pose: BodyPose) -> Floats:
    """Where the end points (`TIP_JOINTS`) are: float64 `(7, 3)`, world frame, metres."""
    places, turns = joint_frames(skeleton, pose)
    joints = list(TIP_JOINTS)
    tips: Floats = places[joints] + np.einsum("tij,tj->ti", turns[joints], skeleton.tips_m)
    return tips


def lowest_point_m(skeleton: Skeleton, pose: BodyPose) -> float:
    """Height of the lowest point of the body over z = 0."""
    places, turns = joint_frames(skeleton, pose)
    # The ankle's own radius counts along the foot only: the balls and heels say where the sole is.
    joints = list(TIP_JOINTS)
    tips_z = places[joints, 2] + np.einsum("tj,tj->t", turns[joints, 2], skeleton.tips_m)
    bottoms = places[:, 2] - skeleton.contact_m
    ankles = [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]
    bottoms[ankles] = places[ankles, 2] - 0.6 * skeleton.contact_m[ankles]
    return float(min(bottoms.min(), (tips_z - skeleton.tip_contact_m).min()))


def grounded(skeleton: Skeleton, pose: BodyPose, floor_m: float = 0.0) -> BodyPose:
    """The pose moved along z until the lowest point of the body touches the floor exactly."""
    pelvis = pose.pelvis_m.copy()
    pelvis[2] += floor_m - lowest_point_m(skeleton, pose)
    return BodyPose(pelvis_m=pelvis, rotations=pose.rotations)
