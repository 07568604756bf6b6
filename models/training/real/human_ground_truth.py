"""Reads the ground truth that people drew, whatever the data set, as COCO-17 persons.

FOLDER/test_aic.json, test_crowdpose.json, ...      and      FOLDER/aic_<picture>.jpg, crowdpose_<picture>.jpg, ...
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import ABSENT
from edge_agent.models.training.real.joint_order import JointOrder, Keypoint, to_coco
from edge_agent.models.training.real.joint_order_aic import AIC
from edge_agent.models.training.real.joint_order_crowdpose import CROWDPOSE
from edge_agent.models.training.real.joint_order_mpii import MPII
from edge_agent.models.training.real.joint_order_ochuman import OCHUMAN
from edge_agent.models.training.real.joint_order_posetrack18 import POSETRACK18
from edge_agent.models.training.real.run_length_mask import decode_run_lengths

Box = tuple[float, float, float, float]

FILES: Final[Mapping[str, tuple[str, JointOrder]]] = {
    "test_aic.json": ("aic", AIC),
    "test_crowdpose.json": ("crowdpose", CROWDPOSE),
    "test_exlpose.json": ("exlpose", CROWDPOSE),
    "test_ochuman.json": ("ochuman", OCHUMAN),
    "test_posetrack18_val.json": ("posetrack18", POSETRACK18),
}
"""COCO-style ground truth: the file, how its pictures' names begin, and its joint order."""

MPII_FILE: Final = "test_mpii.json"


@dataclass(frozen=True, slots=True, eq=False)
class HumanPerson:
    """One person as people labelled it.

    Attributes:
        keypoints: 17 keypoints, COCO order.
        box_px: x0, y0, x1, y1, not clipped; none where the set has none.
        mask: height x width, true on the person, where the set has masks.
    """

    keypoints: tuple[Keypoint, ...]
    box_px: Box | None
    mask: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HumanPicture:
    """One picture as people labelled it.

    Attributes:
        path: the picture.
        persons: the labelled persons.
        ignore_px: boxes with persons that nobody labelled.
    """

    path: Path
    persons: tuple[HumanPerson, ...]
    ignore_px: tuple[Box, ...]


def read_human_ground_truth(folder: Path) -> Iterator[HumanPicture]:
    """Reads every ground truth file that is in the folder.

    Raises:
        ValueError: a file is not of the shape its name promises; says which.
    """
    for name, (prefix, order) in FILES.items():
        path = folder / name
        if path.exists():
            try:
                yield from _coco_style(path, prefix=prefix, order=order)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}: not {prefix} ground truth: {error!r}") from error
    if (folder / MPII_FILE).exists():
        try:
            yield from _mpii(folder / MPII_FILE)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{folder / MPII_FILE}: not MPII ground truth: {error!r}") from error


def _coco_style(path: Path, *, prefix: str, order: JointOrder) -> Iterator[HumanPicture]:
    content = json.loads(path.read_text(encoding="utf-8"))
    persons: dict[Any, list[HumanPerson]] = defaultdict(list)
    unlabelled_px: dict[Any, list[Box]] = defaultdict(list)
    for annotation in content["annotations"]:
        person = _person(annotation, order)
        if annotation.get("iscrowd") or all(flag == ABSENT for _, _, flag in person.keypoints):
            if person.box_px is not None:
                unlabelled_px[annotation["image_id"]].append(person.box_px)
        else:
            persons[annotation["image_id"]].append(person)
    for image in content["images"]:
        name = f"{prefix}_{image['file_name'].replace('/', '_')}"
        yield HumanPicture(
            path=path.parent / name,
            persons=tuple(persons[image["id"]]),
            ignore_px=(*unlabelled_px[image["id"]], *_ignore_polygons(image)),
        )


def _person(annotation: Mapping[str, Any], order: JointOrder) -> HumanPerson:
    numbers = annotation["keypoints"]
    joints = list(zip(numbers[::3], numbers[1::3], (int(flag) for flag in numbers[2::3]), strict=True))
    x_px, y_px, width_px, height_px = annotation["bbox"]
    segmentation = annotation.get("segmentation")
    return HumanPerson(
        keypoints=to_coco(order, joints),
        box_px=(x_px, y_px, x_px + width_px, y_px + height_px),
        mask=decode_run_lengths(segmentation) if isinstance(segmentation, dict) else None,
    )


def _ignore_polygons(image: Mapping[str, Any]) -> Iterator[Box]:
    # PoseTrack18 draws polygons round the crowds that it did not label.
    for xs, ys in zip(image.get("ignore_regions_x", ()), image.get("ignore_regions_y", ()), strict=True):
        if xs and ys:
            yield (min(xs), min(ys), max(xs), max(ys))


def _mpii(path: Path) -> Iterator[HumanPicture]:
    persons: dict[str, list[HumanPerson]] = defaultdict(list)
    for entry in json.loads(path.read_text(encoding="utf-8")):
        joints = [(x, y, int(flag)) for (x, y), flag in zip(entry["joints"], entry["joints_vis"], strict=True)]
        persons[entry["image"]].append(HumanPerson(keypoints=to_coco(MPII, joints), box_px=None))
    for name, found in persons.items():
        yield HumanPicture(path=path.parent / f"mpii_{name}", persons=tuple(found), ignore_px=())
