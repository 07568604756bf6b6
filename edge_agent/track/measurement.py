"""What a detection measures of a person's filtered points, and how well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT, OKS_SIGMAS
from edge_agent.data.pose import Poses
from edge_agent.track.flow_on_person import FlowOnPerson

Floats = npt.NDArray[np.float64]

# The filtered points of a person: 17 keypoints, then the top-left and the bottom-right corner of the box.
POINTS = KEYPOINT_COUNT + 2
# How far the detector moves a joint from frame to frame is a part of how far annotators disagree (OKS sigmas); a
# quarter is what the public int8 exports show on a person standing still.
_JITTER = np.concatenate([0.25 * OKS_SIGMAS, [0.02, 0.02]])
# Below this confidence the place of a keypoint is the network's guess of an unseen joint.
LEAST_CONFIDENCE = 0.2
# Farneback errs by about a quarter of a grid pixel: one pixel of a frame 640 wide, on a person 100 pixels tall. Were
# this larger, the filter would hold back the joints of somebody who falls until they are beside the person.
_FLOW_JITTER = 0.01
# No box grows or shrinks by a quarter of itself between two frames; of unsure detections the three sigmas of their own.
_ASTRAY, _ASTRAY_SIGMAS = 0.25, 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """N persons as measured.

    Attributes:
        z_px: ``(N, 19, 2)`` positions in frame pixels.
        R_px2: ``(N, 19)`` variances; infinite where a point was not measured.
    """

    z_px: Floats
    R_px2: Floats


def boxes(points_px: Floats) -> Floats:
    """Boxes ``(N, 4)`` of ``(N, 19, 2)`` points; corners are filtered apart, so two of a thin box may change places."""
    return np.sort(points_px[:, KEYPOINT_COUNT:], axis=1).reshape(-1, 4)


def sizes(points_px: Floats) -> Floats:
    """Size of each person in pixels: the longer side of the box, at least 1."""
    extent = np.abs(points_px[:, KEYPOINT_COUNT + 1] - points_px[:, KEYPOINT_COUNT])
    return np.asarray(np.maximum(np.maximum(extent[:, 0], extent[:, 1]), 1.0))


def of_detections(poses: Poses, rows: npt.NDArray[np.intp]) -> Measurement:
    """Points of the detections at these rows; the variance follows the size and each keypoint's confidence."""
    corners = np.asarray(poses.boxes_px[rows], np.float64).reshape(-1, 2, 2)
    z_px = np.concatenate([np.asarray(poses.keypoints_px[rows], np.float64), corners], axis=1)
    confidence = np.concatenate(
        [
            np.asarray(poses.keypoint_confidences[rows], np.float64),
            np.repeat(np.asarray(poses.scores[rows], np.float64)[:, None], 2, axis=1),
        ],
        axis=1,
    )
    seen = confidence >= LEAST_CONFIDENCE
    seen[:, KEYPOINT_COUNT:] = True
    sigma_px = _JITTER * sizes(z_px)[:, None] / np.maximum(confidence, 0.1)
    return Measurement(z_px, np.where(seen, sigma_px**2, np.inf))


def of_flow(points_px: Floats, motion: FlowOnPerson) -> Measurement:
    """Points carried from the frame before by optical flow: joints each on its own, the box as a whole."""
    corners_px = np.repeat(motion.body_px[:, None], 2, axis=1)
    sigma_px = np.broadcast_to(_FLOW_JITTER * sizes(points_px)[:, None], points_px.shape[:2])
    return Measurement(points_px + np.concatenate([motion.joints_px, corners_px], axis=1), sigma_px**2)


def corners_astray(predicted_px: Floats, found: Measurement) -> npt.NDArray[np.bool_]:
    """Which corners of boxes are where the detection rules them out, ``(N, 19)``.

    A corner that was led astray, as by one detection of a hand alone, keeps its speed; flow then holds it where it
    ends, ever more surely, and unsure detections cannot bring it back.

    Args:
        predicted_px: ``(N, 19, 2)`` where the points were expected.
        found: What was detected; infinite variance where nothing was.
    """
    away_px = np.abs(found.z_px - predicted_px).max(axis=-1)
    least_px = np.maximum(_ASTRAY_SIGMAS * np.sqrt(found.R_px2), _ASTRAY * sizes(found.z_px)[:, None])
    astray = np.isfinite(found.R_px2) & (away_px > least_px)
    astray[:, :KEYPOINT_COUNT] = False  # a joint in a fall is as fast
    return np.asarray(astray)


def unmeasured(count: int) -> Measurement:
    """Nothing was measured of so many persons."""
    return Measurement(np.zeros((count, POINTS, 2)), np.full((count, POINTS), np.inf))


def prefer(best: Measurement, rest: Measurement) -> Measurement:
    """The best measurement where it has a point, the rest elsewhere."""
    there = np.isfinite(best.R_px2)
    return Measurement(np.where(there[..., None], best.z_px, rest.z_px), np.where(there, best.R_px2, rest.R_px2))
