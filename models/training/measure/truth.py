"""Labelled pictures to measure on, from our own data sets or from COCO's files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import AREA_OF_BOX, read_labels


@dataclass(frozen=True, slots=True, eq=False)
class TruePerson:
    """One labelled person.

    Attributes:
        box_px: x, y, width, height.
        keypoints: float64 `(17, 3)`, x_px, y_px, COCO visibility.
        area_px2: of the outline.
        crowd: whether the annotation stands for several people; it is matched by nobody and forgives everybody.
    """

    box_px: tuple[float, float, float, float]
    keypoints: npt.NDArray[np.float64]
    area_px2: float
    crowd: bool


@dataclass(frozen=True, slots=True, eq=False)
class TruePicture:
    """A picture's file and everybody in it."""

    path: Path
    persons: tuple[TruePerson, ...]


def from_data_set(folder: Path) -> tuple[TruePicture, ...]:
    """Reads one of our data sets; its boxes to ignore become crowds."""
    pictures = []
    for label in read_labels(folder):
        persons = []
        for person in label.persons:
            x0, y0, x1, y1 = person.box_px
            area = (x1 - x0) * (y1 - y0) * AREA_OF_BOX
            persons.append(
                TruePerson((x0, y0, x1 - x0, y1 - y0), np.array(person.keypoints, np.float64), area, crowd=False)
            )
        for x0, y0, x1, y1 in label.ignore_px:
            persons.append(TruePerson((x0, y0, x1 - x0, y1 - y0), np.zeros((17, 3)), (x1 - x0) * (y1 - y0), crowd=True))
        pictures.append(TruePicture(folder / label.image, tuple(persons)))
    return tuple(pictures)


def from_coco(folder: Path) -> tuple[TruePicture, ...]:
    """Reads a folder of COCO pictures beside their `person_keypoints.json`.

    Raises:
        FileNotFoundError: there is none.
    """
    document = json.loads((folder / "person_keypoints.json").read_text(encoding="utf-8"))
    persons: dict[int, list[TruePerson]] = {}
    for entry in document["annotations"]:
        keypoints = np.array(entry["keypoints"], np.float64).reshape(17, 3)
        person = TruePerson(tuple(entry["bbox"]), keypoints, float(entry["area"]), crowd=bool(entry["iscrowd"]))
        persons.setdefault(entry["image_id"], []).append(person)
    return tuple(
        TruePicture(folder / entry["file_name"], tuple(persons.get(entry["id"], ()))) for entry in document["images"]
    )
