"""Workers: people drawn at random, dressed, and posed in a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_part import BodyPart, merged
from edge_agent.models.training.scene.body_pose import BodyPose, Joint
from edge_agent.models.training.scene.body_regions import BodyRegions, regions_of
from edge_agent.models.training.scene.body_shape import KEYPOINT_JOINT, BodyShape, draw_shape
from edge_agent.models.training.scene.body_template import BodyTemplate, load_body_template
from edge_agent.models.training.scene.carried import Block, Carrying, Held, box_between, draw_held, tool_in
from edge_agent.models.training.scene.face import paint_skin
from edge_agent.models.training.scene.garment import Surface, piece_of
from edge_agent.models.training.scene.hair import draw_hair
from edge_agent.models.training.scene.headwear import cap, glasses, hard_hat, head_shape, woollen_hat
from edge_agent.models.training.scene.mesh import Mesh, PosedPerson
from edge_agent.models.training.scene.outfit import Look, dress
from edge_agent.models.training.scene.palette import hair_colour, skin_colour
from edge_agent.models.training.scene.skeleton import Skeleton, joint_frames
from edge_agent.models.training.scene.skinning import JOINTS, Rig, bone_transforms, skinned, vertex_normals

_HEADWEAR_SHARE: dict[Look, tuple[float, float, float]] = {
    "worker": (0.5, 0.12, 0.05), "office": (0.06, 0.01, 0.0), "casual": (0.01, 0.14, 0.07),
}  # fmt: skip
_CHILD_SHARE: dict[Look, float] = {"worker": 0.01, "office": 0.03, "casual": 0.15}
_GLASSES_SHARE: dict[Look, float] = {"worker": 0.3, "office": 0.12, "casual": 0.1}


@dataclass(frozen=True, slots=True, eq=False)
class Worker:
    """A dressed person, ready to be posed.

    Attributes:
        parts: body, clothes and headwear in the modelling pose.
        rig: joints and skeleton.
        keypoints_m: float32 `(17, 3)`, COCO order, modelling pose.
        held: what the person carries when a motion has them carry something.
    """

    parts: tuple[BodyPart, ...]
    rig: Rig
    keypoints_m: npt.NDArray[np.float32]
    held: Held

    @property
    def skeleton(self) -> Skeleton:
        """The person's lengths."""
        return self.rig.skeleton

    def posed(self, pose: BodyPose, person: int, action: str = "", *, carrying: Carrying = "none") -> PosedPerson:
        """The person at one moment.

        Args:
            pose: where the pelvis is and how every joint is turned.
            person: index that the meshes carry.
            action: what the person is doing.
            carrying: what is in the hands.
        """
        transforms = bone_transforms(self.rig, pose)
        meshes = [_posed_part(part, transforms, person) for part in self.parts]
        if carrying != "none":
            meshes.append(_posed_held(self, pose, person, carrying))
        keypoints = _posed_keypoints(self.keypoints_m, transforms)
        return PosedPerson(meshes=tuple(meshes), keypoints_m=keypoints, action=action)


def make_worker(rng: np.random.Generator, look: Look) -> Worker:
    """Draws a person at random.

    Args:
        rng: the source of chance; the same state gives the same person.
        look: what kind of clothes.

    Raises:
        ModuleNotFoundError: the package `anny` is not installed.
        ValueError: the look is not one of the three.
    """
    if look not in _HEADWEAR_SHARE:
        raise ValueError(f"look is {look!r}: give one of {', '.join(_HEADWEAR_SHARE)}")
    template = load_body_template()
    regions = regions_of(template)
    shape = draw_shape(rng, template, _CHILD_SHARE[look])
    surface = _naked(template, regions, shape)
    female = shape.female > 0.5
    skin = skin_colour(rng, shape.african, shape.asian)
    dark = min(1.0, shape.african + shape.asian) ** 0.5 if shape.age < 0.85 else 0.2
    hair = hair_colour(rng, 0.9 * dark)
    dressing = dress(rng, surface, look, female=female)
    colours = paint_skin(rng, regions, skin, hair, female=female)
    parts = [piece_of(surface, ~dressing.hidden, colours), *dressing.parts]
    parts += _head_parts(rng, surface, look, hair, female=female)
    return Worker(
        parts=merged(parts), rig=shape.rig, keypoints_m=shape.keypoints_m.astype(np.float32), held=draw_held(rng)
    )


def _naked(template: BodyTemplate, regions: BodyRegions, shape: BodyShape) -> Surface:
    normals = vertex_normals(shape.vertices_m.astype(np.float32), template.triangles.astype(np.int32))
    return Surface(regions, shape.rig, template.weights, shape.vertices_m, normals.astype(np.float64))


def _head_parts(
    rng: np.random.Generator, surface: Surface, look: Look, hair: npt.NDArray[np.float64], *, female: bool
) -> list[BodyPart]:
    """Hair and what is worn on the head."""
    head = head_shape(surface)
    draw, (helmet, capped, hat) = rng.random(), _HEADWEAR_SHARE[look]
    worn = draw < helmet + capped + hat
    parts = draw_hair(rng, surface, head, hair, female=female, hat=worn)
    if draw < helmet:
        parts += hard_hat(rng, surface, head)
    elif draw < helmet + capped:
        parts += cap(rng, surface, head)
    elif worn:
        parts += woollen_hat(rng, surface, head)
    if rng.random() < _GLASSES_SHARE[look]:
        parts += glasses(rng, surface, head)
    return parts


def _posed_part(part: BodyPart, transforms: npt.NDArray[np.float64], person: int) -> Mesh:
    vertices = skinned(part.bind_m, part.weights, transforms)
    return Mesh(
        vertices_m=vertices,
        normals=vertex_normals(vertices, part.triangles),
        colours=part.colours,
        triangles=part.triangles,
        person=person,
        gloss=part.gloss,
    )


def _posed_keypoints(
    keypoints_m: npt.NDArray[np.float32], transforms: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Each key point carried by its joint, float32 `(17, 3)`."""
    maps = transforms[:JOINTS][list(KEYPOINT_JOINT)]
    moved = np.einsum("kij,kj->ki", maps[:, :, :3], keypoints_m) + maps[:, :, 3]
    return np.asarray(moved, np.float32)


def _posed_held(worker: Worker, pose: BodyPose, person: int, carrying: Carrying) -> Mesh:
    """The box or tool in the hands."""
    places, turns = joint_frames(worker.skeleton, pose)
    forearm = float(np.linalg.norm(worker.skeleton.offsets_m[Joint.LEFT_WRIST]))
    reach = np.array([0.0, 0.0, -0.35 * forearm])
    left, right = (places[j] + turns[j] @ reach for j in (Joint.LEFT_WRIST, Joint.RIGHT_WRIST))
    held = worker.held
    shape: Block
    if carrying == "box":
        shape, colour = box_between(held, left, right, turns[Joint.CHEST][:, 2]), held.box_colour
    else:
        shape, colour = tool_in(held, right, turns[Joint.RIGHT_WRIST]), held.tool_colour
    return Mesh(
        vertices_m=shape.vertices_m,
        normals=shape.normals,
        colours=np.tile(np.clip(colour, 0.0, 1.0), (len(shape.vertices_m), 1)).astype(np.float32),
        triangles=shape.triangles,
        person=person,
    )
