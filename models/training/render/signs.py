"""Pictures for walls: safety signs, notices, posters. Drawn, none is copied."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

SIZE_PX = 96
SIGN_COUNT = 12
PICTURE_COUNT = 64
"""The first `SIGN_COUNT` are signs, the others posters."""


def wall_pictures(rng: np.random.Generator, photographs: Sequence[Picture] = ()) -> npt.NDArray[np.float32]:
    """float32 `(PICTURE_COUNT, SIZE_PX, SIZE_PX, 3)`, linear RGB; uint8 RGB `photographs` become posters."""
    pictures = [_sign(rng) for _ in range(SIGN_COUNT)]
    pictures += [
        _photograph(rng, photographs) if len(photographs) and rng.random() < 0.4 else _poster(rng)
        for _ in range(PICTURE_COUNT - SIGN_COUNT)
    ]
    return np.asarray((np.stack(pictures) / 255.0) ** 2.2, np.float32)


def _photograph(rng: np.random.Generator, photographs: Sequence[Picture]) -> Picture:
    picture = photographs[int(rng.integers(len(photographs)))]
    side = int(min(picture.shape[:2]) * rng.uniform(0.4, 1.0))
    top, left = (int(rng.integers(0, length - side + 1)) for length in picture.shape[:2])
    return np.asarray(
        cv2.resize(picture[top : top + side, left : left + side], (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA),
        np.uint8,
    )


def _sign(rng: np.random.Generator) -> Picture:
    """A warning triangle, a mandatory disc, a prohibition ring or an exit board (shapes and colours of ISO 7010)."""
    picture = np.full((SIZE_PX, SIZE_PX, 3), 235, np.uint8)
    kind = int(rng.integers(4))
    if kind == 0:
        triangle = np.array([[48, 8], [90, 84], [6, 84]], np.int32)
        cv2.fillPoly(picture, [triangle], (250, 200, 0))
        cv2.polylines(picture, [triangle], True, (10, 10, 10), 5)  # noqa: FBT003
        cv2.line(picture, (48, 34), (48, 60), (10, 10, 10), 7)
        cv2.circle(picture, (48, 73), 4, (10, 10, 10), -1)
    elif kind == 1:
        cv2.circle(picture, (48, 48), 44, (10, 60, 150), -1)
        cv2.circle(picture, (48, 36), 14, (240, 240, 240), -1)
        cv2.ellipse(picture, (48, 82), (26, 28), 0, 180, 360, (240, 240, 240), -1)
    elif kind == 2:
        cv2.circle(picture, (48, 48), 40, (190, 20, 20), 8)
        cv2.line(picture, (22, 22), (74, 74), (190, 20, 20), 8)
        cv2.rectangle(picture, (40, 24), (56, 74), (20, 20, 20), -1)
    else:
        picture[:] = (10, 120, 60)
        cv2.arrowedLine(picture, (16, 48), (56, 48), (240, 240, 240), 8)
        cv2.rectangle(picture, (66, 24), (84, 76), (240, 240, 240), -1)
    return picture


def _poster(rng: np.random.Generator) -> Picture:
    """A notice with lines of text and a few coloured shapes."""
    ground = rng.integers(120, 256, 3) if rng.random() < 0.7 else rng.integers(0, 256, 3)
    picture = np.tile(ground.astype(np.uint8), (SIZE_PX, SIZE_PX, 1))
    for _ in range(int(rng.integers(0, 5))):
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        centre = (int(rng.integers(10, 86)), int(rng.integers(10, 86)))
        if rng.random() < 0.5:
            cv2.circle(picture, centre, int(rng.integers(5, 28)), colour, -1)
        else:
            corner = (centre[0] + int(rng.integers(5, 50)), centre[1] + int(rng.integers(5, 40)))
            cv2.rectangle(picture, centre, corner, colour, -1)
    ink = (20, 20, 30) if int(ground.sum()) > 330 else (230, 230, 220)
    top = int(rng.integers(6, 60))
    for y in range(top, min(SIZE_PX - 5, top + int(rng.integers(10, 80))), int(rng.integers(5, 9))):
        cv2.line(picture, (8, y), (int(rng.integers(40, 90)), y), ink, int(rng.integers(1, 3)))
    return picture
