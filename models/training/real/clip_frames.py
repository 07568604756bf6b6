"""Reads clips and animated pictures as frames, and finds what moves besides the labelled person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge_agent.models.training.real.blazepose_models import Picture

Box = tuple[float, float, float, float]

DIFFERENT: Final = 35
"""Grey levels between a frame and the clip's median that count as motion; above a camera's noise and shadows."""

LEAST_MOTION_PX2: Final = 120
"""Smaller blobs are noise; a person this small is below the detector's reach."""


def read_frames(path: Path) -> tuple[list[Picture], float]:
    """All frames (BGR) of a clip or an animated GIF, and its frames a second.

    Raises:
        ValueError: the file holds no frame that OpenCV can read.
    """
    capture = cv2.VideoCapture(str(path))
    frames: list[Picture] = []
    try:
        rate_per_s = float(capture.get(cv2.CAP_PROP_FPS))
        while True:
            read, frame = capture.read()
            if not read:
                break
            frames.append(np.asarray(frame, dtype=np.uint8))
    finally:
        capture.release()
    if not frames:
        raise ValueError(f"{path}: OpenCV reads no frame from it: check that the file is whole")
    return frames, rate_per_s


def still_scene(frames: Sequence[Picture]) -> Picture:
    """The median of about 40 frames: what the camera sees without whoever moves."""
    step = max(1, len(frames) // 40)
    return np.asarray(np.median(np.stack(frames[::step]), axis=0), dtype=np.uint8)


def moving_boxes(frame: Picture, still: Picture, *, except_px: Sequence[Box], margin_px: float = 25.0) -> list[Box]:
    """Boxes in which something moves, outside of the boxes of known persons.

    Args:
        frame: the picture.
        still: the same camera's still scene.
        except_px: boxes of the labelled persons.
        margin_px: how much to widen those boxes, for shadows and what a person pushes.
    """
    difference = cv2.absdiff(frame, still).max(axis=2)
    moved = (cv2.medianBlur(difference, 5) > DIFFERENT).astype(np.uint8)
    for x0, y0, x1, y1 in except_px:
        top, left = int(max(0.0, y0 - margin_px)), int(max(0.0, x0 - margin_px))
        moved[top : int(y1 + margin_px), left : int(x1 + margin_px)] = 0
    moved = np.asarray(cv2.dilate(moved, np.ones((15, 15), dtype=np.uint8)), dtype=np.uint8)
    pieces, _, stats, _ = cv2.connectedComponentsWithStats(moved)
    boxes = []
    for x, y, width, height, area_px2 in stats[1:pieces]:
        # Dilation by 7 px a side grew every blob.
        if area_px2 >= LEAST_MOTION_PX2 + 15 * 15:
            boxes.append((float(x), float(y), float(x + width), float(y + height)))
    return boxes
