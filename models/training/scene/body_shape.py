"""Draw a naked body at random: its proportions, its mesh in the modelling pose, its joints and its key points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.body_template import BodyTemplate
from edge_agent.models.training.scene.skeleton import Skeleton, skeleton_from_offsets
from edge_agent.models.training.scene.skinning import JOINTS, Rig, neutral_offsets_m

_FloatArray = npt.NDArray[np.float64]

# Mean and standard deviation of adult body height, about: NCD Risk Factor Collaboration, eLife 2016;5:e13410.
_MALE_HEIGHT_M, _FEMALE_HEIGHT_M = (1.75, 0.075), (1.63, 0.068)
_FOOT_OUT_RAD = np.deg2rad(7.0)

KEYPOINT_JOINT: tuple[Joint, ...] = (
    *(Joint.HEAD,) * 5,
    Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW, Joint.LEFT_WRIST, Joint.RIGHT_WRIST,
    Joint.LEFT_HIP, Joint.RIGHT_HIP, Joint.LEFT_KNEE, Joint.RIGHT_KNEE, Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE,
)  # fmt: skip
"""The joint that carries each COCO key point; from the shoulders on the key point is the joint."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyShape:
    """One naked body in the modelling pose, body frame, metres.

    Attributes:
        vertices_m: float64 `(V, 3)`, in the order of the template.
        rig: joints, turns to the neutral pose and the skeleton.
        keypoints_m: float64 `(17, 3)`, COCO order.
        female: share of female form, 0 to 1.
        child: whether it is a child.
        african: share of African form, 0 to 1; with `asian` it draws the colour of the skin.
        asian: share of East Asian form, 0 to 1.
        age: 0.5 for a young adult to 1 for an old one.
    """

    vertices_m: _FloatArray
    rig: Rig
    keypoints_m: _FloatArray
    female: float
    child: bool
    african: float
    asian: float
    age: float


def draw_phenotype(rng: np.random.Generator, child_share: float) -> dict[str, float]:
    """Anny's shape parameters, each 0 to 1, drawn at random; `child_share` of the bodies are children's."""
    child = rng.random() < child_share
    female = rng.random() < 0.4
    ethnicity = rng.dirichlet([0.5, 0.5, 0.5])
    return {
        "gender": float(rng.uniform(0.85, 1.0) if female else rng.uniform(0.0, 0.2)),
        "age": float(rng.uniform(0.16, 0.42) if child else np.clip(rng.beta(2.0, 2.5) * 0.55 + 0.5, 0.5, 1.0)),
        "muscle": float(np.clip(rng.normal(0.5, 0.15), 0.15, 0.9)),
        "weight": float(np.clip(rng.normal(0.52, 0.2), 0.1, 1.0)),
        "height": float(np.clip(rng.normal(0.42, 0.1), 0.15, 0.7)),
        "proportions": float(np.clip(rng.normal(0.5, 0.15), 0.1, 0.9)),
        "cupsize": float(rng.uniform(0.25, 0.75)),
        "firmness": float(rng.uniform(0.4, 0.8)),
        "african": float(ethnicity[0]),
        "asian": float(ethnicity[1]),
        "caucasian": float(ethnicity[2]),
    }


def draw_shape(rng: np.random.Generator, template: BodyTemplate, child_share: float = 0.08) -> BodyShape:
    """A body drawn at random.

    Args:
        rng: the source of chance.
        template: from `load_body_template`.
        child_share: how often it is a child, 0 to 1.
    """
    phenotype = draw_phenotype(rng, child_share)
    vertices, joints, face = template.blended_m(phenotype)
    child, female = phenotype["age"] < 0.45, phenotype["gender"]
    if not child:
        mean, deviation = _FEMALE_HEIGHT_M if female > 0.5 else _MALE_HEIGHT_M
        wanted = mean + deviation * float(np.clip(rng.normal(), -2.2, 2.2))
        scale = wanted / float(np.ptp(vertices[:, 2]))
        vertices, joints, face = vertices * scale, joints * scale, face * scale
    keypoints = np.concatenate([face, joints[list(KEYPOINT_JOINT[5:])]])
    return BodyShape(
        vertices_m=vertices,
        rig=make_rig(joints, vertices, template.weights),
        keypoints_m=keypoints,
        female=female,
        child=child,
        african=phenotype["african"],
        asian=phenotype["asian"],
        age=phenotype["age"],
    )


