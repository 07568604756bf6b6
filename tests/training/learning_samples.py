"""Small made pictures with persons, as training samples and as data sets on disk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from edge_agent.models.training.labels import OCCLUDED, VISIBLE, PersonLabel, PictureLabel, write_labels
from edge_agent.models.training.learning.sample import SEEN, Sample

PERSON_BOX_PX = (30.0, 12.0, 66.0, 84.0)


def joints_px(box_px: tuple[float, float, float, float], rng: np.random.Generator) -> np.ndarray:
    x0, y0, x1, y1 = box_px
    return np.stack((rng.uniform(x0, x1, 17), rng.uniform(y0, y1, 17)), axis=1).astype(np.float32)


def made_sample(seed: int = 0, width: int = 120, height: int = 96, persons: int = 1) -> Sample:
    """Noise with bright upright blocks for persons."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 120, (height, width, 3), dtype=np.uint8)
    boxes = []
    for number in range(persons):
        x0, y0, x1, y1 = PERSON_BOX_PX
        box = (x0 + 40.0 * number, y0, x1 + 40.0 * number, y1)
        picture[int(y0) : int(y1), int(box[0]) : int(box[2])] += 120
        boxes.append(box)
    return Sample(
        picture=picture,
        boxes_px=np.array(boxes, np.float32).reshape(-1, 4),
        keypoints_px=np.array([joints_px(box, rng) for box in boxes], np.float32).reshape(-1, 17, 2),
        flags=np.full((persons, 17), SEEN, np.int8),
        ignore_px=np.zeros((0, 4), np.float32),
    )


def write_data_set(folder: Path, count: int = 4, source: str = "render") -> Path:
    """Writes made samples as a data set; returns its folder."""
    (folder / "images").mkdir(parents=True)
    labels = []
    for number in range(count):
        sample = made_sample(number)
        name = f"images/{number:06d}.png"
        cv2.imwrite(str(folder / name), sample.picture[:, :, ::-1])
        points = [(float(x), float(y)) for x, y in sample.keypoints_px[0]]
        keypoints = tuple((x, y, OCCLUDED if joint == 3 else VISIBLE) for joint, (x, y) in enumerate(points))
        person = PersonLabel(box_px=PERSON_BOX_PX, keypoints=keypoints)
        labels.append(PictureLabel(name, 120, 96, (person,), (), source, f"made-{number}"))
    write_labels(folder, labels)
    return folder
