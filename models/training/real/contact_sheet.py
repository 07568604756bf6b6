"""Draws a data set's labels on its pictures, many on one sheet, to be looked at.

    python -m edge_agent.models.training.real.contact_sheet DIR SHEET.png --count 24

Left limbs are green, right ones red; who sees a left arm on a right one sees a wrong label.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import ABSENT, VISIBLE, PersonLabel, PictureLabel, read_labels
from edge_agent.models.training.real.coco_joints import BONES

TILE_PX: Final = 320
LEFT_BGR, RIGHT_BGR, ACROSS_BGR = (0, 255, 0), (0, 0, 255), (0, 255, 255)
SHEER_BGR: Final = (200, 120, 200)


def tile(folder: Path, label: PictureLabel) -> npt.NDArray[np.uint8]:
    """One labelled picture, 320 x 320: left limbs green, right red, hidden joints magenta, ignored boxes orange."""
    picture = cv2.imread(str(folder / label.image), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError(f"{folder / label.image}: OpenCV does not read it")
    if picture.shape[2] == 4:
        alpha = picture[:, :, 3:].astype(np.float32) / 255.0
        picture = (picture[:, :, :3] * alpha + np.array(SHEER_BGR) * (1.0 - alpha)).astype(np.uint8)
    scale = TILE_PX / max(picture.shape[:2])
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for person in label.persons:
        _draw(small, person, scale)
    for x0, y0, x1, y1 in label.ignore_px:
        cv2.rectangle(small, (int(x0 * scale), int(y0 * scale)), (int(x1 * scale), int(y1 * scale)), (0, 128, 255), 1)
    sheet = np.zeros((TILE_PX, TILE_PX, 3), dtype=np.uint8)
    sheet[: small.shape[0], : small.shape[1]] = small[:TILE_PX, :TILE_PX]
    cv2.putText(sheet, Path(label.image).stem[:34], (2, TILE_PX - 4), 0, 0.4, (255, 255, 255))
    return sheet


def contact_sheet(folder: Path, labels: Sequence[PictureLabel], *, columns: int = 6) -> npt.NDArray[np.uint8]:
    """The labelled pictures side by side."""
    tiles = [tile(folder, label) for label in labels]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    return np.vstack(rows)


def _draw(picture: npt.NDArray[np.uint8], person: PersonLabel, scale: float) -> None:
    at = [(int(x * scale), int(y * scale)) for x, y, _ in person.keypoints]
    flags = [flag for _, _, flag in person.keypoints]
    for start, end in BONES:
        if flags[start] != ABSENT and flags[end] != ABSENT:
            sides = {start % 2, end % 2} if start else {2}
            colour = {frozenset({1}): LEFT_BGR, frozenset({0}): RIGHT_BGR}.get(frozenset(sides), ACROSS_BGR)
            cv2.line(picture, at[start], at[end], colour, 1)
    for point, flag in zip(at, flags, strict=True):
        if flag != ABSENT:
            cv2.circle(picture, point, 2, (255, 255, 255) if flag == VISIBLE else (255, 0, 255), -1)
    x0, y0, x1, y1 = (int(edge * scale) for edge in person.box_px)
    cv2.rectangle(picture, (x0, y0), (x1, y1), (255, 255, 0), 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Draws a data set's labels.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--count", type=int, default=36, help="pictures, evenly over the data set")
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    options = parser.parse_args(arguments)
    labels = [label for label in read_labels(options.folder) if options.only in label.image]
    chosen = np.unique(np.linspace(0, len(labels) - 1, min(options.count, len(labels))).astype(int))
    cv2.imwrite(str(options.sheet), contact_sheet(options.folder, [labels[index] for index in chosen]))


if __name__ == "__main__":
    main()