def make_rig(joints_m: _FloatArray, vertices_m: _FloatArray, weights: npt.NDArray[np.float32]) -> Rig:
    """The turns that bring a body from its modelling pose to the contract's neutral pose.

    Args:
        joints_m: float64 `(19, 3)`, joints in the modelling pose, body frame.
        vertices_m: float64 `(V, 3)`, the mesh in the same pose: hands and feet tell where they point.
        weights: float32 `(V, BONES)`.
    """
    turns = np.tile(np.eye(3), (JOINTS, 1, 1))
    for arm, leg, side in ((Joint.LEFT_CLAVICLE, Joint.LEFT_HIP, 1.0), (Joint.RIGHT_CLAVICLE, Joint.RIGHT_HIP, -1.0)):
        shoulder, elbow, wrist = (joints_m[arm + k] for k in (1, 2, 3))
        hinge = np.cross(elbow - shoulder, wrist - elbow)
        down, outwards = np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 0.0])
        hinge_neutral = np.array([0.0, -1.0, 0.0])
        turns[arm + 1] = _frame(down, hinge_neutral) @ _frame(elbow - shoulder, hinge).T
        turns[arm + 2] = _frame(down, hinge_neutral) @ _frame(wrist - elbow, hinge).T
        hand = vertices_m[weights[:, arm + 3] > 0.9]
        turns[arm + 3] = _frame(down, -side * outwards) @ _frame(*_hand_axes(hand - wrist, side)).T
        hip, knee, ankle = (joints_m[leg + k] for k in (0, 1, 2))
        foot = vertices_m[weights[:, leg + 2] > 0.9] - ankle
        ahead = foot[np.argsort(foot[:, 0])[-20:]].mean(axis=0) * np.array([1.0, 1.0, 0.0])
        toes = np.array([np.cos(_FOOT_OUT_RAD), side * np.sin(_FOOT_OUT_RAD), 0.0])
        turns[leg] = _frame(down, toes) @ _frame(knee - hip, ahead).T
        turns[leg + 1] = _frame(down, toes) @ _frame(ankle - knee, ahead).T
        turns[leg + 2] = _frame(np.array([0.0, 0.0, -1.0]), toes) @ _frame(np.array([0.0, 0.0, -1.0]), ahead).T
    return Rig(bind_m=joints_m, to_neutral=turns, skeleton=_skeleton(joints_m, turns, vertices_m))


def _hand_axes(hand_m: _FloatArray, side: float) -> tuple[_FloatArray, _FloatArray]:
    """Where the fingers and the palm point, from the shape of the hand alone (its principal axes)."""
    fingers = hand_m.mean(axis=0)
    spread = np.linalg.eigh(np.cov(hand_m.T))[1]
    flat = spread[:, 0]
    # In the modelling pose palms face down and inwards.
    palm = flat * np.sign(flat @ np.array([0.0, -side * 0.5, -1.0]))
    return fingers, palm


def _frame(first: _FloatArray, second: _FloatArray) -> _FloatArray:
    """A right-handed orthonormal frame `(3, 3)`, as columns, from a direction and another one roughly across it."""
    x = first / np.linalg.norm(first)
    y = second - (second @ x) * x
    y = y / np.linalg.norm(y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def _skeleton(joints_m: _FloatArray, turns: _FloatArray, vertices_m: _FloatArray) -> Skeleton:
    """The skeleton in the neutral pose, with the true height of the ankles over the soles."""
    guessed = skeleton_from_offsets(neutral_offsets_m(joints_m, turns))
    sole = float(joints_m[[Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 2].mean() - vertices_m[:, 2].min())
    contact = guessed.contact_m.copy()
    contact[[Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]] = sole
    tips = guessed.tips_m.copy()
    tips[3:, 2] = guessed.tip_contact_m[3:] - sole
    return Skeleton(offsets_m=guessed.offsets_m, contact_m=contact, tips_m=tips, tip_contact_m=guessed.tip_contact_m)
