"""Chooses a model's golden inputs among held-out renders: one person, whole, alone, and the model is right about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

from edge_agent.models.training.labels import AREA_OF_BOX, VISIBLE, PersonLabel, PictureLabel, read_labels
from edge_agent.pose.frame_to_pose import FrameToPose
from edge_agent.pose.golden import GOLDEN_FILE, LYING, GoldenInput, score

COUNT = 3

LEAST_SIDE = 0.35
"""Least part of the picture's height that the longer side of the person takes: no input size is too small for that."""

LEAST_VISIBLE = 11

MARGIN = 1.1
"""A golden input is passed by this factor, or another processor's rounding could fail a sound model."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A picture that could become a golden input."""

    path: Path
    golden: GoldenInput


def candidates(folder: Path) -> list[Candidate]:
    """Lists the pictures with exactly one person, large and almost wholly in view."""
    found = []
    for label in read_labels(folder):
        person = _only_person(label)
        picture = cv2.imread(str(folder / label.image), cv2.IMREAD_COLOR) if person else None
        if person is None or picture is None:
            continue
        x0, y0, x1, y1 = person.box_px
        lying = x1 - x0 > 1.3 * (y1 - y0)
        golden = GoldenInput(
            name=Path(label.image).name,
            image=np.asarray(picture, np.uint8),
            keypoints_px=np.array([keypoint[:2] for keypoint in person.keypoints], np.float64),
            area_px=(x1 - x0) * (y1 - y0) * AREA_OF_BOX,
            lying=lying,
        )
        found.append(Candidate(folder / label.image, golden))
    return found


def write_golden(out: Path, folder: Path, stage: FrameToPose) -> int:
    """Writes up to `COUNT` golden inputs that the model passes with a margin, one of a lying person if there is one.

    Args:
        out: the model directory; `golden` is written in it.
        folder: a data set of held-out renders, since photographs may not be committed.
        stage: the quantised model.

    Returns:
        How many were written.
    """
    passed = [one for one in candidates(folder) if _passes(stage, one.golden)]
    lying = [one for one in passed if one.golden.lying][:1]
    chosen = (lying + [one for one in passed if not one.golden.lying])[:COUNT]
    if not chosen:
        return 0
    golden = out / "golden"
    golden.mkdir(parents=True, exist_ok=True)
    entries = []
    for number, one in enumerate(chosen, start=1):
        name = f"render-{number}.png"
        cv2.imwrite(str(golden / name), one.golden.image)
        keypoints = [[round(float(x), 2), round(float(y), 2)] for x, y in one.golden.keypoints_px]
        posture = {"posture": LYING} if one.golden.lying else {}
        entries.append({"image": name, **posture, "area_px": round(one.golden.area_px), "keypoints_px": keypoints})
    document = {"keypoint_schema": "coco17", "inputs": entries}
    (golden / GOLDEN_FILE).write_text(
        yaml.safe_dump(document, sort_keys=False, default_flow_style=None), encoding="utf-8"
    )
    return len(chosen)


def _only_person(label: PictureLabel) -> PersonLabel | None:
    if len(label.persons) != 1 or label.ignore_px:
        return None
    person = label.persons[0]
    x0, y0, x1, y1 = person.box_px
    large = max(x1 - x0, y1 - y0) >= LEAST_SIDE * label.height_px
    whole = sum(flag == VISIBLE for _, _, flag in person.keypoints) >= LEAST_VISIBLE
    return person if large and whole else None


def _passes(stage: FrameToPose, golden: GoldenInput) -> bool:
    reached = score(golden, stage(golden.image))
    return reached.score >= reached.least_score * MARGIN and reached.oks >= reached.least_oks * MARGIN
