"""Cuts whole persons out of labelled pictures, with soft edges, so that training can paste them elsewhere.

    python -m edge_agent.models.training.real.cut_outs --shared ../shared --out DIR LABELLED_DIR [LABELLED_DIR ...]

Each cut-out is a PNG with alpha and one label with one person, in the cut-out's frame.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import (
    ABSENT,
    PersonLabel,
    PictureLabel,
    read_labels,
    write_labels,
)
from edge_agent.models.training.real.blazepose_models import BlazePose, Picture
from edge_agent.models.training.real.blazepose_region import region_from_joints
from edge_agent.models.training.real.coco_joints import Mask, Points, oks
from edge_agent.models.training.real.completed_person import points_of
from edge_agent.models.training.real.human_ground_truth import read_human_ground_truth
from edge_agent.models.training.real.person_extent import mask_in_picture
from edge_agent.models.training.real.person_matte import is_clean, matte
from edge_agent.models.training.real.teacher import TaughtPerson, Teacher

LEAST_JOINTS: Final = 11
AGREES_OKS: Final = 0.8
ALIKE_OKS: Final = 0.72
"""Two poses of one clip more alike than this are one: a paste of either teaches the same."""

MOST_A_GROUP: Final = 30
"""Poses tried a clip."""
MARGIN_PX: Final = 4
Alpha = npt.NDArray[np.float32]


def cut_outs(teacher: Teacher, folder: Path, masks: dict[str, list[Mask]], out: Path) -> Iterator[PictureLabel]:
    """Cuts out the persons of one labelled folder that are whole, alone and cleanly masked.

    Args:
        teacher: makes the first mask.
        folder: a data set of pictures or clips.
        masks: by group, masks that people drew, in the original picture's size.
        out: receives `images/*.png`.
    """
    tried: dict[str, list[tuple[Points, Mask]]] = defaultdict(list)
    for label in read_labels(folder):
        if len(tried[label.group]) >= MOST_A_GROUP:
            continue
        picture_bgr: Picture | None = None
        for number, person in enumerate(label.persons):
            points_px, known = points_of(person.keypoints)
            if not _worth_it(label, person, known) or _seen(tried[label.group], points_px, known):
                continue
            if picture_bgr is None:
                picture_bgr = np.asarray(cv2.imread(str(folder / label.image)), dtype=np.uint8)
            # A pose that gave no clean mask gives none in the next frame either.
            tried[label.group].append((points_px, known))
            alpha = _alpha(teacher, picture_bgr, person, masks.get(label.group, ()))
            if alpha is not None:
                yield _written(picture_bgr, alpha, label, number, out)


def paste_frame(person: PersonLabel, *, x_px: float, y_px: float) -> PersonLabel:
    """The person in the frame whose origin is at x_px, y_px of the present one."""
    x0, y0, x1, y1 = person.box_px
    return replace(
        person,
        box_px=(x0 - x_px, y0 - y_px, x1 - x_px, y1 - y_px),
        keypoints=tuple(
            (round(x - x_px, 2), round(y - y_px, 2), flag) if flag != ABSENT else (0.0, 0.0, ABSENT)
            for x, y, flag in person.keypoints
        ),
    )


def human_masks(folder: Path) -> dict[str, list[Mask]]:
    """The masks that people drew, by the picture's stem."""
    found: dict[str, list[Mask]] = defaultdict(list)
    for picture in read_human_ground_truth(folder):
        found[picture.path.stem] += [person.mask for person in picture.persons if person.mask is not None]
    return found


def _worth_it(label: PictureLabel, person: PersonLabel, known: Mask) -> bool:
    # Whole: enough joints, with the torso and a knee. Alone: no other person's box reaches into this one's.
    x0, y0, x1, y1 = person.box_px
    alone = not any(
        min(x1, other.box_px[2]) > max(x0, other.box_px[0]) and min(y1, other.box_px[3]) > max(y0, other.box_px[1])
        for other in label.persons
        if other is not person
    )
    whole = int(known.sum()) >= LEAST_JOINTS and known[[5, 6]].any() and known[[11, 12]].any() and known[13:15].any()
    return bool(alone and whole and y1 - y0 >= 40)


