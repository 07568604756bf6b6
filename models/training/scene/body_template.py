"""The naked body's topology: which vertices and triangles it has, and which bones carry each vertex.

Made from the `anny` package (R. Bregier et al., "Human mesh modeling for Anny body", 2025; code Apache-2.0, data from
MakeHuman, CC0): its triangles are thinned out on hands, feet and scalp and split on the torso and limbs, and its 104
bones are folded into the 19 joints that motions turn. Needed to draw new bodies, not to pose saved ones.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.mesh_reduction import coarsen, refine
from edge_agent.models.training.scene.skinning import BONES, JOINTS

_FloatArray = npt.NDArray[np.float64]
_IntArray = npt.NDArray[np.int64]
_INSIDE_LABELS = ("tongue", "mouth_cavity", "eye_cavity.L", "eye_cavity.R", "eye_back.L", "eye_back.R")


@dataclass(frozen=True, slots=True, eq=False)
class BodyTemplate:
    """Topology and bones of every body, and the model that gives them their shape.

    Attributes:
        model: the `anny.Anny` model, which turns shape parameters into coefficients of `modes`.
        mean_m: float32 `(V + 24, 3)`, before blending, body frame: vertices, 19 joints, nose, eyes and ears.
        modes: float32 `(K, (V + 24) * 3)`, blend shapes of the same.
        ends: int64 `(V, 2)`, each vertex lies midway between these two vertices of the model.
        triangles: int64 `(T, 3)`.
        weights: float32 `(V, BONES)`, rows sum to 1.
        is_eye: bool `(V,)`, the eyeballs.
    """

    model: Any
    mean_m: npt.NDArray[np.float32]
    modes: npt.NDArray[np.float32]
    ends: _IntArray
    triangles: _IntArray
    weights: npt.NDArray[np.float32]
    is_eye: npt.NDArray[np.bool_]

    def blended_m(self, phenotype: dict[str, float]) -> tuple[_FloatArray, _FloatArray, _FloatArray]:
        """A body of a given shape in the modelling pose.

        Args:
            phenotype: Anny's shape parameters, each 0 to 1.

        Returns:
            Vertices float64 `(V, 3)`, joints `(19, 3)` and face key points `(5, 3)`, body frame, from the pelvis.
        """
        coefficients = self.model.get_phenotype_blendshape_coefficients(**phenotype)[0].numpy().astype(np.float32)
        points = (self.mean_m + (coefficients @ self.modes).reshape(-1, 3)).astype(np.float64)
        count = len(self.ends)
        joints = points[count : count + JOINTS]
        joints[Joint.PELVIS] = 0.5 * (joints[Joint.LEFT_HIP] + joints[Joint.RIGHT_HIP])
        points -= joints[Joint.PELVIS].copy()
        return points[:count], points[count : count + JOINTS], points[count + JOINTS :]


def body_frame(points: _FloatArray) -> _FloatArray:
    """Anny's axes (x left, y back, z up) to ours (x forward, y left, z up)."""
    return np.stack([-points[..., 1], points[..., 0], points[..., 2]], axis=-1)


@functools.cache
def load_body_template() -> BodyTemplate:
    """The template, made once a process (some seconds).

    Raises:
        ModuleNotFoundError: the packages `anny` and `torch` are not installed.
    """
    try:
        anny = importlib.import_module("anny")
        segmentation = importlib.import_module("anny.face_segmentation")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("drawing new bodies needs 'anny' and 'torch': pip install anny") from error
    model = anny.Anny(phenotypes="all", skinning_method="lbs")
    regressor = anny.KeypointsRegressor.coco(model).regression_weights.numpy()[:5]
    rest = model(phenotype_kwargs={"gender": 0.4, "age": 0.67, "height": 0.4})
    vertices = body_frame(rest["rest_vertices"][0].numpy())
    inside = segmentation.get_face_segmentation_mask(model, list(_INSIDE_LABELS)).numpy()
    bone_weights = _dense_weights(model)
    labels = [str(label) for label in model.bone_labels]
    triangles = model.faces.numpy()[~inside].astype(np.int64)
    triangles = coarsen(vertices, triangles, _wanted_edges_m(vertices, bone_weights, labels))
    split, triangles = refine(vertices, triangles, _longest_edges_m(bone_weights, labels))
    used = np.unique(triangles)
    ends = np.concatenate([np.repeat(np.arange(len(vertices))[:, None], 2, axis=1), split])
    renumbered = np.full(len(ends), -1)
    renumbered[used] = np.arange(len(used))
    weights = (bone_weights @ _folding(labels))[ends[used]].mean(axis=1)
    eye = bone_weights[:, [labels.index("eye.L"), labels.index("eye.R")]].sum(axis=1) > 0.5
    mean, modes = _shape_basis(model, ends[used], _joint_bones(labels), regressor)
    return BodyTemplate(
        model=model,
        mean_m=mean,
        modes=modes,
        ends=ends[used],
        triangles=renumbered[triangles],
        weights=(weights / weights.sum(axis=1, keepdims=True)).astype(np.float32),
        is_eye=eye[ends[used]].all(axis=1),
    )


