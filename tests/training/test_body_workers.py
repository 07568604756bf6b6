"""Workers: drawn bodies, dressed, posed and kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("anny", reason="bodies are drawn with the package 'anny', which is not installed")
pytest.importorskip("numba", reason="skinning is compiled with numba, which is not installed")

from edge_agent.models.training.scene.body import Worker, make_worker
from edge_agent.models.training.scene.body_pose import BodyPose, Joint
from edge_agent.models.training.scene.body_shape import draw_shape
from edge_agent.models.training.scene.body_template import body_frame, load_body_template
from edge_agent.models.training.scene.skeleton import grounded, joint_positions
from edge_agent.models.training.scene.skinning import bone_transforms, neutral_pose, skinned
from edge_agent.models.training.scene.worker_store import load_workers, save_workers


def worker(seed: int = 0) -> Worker:
    return make_worker(np.random.default_rng(seed), "worker")


def turned(joint: Joint, axis: int, degrees: float) -> BodyPose:
    pose = neutral_pose()
    angle = np.deg2rad(degrees)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    rotation = np.eye(3)
    rotation[i, i] = rotation[j, j] = np.cos(angle)
    rotation[i, j], rotation[j, i] = -np.sin(angle), np.sin(angle)
    pose.rotations[joint] = rotation
    return pose


def test_blended_body_is_annys_own() -> None:
    template = load_body_template()
    shape = {"gender": 0.9, "age": 0.6, "weight": 0.7, "height": 0.3, "african": 0.2, "asian": 0.5, "caucasian": 0.3}
    rest = template.model(phenotype_kwargs=shape)
    points = body_frame(rest["rest_vertices"][0].numpy())
    expected = points[template.ends].mean(axis=1)
    vertices, _, _ = template.blended_m(shape)
    shift = expected.mean(axis=0) - vertices.mean(axis=0)
    assert np.abs(vertices + shift - expected).max() < 1e-4


@pytest.mark.parametrize(("bone", "joint"), [("lowerarm01.L", Joint.LEFT_ELBOW), ("lowerleg01.R", Joint.RIGHT_KNEE)])
def test_bent_limb_is_annys_within_centimetres(bone: str, joint: Joint) -> None:
    template = load_body_template()
    vertices, joints, _ = template.blended_m({"gender": 0.5})
    parent = template.model.bone_labels.index(bone)
    below = {parent}
    for child, up in enumerate(template.model.bone_parents):
        if up in below:
            below.add(child)
    dense = np.zeros((len(template.model.template_vertices), len(template.model.bone_labels)))
    indices, weights = template.model.vertex_bone_indices.numpy(), template.model.vertex_bone_weights.numpy()
    np.add.at(dense, (np.arange(len(dense))[:, None], indices), weights)
    full = dense[:, sorted(below)].sum(axis=1)[template.ends].mean(axis=1)
    angle = 0.7
    bend = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    expected = vertices + full[:, None] * ((vertices - joints[joint]) @ bend.T + joints[joint] - vertices)
    ours = np.tile(np.eye(3, 4), (template.weights.shape[1], 1, 1))
    chain = [joint, joint + 1, *([joint - 7 + 21] if joint == Joint.LEFT_ELBOW else [])]
    for index in chain:
        ours[index, :, :3], ours[index, :, 3] = bend, joints[joint] - bend @ joints[joint]
    got = skinned(vertices.astype(np.float32), template.weights, ours)
    assert np.abs(got - expected).max() < 0.02


def test_limbs_hang_straight_in_the_neutral_pose() -> None:
    offsets = worker().skeleton.offsets_m
    for joint in (Joint.LEFT_ELBOW, Joint.RIGHT_WRIST, Joint.LEFT_KNEE, Joint.RIGHT_ANKLE):
        assert np.abs(offsets[joint, :2]).max() < 1e-6
        assert offsets[joint, 2] < -0.1
    assert offsets[Joint.LEFT_SHOULDER, 1] > 0.05 > -0.05 > offsets[Joint.RIGHT_SHOULDER, 1]


def test_mesh_and_skeleton_are_about_as_tall_as_a_person() -> None:
    for seed in range(6):
        person = worker(seed).posed(neutral_pose(), 0)
        z = np.concatenate([mesh.vertices_m[:, 2] for mesh in person.meshes])
        assert 0.8 < np.ptp(z) < 2.15


def test_key_points_from_the_shoulders_on_are_the_joints() -> None:
    someone = worker(1)
    pose = turned(Joint.LEFT_SHOULDER, 1, -80.0)
    joints = joint_positions(someone.skeleton, pose)
    points = someone.posed(pose, 0).keypoints_m
    for keypoint, joint in ((5, 6), (7, 7), (9, 8), (6, 10), (11, 13), (13, 14), (15, 15), (12, 16)):
        assert np.allclose(points[keypoint], joints[joint], atol=1e-4)


def test_face_points_lie_in_order_on_the_head() -> None:
    nose, left_eye, right_eye, left_ear, right_ear = worker(2).posed(neutral_pose(), 0).keypoints_m[:5]
    assert nose[0] > left_eye[0] > left_ear[0]
    assert left_ear[1] > left_eye[1] > nose[1] > right_eye[1] > right_ear[1]
    assert left_eye[2] > nose[2]


def test_feet_stand_on_the_floor() -> None:
    someone = worker(3)
    person = someone.posed(grounded(someone.skeleton, neutral_pose()), 0)
    lowest = min(float(mesh.vertices_m[:, 2].min()) for mesh in person.meshes)
    assert -0.02 < lowest < 0.01


def test_normals_are_unit_and_point_outwards() -> None:
    for mesh in worker(4).posed(turned(Joint.RIGHT_KNEE, 1, 60.0), 7).meshes:
        assert mesh.person == 7
        assert np.abs(np.linalg.norm(mesh.normals, axis=1) - 1.0).max() < 1e-3
        assert mesh.colours.min() >= 0.0
        assert mesh.colours.max() <= 1.0
        assert mesh.triangles.max() < len(mesh.vertices_m)
    body = max(worker(4).posed(neutral_pose(), 0).meshes, key=lambda mesh: len(mesh.vertices_m))
    trunk = np.abs(body.vertices_m[:, 2] - 0.2) < 0.1
    outwards = np.einsum("ij,ij->i", body.normals[trunk][:, :2], body.vertices_m[trunk][:, :2])
    assert (outwards > 0.0).mean() > 0.6


def test_same_seed_gives_the_same_person() -> None:
    first, second = (make_worker(np.random.default_rng(9), "casual") for _ in range(2))
    assert all(np.array_equal(a.bind_m, b.bind_m) for a, b in zip(first.parts, second.parts, strict=True))
    assert all(np.array_equal(a.colours, b.colours) for a, b in zip(first.parts, second.parts, strict=True))


def test_a_box_lies_between_the_hands() -> None:
    someone = worker(5)
    person = someone.posed(turned(Joint.CHEST, 1, 10.0), 0, "lift", carrying="box")
    middle = person.keypoints_m[[9, 10]].mean(axis=0)
    assert np.linalg.norm(person.meshes[-1].vertices_m.mean(axis=0) - middle) < 0.25
    assert person.action == "lift"


def test_kept_workers_are_the_same(tmp_path: Path) -> None:
    someone = worker(6)
    save_workers(tmp_path / "workers.npz", [someone, worker(7)])
    again = load_workers(tmp_path / "workers.npz")
    assert len(again) == 2
    pose = turned(Joint.SPINE, 1, 30.0)
    for ours, theirs in zip(someone.posed(pose, 0).meshes, again[0].posed(pose, 0).meshes, strict=True):
        assert np.array_equal(ours.vertices_m, theirs.vertices_m)
        assert np.allclose(ours.colours, theirs.colours, atol=1e-3)


def test_twisted_forearm_keeps_its_thickness() -> None:
    template = load_body_template()
    shape = draw_shape(np.random.default_rng(1), template)
    forearm = template.weights[:, 21] > 0.5
    widths = []
    for degrees in (0.0, 120.0):
        transforms = bone_transforms(shape.rig, turned(Joint.LEFT_WRIST, 2, degrees))
        points = skinned(shape.vertices_m.astype(np.float32), template.weights, transforms)[forearm]
        widths.append(np.linalg.norm(points[:, :2] - points[:, :2].mean(axis=0), axis=1).mean())
    assert widths[1] > 0.75 * widths[0]


def test_unknown_look_is_refused() -> None:
    with pytest.raises(ValueError, match="worker"):
        make_worker(np.random.default_rng(0), "pirate")  # type: ignore[arg-type]
