"""Figures by hand, and by the project's other benchmark."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the made samples need PyTorch, which is not installed")
pytest.importorskip("pycocotools", reason="OKS AP is computed by pycocotools, which is not installed")

from learning_samples import PERSON_BOX_PX, joints_px, write_data_set

from edge_agent.data.keypoints import OKS_SIGMAS
from edge_agent.data.pose import Poses
from edge_agent.models.training.measure.answers import Answer, answers_of, oks
from edge_agent.models.training.measure.average_precision import average_precision
from edge_agent.models.training.measure.joints import joint_figures
from edge_agent.models.training.measure.truth import TruePerson, TruePicture, from_coco, from_data_set

PROJECT = Path(__file__).resolve().parents[2]
TIMINGS = SimpleNamespace(letterbox_ms=0.0, invoke_ms=0.0, postprocess_ms=0.0)


def person(left_px: float = 30.0, seed: int = 0) -> TruePerson:
    box = (left_px, 12.0, left_px + 36.0, 84.0)
    flags = np.full((17, 1), 2.0)
    joints = joints_px(box, np.random.default_rng(seed))
    return TruePerson((left_px, 12.0, 36.0, 72.0), np.hstack((joints, flags)), 36.0 * 72 * 0.53, crowd=False)


def poses_of(persons: list[TruePerson], scores: list[float], shift_px: float = 0.0, confidence: float = 0.9) -> Poses:
    keypoints = np.array([one.keypoints[:, :2] for one in persons], np.float32).reshape(-1, 17, 2) + shift_px
    boxes = np.array([one.box_px for one in persons], np.float32).reshape(-1, 4)
    return Poses(boxes, np.array(scores, np.float32), keypoints, np.full((len(persons), 17), confidence, np.float32))


def stage(*answers: Poses) -> SimpleNamespace:
    """Stands in for a model: gives these answers one after the other."""
    left = list(answers)

    class Stage(SimpleNamespace):
        def __call__(self, picture: np.ndarray) -> Poses:
            return left.pop(0)

    return Stage(runtime="none", last_timings=TIMINGS)


def answered(tmp_path: Path, persons: list[TruePerson], poses: Poses) -> tuple[Answer, ...]:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.zeros((96, 120, 3), np.uint8))
    return answers_of(stage(poses), (TruePicture(path, tuple(persons)),))


def test_perfect_answers_score_one(tmp_path: Path) -> None:
    persons = [person(), person(70.0, 1)]
    answers = answered(tmp_path, persons, poses_of(persons, [0.9, 0.8]))
    assert answers[0].paired == (0, 1)
    assert average_precision(answers).ap == pytest.approx(1.0)
    figures = joint_figures(answers)
    assert (figures.recall, figures.pck, figures.missing_keypoints) == (1.0, 1.0, 0.0)


def test_half_of_the_persons_found_is_half_the_precision(tmp_path: Path) -> None:
    persons = [person(), person(70.0, 1)]
    answers = answered(tmp_path, persons, poses_of(persons[:1], [0.9]))
    # COCO samples recall at 101 points: 51 of them are up to one half.
    assert average_precision(answers).ap == pytest.approx(51 / 101, abs=1e-3)
    assert joint_figures(answers).recall == 0.5


def test_no_answer_scores_nothing(tmp_path: Path) -> None:
    answers = answered(tmp_path, [person()], Poses.empty())
    assert average_precision(answers).ap == 0.0
    assert joint_figures(answers).ece == 0.0


def test_oks_by_hand() -> None:
    one = person()
    said = one.keypoints[:, :2].astype(np.float32).copy()
    said[5] += (3.0, 4.0)
    lost = 1 - np.exp(-25 / (2 * one.area_px2 * (2 * OKS_SIGMAS[5]) ** 2))
    assert oks(said, one) == pytest.approx(1 - lost / 17)
    unlabelled = one.keypoints.copy()
    unlabelled[5, 2] = 0
    assert oks(said, TruePerson(one.box_px, unlabelled, one.area_px2, crowd=False)) == pytest.approx(1.0)


def test_each_person_is_paired_once_by_the_surest_answer(tmp_path: Path) -> None:
    one = person()
    answers = answered(tmp_path, [one], poses_of([one, one], [0.9, 0.6]))
    assert answers[0].paired == (0, -1)


def test_calibration_error_by_hand(tmp_path: Path) -> None:
    persons = [person(), person(70.0, 1)]
    wrong = person(-500.0)
    poses = poses_of([persons[0], persons[1], wrong, wrong], [0.95, 0.92, 0.65, 0.62])
    # Two answers of about 0.935 are right, two of about 0.635 are wrong.
    wanted = 0.5 * abs(0.935 - 1.0) + 0.5 * abs(0.635 - 0.0)
    assert joint_figures(answered(tmp_path, persons, poses)).ece == pytest.approx(wanted, abs=1e-3)


def test_unused_joints_are_missing_and_far_ones_wrong(tmp_path: Path) -> None:
    persons = [person()]
    poses = poses_of(persons, [0.9], confidence=0.25)
    poses.keypoint_confidences[0, :4] = 0.8
    poses.keypoints_px[0, 0] += (7.3, 0.0)  # a tenth of the longer side is 7.2 px
    poses.keypoints_px[0, 1] += (7.1, 0.0)
    figures = joint_figures(answered(tmp_path, persons, poses))
    assert figures.missing_keypoints == pytest.approx(13 / 17, abs=1e-4)
    assert figures.pck == pytest.approx(16 / 17, abs=1e-4)


def test_a_person_below_the_working_score_is_not_found(tmp_path: Path) -> None:
    assert joint_figures(answered(tmp_path, [person()], poses_of([person()], [0.24]))).recall == 0.0


def test_regions_to_ignore_forgive(tmp_path: Path) -> None:
    ignored = TruePerson((70.0, 12.0, 36.0, 72.0), np.zeros((17, 3)), 36.0 * 72, crowd=True)
    answers = answered(tmp_path, [person(), ignored], poses_of([person(), person(70.0, 1)], [0.5, 0.9]))
    assert average_precision(answers).ap == pytest.approx(1.0)
    assert joint_figures(answers).recall == 1.0


def test_our_data_sets_and_coco_files_say_the_same(tmp_path: Path) -> None:
    (ours,) = from_data_set(write_data_set(tmp_path / "made", count=1))
    x0, y0, x1, y1 = PERSON_BOX_PX
    assert ours.persons[0].box_px == (x0, y0, x1 - x0, y1 - y0)
    document = coco_document([ours.persons[0]])
    (tmp_path / "person_keypoints.json").write_text(json.dumps(document), encoding="utf-8")
    (coco,) = from_coco(tmp_path)
    assert coco.persons[0].box_px == ours.persons[0].box_px
    np.testing.assert_allclose(coco.persons[0].keypoints, ours.persons[0].keypoints)


def coco_document(persons: list[TruePerson]) -> dict[str, object]:
    annotations = [
        {
            "id": number + 1, "image_id": number // 2, "category_id": 1, "bbox": list(one.box_px), "iscrowd": 0,
            "area": one.area_px2, "keypoints": one.keypoints.ravel().tolist(), "num_keypoints": 17,
        }
        for number, one in enumerate(persons)
    ]  # fmt: skip
    images = [{"id": number, "file_name": f"{number}.png"} for number in range((len(persons) + 1) // 2)]
    return {"info": [], "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}


def test_the_projects_other_benchmark_gives_the_same_precision(tmp_path: Path) -> None:
    benchmark = runpy.run_path(str(PROJECT / "benchmarks" / "coco_ap.py"))
    persons = [person(10.0 + 25 * number, number) for number in range(6)]
    (tmp_path / "person_keypoints.json").write_text(json.dumps(coco_document(persons)), encoding="utf-8")
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((96, 240, 3), np.uint8))
    answers = [
        poses_of(persons[:2], [0.9, 0.7], shift_px=2.0),
        poses_of(persons[2:3], [0.8], shift_px=5.0),
        poses_of([persons[4], person(-99.0)], [0.6, 0.5], shift_px=1.0),
    ]
    theirs = benchmark["evaluate"](stage(*answers), tmp_path)
    ours = average_precision(answers_of(stage(*answers), from_coco(tmp_path)))
    assert 0.1 < ours.ap < 0.9
    assert (ours.ap, ours.ap50) == (theirs.ap, theirs.ap50)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="gone"):
        answers_of(stage(), (TruePicture(tmp_path / "gone.png", ()),))