def _shape_basis(
    model: Any, ends: _IntArray, joint_bones: _IntArray, regressor: _FloatArray
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean `(N, 3)` and blend shapes `(K, N * 3)` of vertices, joints and face key points."""
    shapes = np.concatenate([model.template_vertices.numpy()[None], model.blendshapes.numpy()])
    heads = np.concatenate([model.template_bone_heads.numpy()[None], model.bone_heads_blendshapes.numpy()])
    face = np.einsum("kv,nvd->nkd", regressor, shapes)
    stacked = np.concatenate(
        [0.5 * (shapes[:, ends[:, 0]] + shapes[:, ends[:, 1]]), heads[:, joint_bones], face], axis=1
    )
    turned = body_frame(stacked).astype(np.float32)
    return turned[0], turned[1:].reshape(len(turned) - 1, -1)


def _dense_weights(model: Any) -> _FloatArray:
    """The model's skin weights, `(M, bones)`."""
    indices, values = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    dense = np.zeros((len(indices), len(model.bone_labels)))
    np.add.at(dense, (np.arange(len(indices))[:, None], indices), values)
    return dense


def _wanted_edges_m(vertices: _FloatArray, weights: _FloatArray, labels: list[str]) -> _FloatArray:
    """How long edges should be at each vertex, in metres: long where a person is seen as one lump."""
    part = [labels[index] for index in weights.argmax(axis=1)]
    target = np.zeros(len(vertices))
    for prefixes, length in (
        (("finger", "metacarpal"), 0.0125),
        (("wrist",), 0.012),
        (("toe", "foot"), 0.016),
        (("neck",), 0.014),
    ):
        target[[name.startswith(prefixes) for name in part]] = length
    head = np.array([name in ("head", "neck03") for name in part])
    eye = np.array([name.startswith("eye") for name in part])
    eye_x, eye_z = vertices[eye, 0].mean(), vertices[eye, 2].mean()
    behind = np.clip((eye_x - vertices[:, 0]) / 0.06, 0.0, 1.0)
    target[head] = (0.0085 + 0.0075 * behind)[head]
    ear = head & (np.abs(vertices[:, 1]) > 0.068) & (vertices[:, 2] < eye_z + 0.04)
    target[ear] = 0.013
    target[eye] = 0.007
    return target


def _longest_edges_m(weights: _FloatArray, labels: list[str]) -> _FloatArray:
    """The longest edge at each vertex, in metres: short on the torso and the limbs, where patterns are."""
    fine = [
        k
        for k, name in enumerate(labels)
        if name.startswith(("spine", "clavicle", "shoulder", "upperarm", "pelvis", "root"))
    ]
    limb = [k for k, name in enumerate(labels) if name.startswith(("upperleg", "lowerleg"))]
    longest = np.full(len(weights), 0.05)
    longest[weights[:, limb].sum(axis=1) > 0.5] = 0.036
    longest[weights[:, fine].sum(axis=1) > 0.5] = 0.021
    return longest


def _folding(labels: list[str]) -> _FloatArray:
    """How much of each of the model's bones goes to each of ours, `(bones, BONES)`, rows sum to 1."""
    trunk: dict[str, dict[Joint, float]] = {
        "spine05": {Joint.PELVIS: 0.75, Joint.SPINE: 0.25},
        "spine04": {Joint.PELVIS: 0.2, Joint.SPINE: 0.8},
        "spine03": {Joint.SPINE: 0.6, Joint.CHEST: 0.4},
        "spine02": {Joint.SPINE: 0.1, Joint.CHEST: 0.9},
        "spine01": {Joint.CHEST: 1.0},
        "neck01": {Joint.CHEST: 0.4, Joint.NECK: 0.6},
        "neck02": {Joint.NECK: 1.0},
        "neck03": {Joint.NECK: 0.55, Joint.HEAD: 0.45},
        "head": {Joint.HEAD: 1.0},
        "eye": {Joint.HEAD: 1.0},
    }
    table = np.zeros((len(labels), BONES))
    for row, label in enumerate(labels):
        stem, _, side = label.partition(".")
        shares: dict[Joint, float] | dict[int, float] = trunk.get(stem) or _limb_share(stem, right=side == "R")
        for bone, share in shares.items():
            table[row, bone] = share
    return table


def _limb_share(stem: str, *, right: bool) -> dict[int, float]:
    """Our bones for one of the model's limb bones."""
    arm, leg = (Joint.RIGHT_CLAVICLE, Joint.RIGHT_HIP) if right else (Joint.LEFT_CLAVICLE, Joint.LEFT_HIP)
    shares: dict[str, dict[int, float]] = {
        "clavicle": {arm: 1.0},
        "shoulder01": {arm: 0.7, arm + 1: 0.3},
        "upperarm01": {JOINTS + right: 1.0},
        "upperarm02": {arm + 1: 1.0},
        "lowerarm01": {arm + 2: 1.0},
        "lowerarm02": {JOINTS + 2 + right: 1.0},
        "upperleg01": {leg: 1.0},
        "upperleg02": {leg: 1.0},
        "lowerleg01": {leg + 1: 1.0},
        "lowerleg02": {leg + 1: 1.0},
        "foot": {leg + 2: 1.0},
    }
    if stem.startswith("toe"):
        return {leg + 2: 1.0}
    if stem.startswith(("wrist", "finger", "metacarpal")):
        return {arm + 3: 1.0}
    return shares.get(stem, {int(Joint.PELVIS): 1.0})


def _joint_bones(labels: list[str]) -> _IntArray:
    """The model's bone for each joint, int64 `(19,)`."""
    names = ["root", "spine04", "spine02", "neck01", "head"]
    for side in ("L", "R"):
        names += [f"{stem}.{side}" for stem in ("clavicle", "upperarm01", "lowerarm01", "wrist")]
    for side in ("L", "R"):
        names += [f"{stem}.{side}" for stem in ("upperleg01", "lowerleg01", "foot")]
    return np.array([labels.index(name) for name in names])
