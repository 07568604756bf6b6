"""OKS AP, by the reference implementation (pycocotools)."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from edge_agent.models.training.measure.answers import Answer


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """AP over OKS 0.50 to 0.95, and at 0.50."""

    ap: float
    ap50: float


def average_precision(answers: tuple[Answer, ...]) -> AveragePrecision:
    """Scores all answers of a set as the COCO keypoint task does (20 persons a picture, all areas)."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = _truth(answers)
        truth.createIndex()
        results = _results(answers)
        if not results:
            return AveragePrecision(0.0, 0.0)
        scoring = COCOeval(truth, truth.loadRes(results), "keypoints")
        scoring.evaluate()
        scoring.accumulate()
        scoring.summarize()
    return AveragePrecision(round(float(scoring.stats[0]), 4), round(float(scoring.stats[1]), 4))


def _truth(answers: tuple[Answer, ...]) -> dict[str, list[dict[str, Any]]]:
    annotations: list[dict[str, Any]] = []
    for number, answer in enumerate(answers):
        for person in answer.truth.persons:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": list(person.box_px),
                    "area": person.area_px2,
                    "iscrowd": int(person.crowd),
                    "keypoints": person.keypoints.ravel().tolist(),
                    "num_keypoints": int((person.keypoints[:, 2] > 0).sum()),
                }
            )
    images = [{"id": number} for number in range(len(answers))]
    return {"info": [], "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}


def _results(answers: tuple[Answer, ...]) -> list[dict[str, Any]]:
    results = []
    for number, answer in enumerate(answers):
        for score, keypoints in zip(answer.poses.scores, answer.poses.keypoints_px, strict=True):
            flat = np.concatenate([keypoints, np.ones((17, 1))], axis=1).ravel()
            results.append({"image_id": number, "category_id": 1, "score": float(score), "keypoints": flat.tolist()})
    return results
