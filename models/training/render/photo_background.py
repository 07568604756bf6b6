"""Photographs behind the persons, and the light that fits them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.sensor import to_linear

Light = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
Rng = np.random.Generator


def read_photographs(folder: Path) -> tuple[Picture, ...]:
    """Reads all .jpg and .png files of a folder in the order of their names, uint8 RGB.

    Raises:
        FileNotFoundError: the folder has no picture.
        ValueError: a file is no picture; says which.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    if not paths:
        raise FileNotFoundError(f"{folder}: no .jpg or .png file; give a folder of photographs without persons")
    photographs: list[Picture] = []
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError(f"{path}: not a picture; delete it")
        photographs.append(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8))
    return tuple(photographs)


def draw_background(rng: Rng, photographs: Sequence[Picture], size_px: tuple[int, int]) -> Light:
    """A random crop of a random photograph, mirrored, recoloured and blurred at random; sometimes two side by side.

    Returns:
        Linear RGB, float32 `(height, width, 3)`.
    """
    light = _crop(rng, photographs, size_px)
    if rng.random() < 0.15:
        second, cut = _crop(rng, photographs, size_px), int(rng.uniform(0.25, 0.75) * size_px[0])
        light[:, cut:] = second[:, cut:]
    light = light * np.exp(rng.normal(0, 0.08, 3)).astype(np.float32) * np.float32(np.exp(rng.normal(-0.05, 0.18)))
    if rng.random() < 0.3:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.7, 4.0))), np.float32)
    return light


def _crop(rng: Rng, photographs: Sequence[Picture], size_px: tuple[int, int]) -> Light:
    picture = photographs[int(rng.integers(len(photographs)))]
    height, width = picture.shape[:2]
    share = float(rng.uniform(0.45, 1.0))
    wide = int(min(width, height * size_px[0] / size_px[1]) * share)
    tall = int(min(height, wide * size_px[1] / size_px[0]))
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    crop = picture[top : top + tall, left : left + wide]
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    crop = np.asarray(cv2.resize(np.ascontiguousarray(crop), size_px, interpolation=cv2.INTER_LINEAR), np.uint8)
    return to_linear(crop)
