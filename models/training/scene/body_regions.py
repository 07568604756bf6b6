"""Where each vertex of the template lies on the body, on an average body in the neutral pose.

Garments, faces and hair are cut out by these coordinates. All bodies share the template's vertices, so a sleeve ends at
the same place on everybody.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse  # type: ignore[import-untyped, unused-ignore]

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.body_shape import make_rig
from edge_agent.models.training.scene.body_template import BodyTemplate
from edge_agent.models.training.scene.mesh_reduction import edges_of
from edge_agent.models.training.scene.skinning import BONES, JOINTS, bone_transforms, neutral_pose, skinned

_FloatArray = npt.NDArray[np.float64]
_BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class BodyRegions:
    """Coordinates of the template's vertices.

    Attributes:
        neutral_m: float64 `(V, 3)`, on the average body in the neutral pose, pelvis at the origin.
        height: float64 `(V,)`, 0 at the hip joints to 1 at the base of the neck.
        along_arm: float64 `(V,)`, 0 at the shoulder, 1 at the elbow, 2 at the wrist; -9 off the arms.
        along_leg: float64 `(V,)`, 0 at the hip joint, 1 at the knee, 2 at the ankle; -9 off the legs.
        face_m: float64 `(V, 3)`, relative to the point midway between the eyes, head frame.
        is_head: bool `(V,)`, head and upper neck.
        is_hand: bool `(V,)`.
        is_foot: bool `(V,)`.
        is_ear: bool `(V,)`.
        is_eye: bool `(V,)`.
        eye_side_m: how far each eye is from the middle of the face.
        smoother: sparse `(V, V)`, mean over the neighbours of each vertex.
        triangles: int64 `(T, 3)`, the template's.
    """

    neutral_m: _FloatArray
    height: _FloatArray
    along_arm: _FloatArray
    along_leg: _FloatArray
    face_m: _FloatArray
    is_head: _BoolArray
    is_hand: _BoolArray
    is_foot: _BoolArray
    is_ear: _BoolArray
    is_eye: _BoolArray
    eye_side_m: float
    smoother: sparse.csr_matrix
    triangles: npt.NDArray[np.int64]


@functools.cache
def regions_of(template: BodyTemplate) -> BodyRegions:
    """The coordinates, worked out once on a body of average shape."""
    average = {"gender": 0.4, "age": 0.67, "height": 0.42, "african": 0.33, "asian": 0.33, "caucasian": 0.34}
    vertices, joints, _ = template.blended_m(average)
    rig = make_rig(joints, vertices, template.weights)
    transforms = bone_transforms(rig, neutral_pose())
    neutral = skinned(vertices.astype(np.float32), template.weights, transforms).astype(np.float64)
    at = np.einsum("jik,jk->ji", transforms[:JOINTS, :, :3], joints) + transforms[:JOINTS, :, 3]
    weights = template.weights.astype(np.float64)
    groups = _group_weights(weights)
    eyes = neutral[template.is_eye]
    middle = np.array([eyes[:, 0].mean(), 0.0, eyes[:, 2].mean()])
    face = neutral - middle
    is_head = weights[:, Joint.HEAD] > 0.5
    return BodyRegions(
        neutral_m=neutral,
        height=neutral[:, 2] / at[Joint.NECK, 2],
        along_arm=np.where(
            groups[0] > 0.5, _along(neutral[:, 2], at[Joint.LEFT_SHOULDER : Joint.LEFT_WRIST + 1, 2]), -9.0
        ),
        along_leg=np.where(groups[1] > 0.5, _along(neutral[:, 2], at[Joint.LEFT_HIP : Joint.LEFT_ANKLE + 1, 2]), -9.0),
        face_m=face,
        is_head=is_head,
        is_hand=groups[2] > 0.5,
        is_foot=groups[3] > 0.5,
        is_ear=is_head & _is_ear(face),
        is_eye=template.is_eye,
        eye_side_m=float(np.abs(eyes[:, 1]).mean()),
        smoother=_smoother(template.triangles, len(neutral)),
        triangles=template.triangles,
    )


def _group_weights(weights: _FloatArray) -> tuple[_FloatArray, ...]:
    """Summed weights of arms (with hands), legs (with feet), hands and feet."""
    arms = [
        Joint.LEFT_SHOULDER,
        Joint.LEFT_ELBOW,
        Joint.LEFT_WRIST,
        Joint.RIGHT_SHOULDER,
        Joint.RIGHT_ELBOW,
        Joint.RIGHT_WRIST,
    ]
    legs = [Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE, Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE]
    return (
        weights[:, [*arms, *range(JOINTS, BONES)]].sum(axis=1),
        weights[:, legs].sum(axis=1),
        weights[:, [Joint.LEFT_WRIST, Joint.RIGHT_WRIST]].sum(axis=1),
        weights[:, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]].sum(axis=1),
    )


def _along(z_m: _FloatArray, joints_z_m: _FloatArray) -> _FloatArray:
    """Place along a hanging limb: 0, 1, 2 at its three joints, linear between and beyond."""
    top, middle, end = joints_z_m
    upper = (top - z_m) / (top - middle)
    lower = 1.0 + (middle - z_m) / (middle - end)
    return np.asarray(np.where(upper < 1.0, upper, lower))


def _is_ear(face_m: _FloatArray) -> _BoolArray:
    """The ears stick out of the side of the head, some 8 cm behind the eyes."""
    x, y, z = face_m.T
    return np.asarray((np.abs(y) > 0.070) & (np.abs(x + 0.09) < 0.035) & (z > -0.065) & (z < 0.03))


def _smoother(triangles: npt.NDArray[np.int64], count: int) -> sparse.csr_matrix:
    """A matrix that takes the mean over each vertex' neighbours."""
    edges = edges_of(triangles)
    both = np.concatenate([edges, edges[:, ::-1]])
    adjacency = sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    degree = np.maximum(np.asarray(adjacency.sum(axis=1)).ravel(), 1.0)
    return sparse.csr_matrix(sparse.diags(1.0 / degree) @ adjacency)
