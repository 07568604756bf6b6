"""Turns single pictures into a data set: human joints, completed and supplemented by the teacher.

    python -m edge_agent.models.training.real.pictures_to_data_set --shared ../shared --out DIR
    python -m edge_agent.models.training.real.pictures_to_data_set --shared ../shared --out DIR --empty

The first writes the pictures of people, the second the pictures without a person.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge_agent.models.training.labels import ABSENT, OCCLUDED, VISIBLE, PersonLabel, PictureLabel, write_labels
from edge_agent.models.training.real.blazepose_models import BlazePose, Picture
from edge_agent.models.training.real.coco_joints import oks
from edge_agent.models.training.real.completed_person import complete, points_of
from edge_agent.models.training.real.human_ground_truth import HumanPicture, read_human_ground_truth
from edge_agent.models.training.real.joint_order import Keypoint
from edge_agent.models.training.real.person_extent import Box, box_of, clip_box, mask_in_picture
from edge_agent.models.training.real.teacher import LEAST_VISIBILITY, TaughtPerson, Teacher

LONG_SIDE_PX: Final = 640

LEAST_SCORE: Final = 0.65
"""A person that only the teacher saw is labelled from here on; by eye, poses mixed of two persons score less."""

LEAST_BRIGHT: Final = 20
"""Grey level of the 99th percentile below which nobody sees anything (ExLPose's dark pictures: 3 to 4 of 255)."""

SAME_PERSON_OKS: Final = 0.35

PLAIN: Final = ("aic_054d", "crowdpose_103319", "jhmdb_", "mhp_10084", "mpii_0046", "mpii_0514", "mpii_0524")
"""Beginnings of the pictures in which, by eye, nobody stays unlabelled. In any other somebody in the background does,
and nothing outside of the labelled persons counts as background."""

PictureParts = tuple[list[PersonLabel], list[Box]]


def label_people(teacher: Teacher, folder: Path, out: Path) -> Iterator[PictureLabel]:
    """Labels every picture of people and writes it under `out/images`."""
    human = {picture.path: picture for picture in read_human_ground_truth(folder)}
    for path in sorted([*folder.glob("*.jpg"), *folder.glob("*.png")]):
        picture_bgr = _read(path)
        if np.percentile(picture_bgr, 99) < LEAST_BRIGHT:
            continue
        truth = human.get(path, HumanPicture(path=path, persons=(), ignore_px=()))
        persons, ignore_px = _persons(teacher, picture_bgr, truth)
        if not persons:
            continue
        height_px, width_px = picture_bgr.shape[:2]
        if not path.name.startswith(PLAIN):
            ignore_px = [(0.0, 0.0, float(width_px), float(height_px))]
        scale = min(1.0, LONG_SIDE_PX / max(height_px, width_px))
        yield _written(
            picture_bgr, path, out, source="human" if truth.persons else "teacher",
            persons=[_scaled(person, scale) for person in persons],
            ignore_px=[_scaled_box(box_px, scale) for box_px in ignore_px],
        )  # fmt: skip


def label_empty(folder: Path, out: Path) -> Iterator[PictureLabel]:
    """Writes pictures without a person under `out/images`."""
    for path in sorted(folder.glob("*.jpg")):
        yield _written(_read(path), path, out, source="human", persons=[], ignore_px=[])


def _persons(teacher: Teacher, picture_bgr: Picture, truth: HumanPicture) -> PictureParts:
    height_px, width_px = picture_bgr.shape[:2]
    persons, ignore_px = [], list(truth.ignore_px)
    for human in truth.persons:
        keypoints, box_px = complete(teacher, picture_bgr, human)
        persons.append(
            PersonLabel(
                box_px=clip_box(box_px, width_px=width_px, height_px=height_px),
                keypoints=_inside(keypoints, width_px=width_px, height_px=height_px),
            )
        )
    for taught in teacher.find(picture_bgr):
        if any(_same(taught, person) for person in persons):
            continue
        mask = mask_in_picture(taught, width_px=width_px, height_px=height_px)
        known = taught.sure if taught.sure.any() else np.ones(17, dtype=bool)
        box_px = clip_box(box_of(taught.points_px, known, mask), width_px=width_px, height_px=height_px)
        if taught.good and taught.score >= LEAST_SCORE and not any(_overlap(box_px, one.box_px) for one in persons):
            keypoints = _inside(_keypoints(taught), width_px=width_px, height_px=height_px)
            persons.append(PersonLabel(box_px=box_px, keypoints=keypoints))
        else:
            ignore_px.append(box_px)
    return persons, ignore_px


def _same(taught: TaughtPerson, person: PersonLabel) -> bool:
    points_px, known = points_of(person.keypoints)
    return oks(points_px, taught.points_px, both=known, area_px2=taught.area_px2) >= SAME_PERSON_OKS


def _overlap(box_px: Box, other_px: Box) -> bool:
    # Half of the smaller box inside of the other: likely a mix of two persons, one of which is labelled.
    width_px = min(box_px[2], other_px[2]) - max(box_px[0], other_px[0])
    height_px = min(box_px[3], other_px[3]) - max(box_px[1], other_px[1])
    smaller_px2 = min(_area_px2(box_px), _area_px2(other_px))
    return width_px > 0 and height_px > 0 and width_px * height_px > 0.5 * smaller_px2


def _area_px2(box_px: Box) -> float:
    return (box_px[2] - box_px[0]) * (box_px[3] - box_px[1])


def _keypoints(taught: TaughtPerson) -> tuple[Keypoint, ...]:
    return tuple(
        (float(x_px), float(y_px), (VISIBLE if visibility >= LEAST_VISIBILITY else OCCLUDED) if sure else ABSENT)
        for (x_px, y_px), sure, visibility in zip(taught.points_px, taught.sure, taught.visibility, strict=True)
    )


def _inside(keypoints: tuple[Keypoint, ...], *, width_px: int, height_px: int) -> tuple[Keypoint, ...]:
    return tuple(
        (x_px, y_px, flag) if flag != ABSENT and 0 <= x_px < width_px and 0 <= y_px < height_px else (0.0, 0.0, ABSENT)
        for x_px, y_px, flag in keypoints
    )


def _scaled(person: PersonLabel, scale: float) -> PersonLabel:
    # Pixel middles: the first pixel's is at zero, so its edge is at minus a half.
    keypoints = tuple(
        (round((x_px + 0.5) * scale - 0.5, 2), round((y_px + 0.5) * scale - 0.5, 2), flag) if flag else (0.0, 0.0, 0)
        for x_px, y_px, flag in person.keypoints
    )
    return PersonLabel(box_px=_scaled_box(person.box_px, scale), keypoints=keypoints, track_id=person.track_id)


def _scaled_box(box_px: Box, scale: float) -> Box:
    x0, y0, x1, y1 = (round(edge * scale, 2) for edge in box_px)
    return (x0, y0, x1, y1)


def _read(path: Path) -> Picture:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ValueError(f"{path}: OpenCV does not read it: check that the file is whole")
    return np.asarray(picture, dtype=np.uint8)


def _written(
    picture_bgr: Picture, path: Path, out: Path, *, source: str, persons: list[PersonLabel], ignore_px: list[Box]
) -> PictureLabel:
    scale = min(1.0, LONG_SIDE_PX / max(picture_bgr.shape[:2]))
    small = cv2.resize(picture_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    name = f"images/{path.stem}.jpg"
    cv2.imwrite(str(out / name), small, [cv2.IMWRITE_JPEG_QUALITY, 94])
    return PictureLabel(
        image=name, width_px=small.shape[1], height_px=small.shape[0], persons=tuple(persons),
        ignore_px=tuple(ignore_px), source=source, group=path.stem,
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Labels single pictures.")
    parser.add_argument("--shared", type=Path, required=True, help="folder with train/")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new data set")
    parser.add_argument("--empty", action="store_true", help="the pictures without a person instead")
    options = parser.parse_args(arguments)
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    if options.empty:
        labels = list(label_empty(options.shared / "train" / "background", options.out))
    else:
        labels = list(label_people(Teacher(BlazePose()), options.shared / "train" / "people", options.out))
    write_labels(options.out, labels)
    sys.stdout.write(f"{len(labels)} pictures, {sum(len(label.persons) for label in labels)} persons\n")


if __name__ == "__main__":
    main()
