"""Hides parts of persons: pasted cut-out persons, and patches (Z. Zhong et al., Random Erasing, 2020)."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.learning.pictures import CutOut
from edge_agent.models.training.learning.placing import (
    LEAST_LENGTH_PX,
    LEAST_VISIBLE_PART,
    MIRRORED,
    Placement,
    move_points,
    of_indices,
    placement,
)
from edge_agent.models.training.learning.sample import HIDDEN, OUTSIDE, SEEN, UNKNOWN, Sample

LEAST_LEFT = 0.3
"""A person of whom a paste leaves less than this part of the joints in view is no longer asked for."""


def paste(sample: Sample, cut_out: CutOut, rng: np.random.Generator) -> Sample:
    """Puts a cut-out person somewhere on the picture, over whatever is there.

    The size is drawn log-uniform from 15 % to 110 % of the picture's height; one in eight is turned by about 90
    degrees, since people on the floor are rare in pictures and are what this detector is for.
    """
    height, width = sample.picture.shape[:2]
    tall = max(cut_out.rgba.shape[:2])
    scale = float(np.exp(rng.uniform(np.log(0.15), np.log(1.1)))) * height / tall
    turn_deg = rng.normal(0, 8) + (rng.choice((-90.0, 90.0)) if rng.random() < 0.125 else 0.0)
    middle = cut_out.rgba.shape[1] / 2, cut_out.rgba.shape[0] / 2
    onto = rng.uniform(0.05, 0.95) * width, rng.uniform(0.2, 0.9) * height
    how = placement(middle, onto, scale, turn_deg, mirrored=bool(rng.random() < 0.5))
    return _blend(sample, cut_out, how, rng)


def _blend(sample: Sample, cut_out: CutOut, how: Placement, rng: np.random.Generator) -> Sample:
    height, width = sample.picture.shape[:2]
    rgba, matrix = _shrunk(cut_out.rgba, how.matrix)
    layer = cv2.warpAffine(rgba, of_indices(matrix), (width, height), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0, 0))
    alpha = layer[:, :, 3:].astype(np.float32) / 255
    rows, columns = np.nonzero(alpha[:, :, 0] > 0.5)
    whole = (rgba[:, :, 3] > 127).sum() * abs(np.linalg.det(matrix[:, :2]))
    if len(rows) < max(60, LEAST_VISIBLE_PART * whole) or max(np.ptp(rows), np.ptp(columns)) < LEAST_LENGTH_PX:
        return sample
    gain = rng.uniform(0.7, 1.25) * rng.uniform(0.93, 1.07, 3)
    person = np.clip(layer[:, :, :3] * gain, 0, 255)
    picture = (sample.picture * (1 - alpha) + person * alpha).astype(np.uint8)
    keypoints, flags = move_points(cut_out.keypoints_px, how.matrix), cut_out.flags
    if how.mirrored:
        keypoints, flags = keypoints[MIRRORED], flags[MIRRORED]
    out = ((keypoints < 0) | (keypoints >= (width, height))).any(axis=-1)
    flags = np.where(out & (flags != UNKNOWN), OUTSIDE, flags).astype(np.int8)
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float32)
    below = hide(replace(sample, picture=picture), alpha[:, :, 0] > 0.5)
    return replace(
        below,
        boxes_px=np.concatenate((below.boxes_px, box[None])),
        keypoints_px=np.concatenate((below.keypoints_px, keypoints[None])),
        flags=np.concatenate((below.flags, flags[None])),
    )


def erase(sample: Sample, rng: np.random.Generator) -> Sample:
    """Lays a patch of one colour, of noise, or cut from elsewhere in the picture over a part of one person."""
    if not len(sample.boxes_px):
        return sample
    x0, y0, x1, y1 = sample.boxes_px[rng.integers(len(sample.boxes_px))]
    wide = max(4, int((x1 - x0) * rng.uniform(0.25, 0.8)))
    tall = max(4, int((y1 - y0) * rng.uniform(0.15, 0.5)))
    left, top = int(rng.uniform(x0 - wide / 2, x1 - wide / 2)), int(rng.uniform(y0 - tall / 2, y1 - tall / 2))
    picture = sample.picture.copy()
    height, width = picture.shape[:2]
    covered = np.zeros((height, width), bool)
    covered[max(0, top) : max(0, top + tall), max(0, left) : max(0, left + wide)] = True
    if not covered.any():
        return sample
    picture[covered] = _patch(picture, int(covered.sum()), rng)
    return hide(replace(sample, picture=picture), covered)


def hide(sample: Sample, covered: npt.NDArray[np.bool_]) -> Sample:
    """Marks the keypoints under a mask `(H, W)` as hidden; who is almost gone becomes a region to ignore."""
    height, width = covered.shape
    columns = np.clip(sample.keypoints_px[..., 0].astype(int), 0, width - 1)
    rows = np.clip(sample.keypoints_px[..., 1].astype(int), 0, height - 1)
    under = covered[rows, columns] & (sample.flags >= HIDDEN)
    seen_before = (sample.flags == SEEN).sum(axis=1)
    flags = np.where(under, HIDDEN, sample.flags).astype(np.int8)
    left = (flags == SEEN).sum(axis=1) >= LEAST_LEFT * seen_before
    return replace(
        sample,
        boxes_px=sample.boxes_px[left],
        keypoints_px=sample.keypoints_px[left],
        flags=flags[left],
        ignore_px=np.concatenate((sample.ignore_px, sample.boxes_px[~left])),
    )


def _patch(picture: npt.NDArray[np.uint8], count: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    draw = rng.random()
    if draw < 0.4:
        return np.asarray(np.broadcast_to(rng.integers(0, 256, 3, dtype=np.uint8), (count, 3)))
    if draw < 0.6:
        return rng.integers(0, 256, (count, 3), dtype=np.uint8)
    start = int(rng.integers(0, max(1, picture.shape[0] * picture.shape[1] - count)))
    return np.array(picture.reshape(-1, 3)[start : start + count])


def _shrunk(
    rgba: npt.NDArray[np.uint8], matrix: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale > 0.6:
        return rgba, matrix
    height, width = rgba.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    smaller = np.asarray(cv2.resize(rgba, size, interpolation=cv2.INTER_AREA), np.uint8)
    back = np.diag([width / size[0], height / size[1]])
    return smaller, np.column_stack((matrix[:, :2] @ back, matrix[:, 2]))
