"""Which detection belongs to which track.

Two stages after Zhang et al., *ByteTrack* (ECCV 2022): confident detections first, against every track; then what is
left of the tracks against the unsure detections, which in a fall are often all that there is. Each stage is a linear
assignment, solved after Jonker and Volgenant (Computing, 1987).
"""

from __future__ import annotations

from dataclasses import dataclass

import lap
import numpy as np
import numpy.typing as npt

from edge_agent.data.boxes import areas, iou
from edge_agent.data.keypoints import OKS_SIGMAS
from edge_agent.data.pose import Poses
from edge_agent.track.measurement import LEAST_CONFIDENCE

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# A prediction is worse than a human annotation, so object keypoint similarity is widened: three times the sigmas of
# the COCO keypoint evaluation, chosen so that even an eye, the strictest joint, still counts for half when it is off
# by a tenth of the height of a standing person's box.
_OKS_WIDENING = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Pairs of track and detection, and what stayed alone.

    Attributes:
        tracks: ``(P,)`` rows of the matched tracks.
        detections: ``(P,)`` rows of their detections.
        new: Rows of the confident detections that belong to no track.
    """

    tracks: Indices
    detections: Indices
    new: Indices


def associate(boxes_px: Floats, keypoints_px: Floats, poses: Poses, high_score: float, least: float) -> Matches:
    """Match predicted tracks with detections.

    Args:
        boxes_px: ``(T, 4)`` predicted boxes.
        keypoints_px: ``(T, 17, 2)`` predicted keypoints.
        poses: D detections.
        high_score: From this score on a detection takes part in the first stage and may start a track.
        least: Pairs less alike than this (0..1) are never matched.
    """
    alike = similarity(boxes_px, keypoints_px, poses)
    high = np.flatnonzero(poses.scores >= high_score)
    low = np.flatnonzero(poses.scores < high_score)
    tracks = np.arange(len(boxes_px))
    first_t, first_d = _assign(alike, tracks, high, least)
    second_t, second_d = _assign(alike, np.setdiff1d(tracks, first_t), low, least)
    return Matches(
        np.concatenate([first_t, second_t]), np.concatenate([first_d, second_d]), np.setdiff1d(high, first_d)
    )


def similarity(boxes_px: Floats, keypoints_px: Floats, poses: Poses) -> Floats:
    """Mean of box IoU and widened keypoint similarity, ``(T, D)`` in 0..1."""
    overlap = iou(boxes_px, np.asarray(poses.boxes_px, np.float64))
    if overlap.size == 0:
        return overlap
    # x and y apart: numpy is slow at sums over an axis of two.
    dx_px = keypoints_px[:, None, :, 0] - poses.keypoints_px[None, :, :, 0]
    dy_px = keypoints_px[:, None, :, 1] - poses.keypoints_px[None, :, :, 1]
    scale2 = np.maximum(areas(poses.boxes_px), 1.0)[:, None]
    variance = scale2 * (2.0 * _OKS_WIDENING * OKS_SIGMAS) ** 2
    weight = np.where(poses.keypoint_confidences >= LEAST_CONFIDENCE, poses.keypoint_confidences, 0.0)
    total = np.sum(weight, axis=-1)
    near = np.exp((dx_px * dx_px + dy_px * dy_px) * (-0.5 / variance))
    oks = np.einsum("tdk,dk->td", near, weight) / np.maximum(total, 1e-6)
    # Where the detector placed no keypoint, the box alone has to do.
    return np.asarray(np.where(total > 0.0, 0.5 * (overlap + oks), overlap))


def _assign(alike: Floats, tracks: Indices, detections: Indices, least: float) -> tuple[Indices, Indices]:
    if not len(tracks) or not len(detections):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    part = alike[np.ix_(tracks, detections)]
    # Pairs under the limit (and NaN) cost as much as none, so they cannot push a good pair aside.
    _, columns, _ = lap.lapjv(1.0 - np.where(part >= least, part, 0.0), extend_cost=True)
    rows = np.flatnonzero(columns >= 0)
    rows = rows[part[rows, columns[rows]] >= least]
    return tracks[rows], detections[columns[rows]]
