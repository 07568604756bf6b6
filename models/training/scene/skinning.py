"""Linear blend skinning of a body to the joints that motions turn.

The body is bound in its modelling pose (arms half raised), where skinning has to turn each limb least. `Rig` knows the
turn from there to the contract's neutral pose. Four extra bones spread the twist of upper arms and forearms along the
limb, because plain linear blending shrinks a twisted limb (J. P. Lewis et al., Pose space deformation, SIGGRAPH 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import PARENT_OF, BodyPose, Joint
from edge_agent.models.training.scene.skeleton import Skeleton, joint_frames
from edge_agent.models.training.scene.skinning_kernel import skin_points, sum_normals

JOINTS = len(Joint)
TWIST_OF: tuple[tuple[Joint, Joint], ...] = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW),
    (Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
)
"""The limbs along which twist is spread: the joint at the top of the limb and the one at its end."""
BONES = JOINTS + len(TWIST_OF)
_UPPER_ARM_TWIST_TAKEN_BACK = 0.65
_FOREARM_TWIST_ADDED = 0.55

_FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """Where a body's joints are, and how it is turned from the pose it was modelled in.

    Attributes:
        bind_m: float64 `(19, 3)`, the joints in the modelling pose, body frame.
        to_neutral: float64 `(19, 3, 3)`, the turn of each joint's limb from the modelling pose to the neutral one.
        skeleton: the lengths in the neutral pose.
    """

    bind_m: _FloatArray
    to_neutral: _FloatArray
    skeleton: Skeleton


def neutral_offsets_m(bind_m: _FloatArray, to_neutral: _FloatArray) -> _FloatArray:
    """Each joint relative to its parent in the neutral pose, float64 `(19, 3)`, zero for the pelvis."""
    offsets = np.zeros((JOINTS, 3))
    for joint in range(1, JOINTS):
        parent = PARENT_OF[joint]
        offsets[joint] = to_neutral[parent] @ (bind_m[joint] - bind_m[parent])
    return offsets


def neutral_pose() -> BodyPose:
    """The contract's rest pose with the pelvis at the origin."""
    return BodyPose(pelvis_m=np.zeros(3), rotations=np.tile(np.eye(3), (JOINTS, 1, 1)))


def bone_transforms(rig: Rig, pose: BodyPose) -> _FloatArray:
    """The affine maps from the modelling pose to the world.

    Args:
        rig: the body's joints.
        pose: how they are turned.

    Returns:
        float64 `(BONES, 3, 4)`: the 19 joints, then the bones of `TWIST_OF`.
    """
    positions, turns = joint_frames(rig.skeleton, pose)
    linear = np.empty((BONES, 3, 3))
    linear[:JOINTS] = turns @ rig.to_neutral
    origin = np.concatenate([positions, positions[[top for top, _ in TWIST_OF]]])
    bind = np.concatenate([rig.bind_m, rig.bind_m[[top for top, _ in TWIST_OF]]])
    for index, (top, end) in enumerate(TWIST_OF):
        axis = rig.bind_m[end] - rig.bind_m[top]
        axis = axis / np.linalg.norm(axis)
        if top in (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER):
            twist = twist_about(linear[PARENT_OF[top]].T @ linear[top], axis)
            turn = -_UPPER_ARM_TWIST_TAKEN_BACK * twist
        else:
            turn = _FOREARM_TWIST_ADDED * twist_about(linear[top].T @ linear[end], axis)
        linear[JOINTS + index] = linear[top] @ rotation_about(axis, turn)
    shift = origin - np.einsum("bij,bj->bi", linear, bind)
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def twist_about(rotation: _FloatArray, axis: _FloatArray) -> float:
    """The part of a rotation that turns about an axis (swing-twist decomposition), in radians, -pi to pi.

    Args:
        rotation: float64 `(3, 3)`.
        axis: float64 `(3,)`, unit length.
    """
    sine = 0.5 * np.array(
        [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
    )
    # The quaternion is (w, v) with 4 w^2 = 1 + trace and v = sine / (2 w); both are scaled by w here.
    scaled_w = 0.25 * (1.0 + np.trace(rotation)) * 2.0
    angle = 2.0 * np.arctan2(float(sine @ axis), max(scaled_w, 1e-9))
    return float((angle + np.pi) % (2.0 * np.pi) - np.pi)


def rotation_about(axis: _FloatArray, angle_rad: float) -> _FloatArray:
    """Rodrigues' rotation formula: the rotation `(3, 3)` about a unit axis."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle_rad) * cross + (1.0 - np.cos(angle_rad)) * cross @ cross)


def blended(transforms: _FloatArray, weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each vertex' own affine map, float32 `(V, 3, 4)`, from the bones' `(BONES, 3, 4)` and weights `(V, BONES)`."""
    flat = weights @ transforms.reshape(BONES, 12).astype(np.float32)
    return flat.reshape(-1, 3, 4)


def skinned(
    bind_m: npt.NDArray[np.float32], weights: npt.NDArray[np.float32], transforms: _FloatArray
) -> npt.NDArray[np.float32]:
    """Vertices carried along by the bones, float32 `(V, 3)`, world frame.

    Args:
        bind_m: float32 `(V, 3)`, the vertices in the modelling pose.
        weights: float32 `(V, BONES)`, each row sums to 1.
        transforms: float64 `(BONES, 3, 4)`, from `bone_transforms`.
    """
    moved = np.empty_like(bind_m)
    skin_points(bind_m, weights, transforms.astype(np.float32), moved)
    return moved


def bound(neutral_m: npt.NDArray[np.float32], weights: npt.NDArray[np.float32], rig: Rig) -> npt.NDArray[np.float32]:
    """Vertices in the modelling pose that skinning brings to given places in the neutral pose, float32 `(V, 3)`."""
    maps = blended(bone_transforms(rig, neutral_pose()), weights).astype(np.float64)
    return np.linalg.solve(maps[:, :, :3], (neutral_m - maps[:, :, 3])[:, :, None])[:, :, 0].astype(np.float32)


def vertex_normals(vertices_m: npt.NDArray[np.float32], triangles: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """Smooth normals: the area-weighted mean over the triangles at each vertex, float32 `(V, 3)`, unit length."""
    normals = np.zeros_like(vertices_m)
    sum_normals(vertices_m, triangles, normals)
    return normals
