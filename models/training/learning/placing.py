"""Moves a sample onto a canvas: shift, scale, rotation, mirror."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.learning.sample import OUTSIDE, UNKNOWN, Sample

MIRRORED = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
"""COCO's keypoints in a mirror: left and right change places."""

LEAST_VISIBLE_PART = 0.2
"""A person of whom less than this part of the box is left by the border is not asked for."""

LEAST_SIDE_PX, LEAST_LENGTH_PX = 5.0, 20.0
"""Nor is one whose box is narrower than the first or wholly smaller than the second: 17 joints need some pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where a picture goes.

    Attributes:
        matrix: float64 `(2, 3)`, the picture's pixels to the canvas'.
        mirrored: whether the matrix turns left into right.
    """

    matrix: npt.NDArray[np.float64]
    mirrored: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the canvas: left, top, right, bottom in whole pixels."""

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int


def placement(
    middle_px: tuple[float, float], onto_px: tuple[float, float], scale: float, turn_deg: float, *, mirrored: bool
) -> Placement:
    """Builds the map that puts the picture's `middle_px` on the canvas' `onto_px`, scaled and turned about it."""
    turn = np.deg2rad(turn_deg)
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([-1.0 if mirrored else 1.0, 1.0])
    shift = np.asarray(onto_px) - linear @ np.asarray(middle_px)
    return Placement(np.column_stack((linear, shift)), mirrored)


def place(sample: Sample, how: Placement, canvas: npt.NDArray[np.uint8], region: Region) -> Sample:
    """Draws the sample's picture into a region of the canvas and returns its persons there.

    Args:
        sample: what to place.
        how: the map.
        canvas: uint8 `(H, W, 3)`, drawn on.
        region: nothing is drawn outside of it, and persons end at its border.

    Returns:
        A sample whose picture is the canvas.
    """
    width, height = region.right_px - region.left_px, region.bottom_px - region.top_px
    matrix = how.matrix.copy()
    matrix[:, 2] -= (region.left_px, region.top_px)
    scale = float(np.sqrt(abs(np.linalg.det(how.matrix[:, :2]))))
    picture, matrix = _reduced(sample.picture, matrix, scale)
    target = np.ascontiguousarray(canvas[region.top_px : region.bottom_px, region.left_px : region.right_px])
    cv2.warpAffine(
        picture,
        of_indices(matrix),
        (width, height),
        dst=target,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    canvas[region.top_px : region.bottom_px, region.left_px : region.right_px] = target
    return _persons_there(sample, how, canvas, region)


def of_indices(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turns a map of points into one of OpenCV's pixel indices.

    Labels, anchors and the agent's letterbox count from the picture's edge, where the middle of the first pixel is 0.5;
    `cv2.warpAffine` calls it 0. Without this a mirrored picture and its labels are one pixel apart.
    """
    return np.column_stack((matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ (0.5, 0.5) - 0.5))


def move_points(points_px: npt.NDArray[np.float32], matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Maps points `(..., 2)` by a `(2, 3)` matrix."""
    return np.asarray(points_px @ matrix[:, :2].T + matrix[:, 2], np.float32)


def move_boxes(boxes_px: npt.NDArray[np.float32], matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Maps boxes `(P, 4)`: the upright box around the moved middles of the edges and the shrunken corners.

    A person does not fill the corners of the box, so the box around the turned corners would be too large; the octagon
    that cuts a quarter off each corner is nearer to the outline.
    """
    if not len(boxes_px):
        return boxes_px
    x0, y0, x1, y1 = boxes_px.T
    a, b = 0.75, 0.25
    xs = np.stack((a * x0 + b * x1, b * x0 + a * x1, x1, x1, b * x0 + a * x1, a * x0 + b * x1, x0, x0), axis=1)
    ys = np.stack((y0, y0, a * y0 + b * y1, b * y0 + a * y1, y1, y1, b * y0 + a * y1, a * y0 + b * y1), axis=1)
    corners = move_points(np.stack((xs, ys), axis=-1), matrix)
    return np.concatenate((corners.min(axis=1), corners.max(axis=1)), axis=1).astype(np.float32)


def _around(boxes_px: npt.NDArray[np.float32], matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The upright boxes around moved regions `(Q, 4)`, corners and all: whoever is ignored may be anywhere in them."""
    if not len(boxes_px):
        return boxes_px
    corners = move_points(boxes_px[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2), matrix)
    return np.concatenate((corners.min(axis=1), corners.max(axis=1)), axis=1).astype(np.float32)


def _reduced(
    picture: npt.NDArray[np.uint8], matrix: npt.NDArray[np.float64], scale: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    # warpAffine does not average: a strong reduction first shrinks by areas, or the picture would glitter. From the
    # same reduction on as the agent's letterbox, so that pictures look as they will there.
    if scale > 1 / 3:
        return picture, matrix
    height, width = picture.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    smaller = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    back = np.diag([width / size[0], height / size[1]])
    return smaller, np.column_stack((matrix[:, :2] @ back, matrix[:, 2]))


def _persons_there(sample: Sample, how: Placement, canvas: npt.NDArray[np.uint8], region: Region) -> Sample:
    keypoints, flags = move_points(sample.keypoints_px, how.matrix), sample.flags.copy()
    if how.mirrored:
        keypoints, flags = keypoints[:, MIRRORED], flags[:, MIRRORED]
    low = np.array([region.left_px, region.top_px], np.float32)
    high = np.array([region.right_px, region.bottom_px], np.float32)
    out = ((keypoints < low) | (keypoints >= high)).any(axis=-1)
    flags = np.where(out & (flags != UNKNOWN), OUTSIDE, flags).astype(np.int8)
    whole = move_boxes(sample.boxes_px, how.matrix)
    boxes = np.clip(whole, np.tile(low, 2), np.tile(high, 2))
    sides, full = boxes[:, 2:] - boxes[:, :2], whole[:, 2:] - whole[:, :2]
    large = (sides.min(axis=1, initial=np.inf) >= LEAST_SIDE_PX) & (sides.max(axis=1, initial=0) >= LEAST_LENGTH_PX)
    kept = large & (sides.prod(axis=1) >= LEAST_VISIBLE_PART * full.prod(axis=1))
    ignore = np.clip(_around(sample.ignore_px, how.matrix), np.tile(low, 2), np.tile(high, 2))
    dropped = boxes[~kept]
    return Sample(
        picture=canvas,
        boxes_px=boxes[kept],
        keypoints_px=keypoints[kept],
        flags=flags[kept],
        ignore_px=np.concatenate((ignore, dropped)).astype(np.float32),
    )
