"""Detections of people made of numbers, and flow fields for those who test the tracker without pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge_agent.data.flow import Flow
from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.pose import Poses
from edge_agent.data.track import Tracks
from edge_agent.track.pose_to_track import PoseToTrack

Floats = npt.NDArray[np.float64]
SIZE_PX = (1280, 720)

# A standing figure in a box of 1 x 1, COCO order: head, arms, legs.
FIGURE = np.array(
    [
        [0.50, 0.08], [0.53, 0.06], [0.47, 0.06], [0.57, 0.08], [0.43, 0.08], [0.70, 0.20], [0.30, 0.20],
        [0.80, 0.36], [0.20, 0.36], [0.80, 0.50], [0.20, 0.50], [0.62, 0.50], [0.38, 0.50], [0.62, 0.73],
        [0.38, 0.73], [0.62, 0.95], [0.38, 0.95],
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One detection: middle, size, score of the person and confidence of the joints."""

    x_px: float
    y_px: float
    score: float = 0.9
    confidence: float = 0.9
    width_px: float = 60.0
    height_px: float = 160.0

    def at(self, x_px: float, y_px: float) -> Seen:
        return replace(self, x_px=x_px, y_px=y_px)

    @property
    def box_px(self) -> Floats:
        half = np.array([self.width_px, self.height_px]) / 2.0
        middle = np.array([self.x_px, self.y_px])
        return np.concatenate([middle - half, middle + half])

    @property
    def keypoints_px(self) -> Floats:
        return np.asarray(self.box_px[:2] + FIGURE * [self.width_px, self.height_px])


def poses(people: Iterable[Seen], noise_px: float = 0.0, seed: int = 0) -> Poses:
    """As the detector reports them, in the order given."""
    people = list(people)
    if not people:
        return Poses.empty()
    noise = np.random.default_rng(seed).normal(0.0, noise_px, (len(people), KEYPOINT_COUNT, 2))
    return Poses(
        np.stack([person.box_px for person in people]).astype(np.float32),
        np.array([person.score for person in people], np.float32),
        (np.stack([person.keypoints_px for person in people]) + noise).astype(np.float32),
        np.array([[person.confidence] * KEYPOINT_COUNT for person in people], np.float32),
    )


def no_flow(t_s: float) -> Flow:
    """Nothing to compare with."""
    return Flow(t_s, 0.0, np.zeros((90, 160, 2), np.float32), 8.0, np.zeros(2, np.float32))


def even_flow(t_s: float, dt_s: float, velocity_px_s: Sequence[float] = (0.0, 0.0)) -> Flow:
    """Everything moves at this velocity."""
    field = np.zeros((90, 160, 2), np.float32) + np.array(velocity_px_s, np.float32) * np.float32(dt_s / 8.0)
    return Flow(t_s, dt_s, field, 8.0, np.zeros(2, np.float32))


class Film:
    """Shows people to a tracker at a frame rate; without flow unless told."""

    def __init__(self, fps: float, start_s: float = 100.0, tracker: PoseToTrack | None = None) -> None:
        self.dt_s = 1.0 / fps
        self.tracker = tracker or PoseToTrack()
        self._start_s = start_s
        self._number = 0

    @property
    def next_s(self) -> float:
        """Time of the next frame since the film began."""
        return self._number * self.dt_s

    def show(self, *people: Seen, flow_px_s: Sequence[float] | None = None, noise_px: float = 0.0) -> Tracks:
        """What the tracker follows after one more frame."""
        t_s = self._start_s + self.next_s
        flow = no_flow(t_s) if flow_px_s is None else even_flow(t_s, self.dt_s, flow_px_s)
        found = poses(people, noise_px, seed=self._number)
        self._number += 1
        return self.tracker(found, flow, "c", SIZE_PX)

    def rest(self, flow_px_s: Sequence[float]) -> Tracks:
        """What the tracker follows after a frame on which the detector did not look."""
        t_s = self._start_s + self.next_s
        self._number += 1
        return self.tracker(None, even_flow(t_s, self.dt_s, flow_px_s), "c", SIZE_PX)
