"""The data set on disk: a folder of pictures and one line of JSON a picture.

    FOLDER/labels.jsonl
    FOLDER/images/000000.jpg ...

One format for renders, for human ground truth and for the teacher's labels, so that training mixes them freely.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ABSENT, OCCLUDED, VISIBLE = 0, 1, 2
"""COCO's visibility flags. `ABSENT` means not labelled or outside of the picture: it earns no loss."""

LABELS_NAME = "labels.jsonl"

AREA_OF_BOX = 0.53
"""A person's outline fills about this part of the box; OKS is defined on the outline's area (COCO evaluation)."""


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """One person in one picture.

    Attributes:
        box_px: x0, y0, x1, y1 of the visible extent, picture frame, clipped to the picture.
        keypoints: 17 times (x_px, y_px, visibility), COCO order.
        track_id: the same through one clip.
        action: what the person does, empty where nobody said.
    """

    box_px: tuple[float, float, float, float]
    keypoints: tuple[tuple[float, float, int], ...]
    track_id: int = 0
    action: str = ""


@dataclass(frozen=True, slots=True)
class PictureLabel:
    """Everything known about one picture.

    Attributes:
        image: file name relative to the folder, as `images/000000.jpg`.
        width_px: width of the stored picture.
        height_px: height of the stored picture.
        persons: the labelled persons.
        ignore_px: boxes (x0, y0, x1, y1) in which unlabelled persons may be; nothing there counts as background.
        source: where the label is from: `render`, `human` or `teacher`.
        group: what must not be split between training and held-out data (a clip, a scene's seed).
    """

    image: str
    width_px: int
    height_px: int
    persons: tuple[PersonLabel, ...]
    ignore_px: tuple[tuple[float, float, float, float], ...]
    source: str
    group: str


def write_labels(folder: Path, labels: Iterable[PictureLabel]) -> None:
    """Writes `labels.jsonl` into the folder, in the order given."""
    with (folder / LABELS_NAME).open("w", encoding="utf-8") as lines:
        for label in labels:
            lines.write(json.dumps(asdict(label)) + "\n")


def read_labels(folder: Path) -> Iterator[PictureLabel]:
    """Reads what `write_labels` wrote.

    Raises:
        FileNotFoundError: the folder holds no data set.
        ValueError: a line is not a label; says which.
    """
    with (folder / LABELS_NAME).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
                persons = tuple(
                    PersonLabel(
                        box_px=tuple(person["box_px"]),
                        keypoints=tuple((float(x), float(y), int(flag)) for x, y, flag in person["keypoints"]),
                        track_id=person["track_id"],
                        action=person["action"],
                    )
                    for person in entry.pop("persons")
                )
                ignore_px = tuple(tuple(box) for box in entry.pop("ignore_px"))
                yield PictureLabel(persons=persons, ignore_px=ignore_px, **entry)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{folder / LABELS_NAME}:{number}: not a label: {error}") from error
