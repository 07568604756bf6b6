"""Persons followed over time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class TrackState(str, Enum):
    """Where a track is in its life."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person, in frame pixels (origin top left, x right, y down).

    Attributes:
        id: Number of the track within this run of the agent; never leaves the device.
        state: Tentative, confirmed or lost.
        first_seen_s: Monotonic seconds of the first detection.
        last_seen_s: Monotonic seconds of the latest detection.
        score: Detector score of the latest detection.
        box_px: ``(4,)`` float64, x1 y1 x2 y2, filtered.
        keypoints_px: ``(17, 2)`` float64, filtered; carried by optical flow while the detector does not see them.
        velocities_px_s: ``(17, 2)`` float64.
        confidences: ``(17,)`` float64 in 0..1; fades while a keypoint is not seen.
        motion_px_s: Mean speed of optical flow on the person against the picture: what moves, in whatever direction.
    """

    id: int
    state: TrackState
    first_seen_s: float
    last_seen_s: float
    score: float
    box_px: Floats
    keypoints_px: Floats
    velocities_px_s: Floats
    confidences: Floats
    motion_px_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Everybody who is followed in one frame.

    Attributes:
        camera: Name of the camera.
        t_s: Monotonic seconds of the frame.
        width_px: Width of the frame.
        height_px: Height of the frame.
        people: Tracks in order of their id, tentative ones left out.
        camera_px_s: Speed of the whole picture: the camera itself was pushed.
    """

    camera: str
    t_s: float
    width_px: int
    height_px: int
    people: tuple[Track, ...]
    camera_px_s: float = 0.0