def _seen(tried: Sequence[tuple[Points, Mask]], points_px: Points, known: Mask) -> bool:
    # Compared about the middle of the body: where the person stands does not make another pose.
    extent_px = points_px[known].max(axis=0) - points_px[known].min(axis=0)
    area_px2 = 0.3 * float(extent_px.max()) ** 2
    for other_px, other_known in tried:
        both = known & other_known
        if both.sum() >= LEAST_JOINTS - 3:
            moved = other_px - other_px[both].mean(axis=0) + points_px[both].mean(axis=0)
            if oks(points_px, moved, both=both, area_px2=area_px2) > ALIKE_OKS:
                return True
    return False


def _alpha(teacher: Teacher, picture_bgr: Picture, person: PersonLabel, drawn: Sequence[Mask]) -> Alpha | None:
    height_px, width_px = picture_bgr.shape[:2]
    points_px, known = points_of(person.keypoints)
    for mask in drawn:
        scaled = cv2.resize(mask.astype(np.float32), (width_px, height_px), interpolation=cv2.INTER_AREA)
        soft = np.asarray(cv2.GaussianBlur(scaled, (0, 0), 0.8), dtype=np.float32)
        if is_clean(soft, points_px, known):
            return soft
    answer = _agreeing(teacher, picture_bgr, points_px, known)
    if answer is None:
        return None
    first = mask_in_picture(answer, width_px=width_px, height_px=height_px)
    alpha = matte(picture_bgr, first)
    return alpha if alpha is not None and is_clean(alpha, points_px, known) else None


def _agreeing(teacher: Teacher, picture_bgr: Picture, points_px: Points, known: Mask) -> TaughtPerson | None:
    region = region_from_joints(points_px, known)
    answer = None if region is None else teacher.examine(picture_bgr, region)
    if answer is None or not answer.good:
        return None
    same = oks(points_px, answer.points_px, both=known & answer.sure, area_px2=answer.area_px2) >= AGREES_OKS
    return answer if same else None


def _written(picture_bgr: Picture, alpha: Alpha, label: PictureLabel, number: int, out: Path) -> PictureLabel:
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 0.02), np.flatnonzero(alpha.max(axis=0) > 0.02)
    y0, y1 = max(0, int(rows[0]) - MARGIN_PX), min(alpha.shape[0], int(rows[-1]) + 1 + MARGIN_PX)
    x0, x1 = max(0, int(columns[0]) - MARGIN_PX), min(alpha.shape[1], int(columns[-1]) + 1 + MARGIN_PX)
    solid = alpha > 0.5
    solid_rows, solid_columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    box_px = (float(solid_columns[0]), float(solid_rows[0]), float(solid_columns[-1] + 1), float(solid_rows[-1] + 1))
    name = f"images/{Path(label.image).stem}_{number}.png"
    rgba = np.dstack([picture_bgr, np.round(alpha * 255).astype(np.uint8)])[y0:y1, x0:x1]
    cv2.imwrite(str(out / name), rgba)
    person = paste_frame(replace(label.persons[number], box_px=box_px), x_px=x0, y_px=y0)
    return PictureLabel(
        image=name, width_px=x1 - x0, height_px=y1 - y0, persons=(person,), ignore_px=(),
        source=label.source, group=label.group,
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Cuts persons out of labelled pictures.")
    parser.add_argument("--shared", type=Path, required=True, help="folder with train/, for masks that people drew")
    parser.add_argument("--out", type=Path, required=True, help="folder of the cut-outs")
    parser.add_argument("folders", type=Path, nargs="+", help="labelled data sets")
    options = parser.parse_args(arguments)
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    teacher = Teacher(BlazePose())
    masks = human_masks(options.shared / "train" / "people")
    labels = [label for folder in options.folders for label in cut_outs(teacher, folder, masks, options.out)]
    write_labels(options.out, labels)
    sys.stdout.write(f"{len(labels)} cut-outs\n")


if __name__ == "__main__":
    main()
