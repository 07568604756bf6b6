"""OKS AP of pose models on a set of COCO images: ``python benchmarks/coco_ap.py IMAGES MODEL...`` prints JSON.

IMAGES is a directory of JPEG files with their ``person_keypoints.json``. The figures that the project holds itself to
are in ``benchmarks/coco_ap.json``; tests/pose/test_accuracy.py compares.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from edge_agent.pose.frame_to_pose import FrameToPose, open_model

SCORE = 0.05  # low, since AP integrates over the score


@dataclass(frozen=True)
class Accuracy:
    """What one model reaches."""

    runtime: str
    ap: float
    ap50: float
    letterbox_ms: float
    invoke_ms: float
    postprocess_ms: float


def evaluate(stage: FrameToPose, images: Path) -> Accuracy:
    """Run a model over all images and score it as the COCO keypoint task does."""
    results, timings = [], []
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(images / "person_keypoints.json"))
        for image_id, entry in truth.imgs.items():
            image = cv2.imread(str(images / entry["file_name"]), cv2.IMREAD_COLOR)
            if image is None:
                raise FileNotFoundError(images / entry["file_name"])
            poses = stage(np.asarray(image, np.uint8))
            timings.append(stage.last_timings)
            for score, keypoints in zip(poses.scores, poses.keypoints_px, strict=True):
                flat = np.concatenate([keypoints, np.ones((17, 1))], axis=1).ravel()
                results.append(
                    {"image_id": image_id, "category_id": 1, "score": float(score), "keypoints": flat.tolist()}
                )
        scoring = COCOeval(truth, truth.loadRes(results), "keypoints")
        scoring.evaluate()
        scoring.accumulate()
        scoring.summarize()
    return Accuracy(
        runtime=stage.runtime,
        ap=round(float(scoring.stats[0]), 4),
        ap50=round(float(scoring.stats[1]), 4),
        letterbox_ms=round(statistics.median(t.letterbox_ms for t in timings), 3),
        invoke_ms=round(statistics.median(t.invoke_ms for t in timings), 3),
        postprocess_ms=round(statistics.median(t.postprocess_ms for t in timings), 3),
    )


def main() -> None:
    """Print one JSON object: the model's file name to its accuracy."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--runtime", default="auto")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    table = {}
    for model in arguments.models:
        began_s = time.monotonic()
        stage = open_model(model, arguments.runtime, score=SCORE)
        opening_s = time.monotonic() - began_s
        table[model.name] = asdict(evaluate(stage, arguments.images)) | {"opening_s": round(opening_s, 2)}
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
