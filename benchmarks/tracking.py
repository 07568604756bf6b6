"""What following twenty persons costs a frame, against one filterpy `KalmanFilter` per joint.

    python benchmarks/tracking.py [--persons N] [--frames N]

One thread. Persons walk about in a 1280x720 picture at 30 frames a second; every frame holds a noisy detection of each
and a flow field. `track_ms` is the whole stage: flow on the persons, prediction, association, correction, life cycle.
`kalman_ms` is the batched prediction and correction alone, on the same points; `filterpy_ms` the same work by one
filter object a joint. The three take turns on each frame, so that all see the same machine. Prints one JSON object;
``track_ms`` is to stay under ``limit_ms`` for twenty persons.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from statistics import median, quantiles
from typing import Any

import numpy as np
import numpy.typing as npt
from filterpy.common import Q_discrete_white_noise
from filterpy.kalman import KalmanFilter

from edge_agent.data.flow import Flow
from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.pose import Poses
from edge_agent.track import kalman
from edge_agent.track.measurement import of_detections
from edge_agent.track.pose_to_track import PoseToTrack

Floats = npt.NDArray[np.float64]

_LIMIT_MS = 1.0
_WARM_UP_FRAMES = 10
_DT_S = 1.0 / 30.0
_SIZE_PX = (1280, 720)
_GRID_PX = (90, 160, 2)
_SCALE_PX = 8.0
_BODY_PX = (60.0, 160.0)
_R_PX2 = 9.0
_ACCELERATION_PX2_S4 = 640.0**2
_SPEED_PX_S = 160.0


class FilterpyPerJoint:
    """One four-state filter (x, y and their velocities) for each joint of each person."""

    def __init__(self, z_px: Floats) -> None:
        self._filters = [_filter(z) for z in z_px.reshape(-1, 2)]

    def __call__(self, z_px: Floats) -> None:
        """Predict and correct every joint."""
        for one, z in zip(self._filters, z_px.reshape(-1, 2), strict=True):
            one.predict()
            one.update(z)


class BatchedKalman:
    """All joints of all persons at once, as the tracker does it."""

    def __init__(self, z_px: Floats) -> None:
        self._R_px2 = np.full(z_px.shape[:2], _R_PX2)
        self._state = kalman.initiate(z_px, self._R_px2, np.full(z_px.shape[:2], _SPEED_PX_S))
        self._q_px2_s4 = np.array(_ACCELERATION_PX2_S4)

    def __call__(self, z_px: Floats) -> None:
        """Predict and correct every joint."""
        self._state = kalman.update(kalman.predict(self._state, _DT_S, self._q_px2_s4), z_px, self._R_px2)


def measure(persons: int, frames: int) -> dict[str, Any]:
    """Medians over so many frames, in milliseconds."""
    track = PoseToTrack()
    batched: BatchedKalman | None = None
    filterpy: FilterpyPerJoint | None = None
    track_ms: list[float] = []
    batched_ms: list[float] = []
    filterpy_ms: list[float] = []
    followed = 0
    for number, (poses, flow) in enumerate(_walkers(persons, frames + _WARM_UP_FRAMES)):
        z_px = of_detections(poses, np.arange(persons)).z_px
        batched, filterpy = batched or BatchedKalman(z_px), filterpy or FilterpyPerJoint(z_px)
        times_s = [time.perf_counter()]
        tracks = track(poses, flow, "camera", _SIZE_PX)
        times_s.append(time.perf_counter())
        batched(z_px)
        times_s.append(time.perf_counter())
        filterpy(z_px)
        times_s.append(time.perf_counter())
        if number >= _WARM_UP_FRAMES:
            followed = max(followed, len(tracks.people))
            for kept, took_s in zip((track_ms, batched_ms, filterpy_ms), np.diff(times_s).tolist(), strict=True):
                kept.append(1e3 * took_s)
    return {
        "persons": persons,
        "followed": followed,
        "frames": len(track_ms),
        "track_ms": round(median(track_ms), 3),
        "track_p95_ms": round(quantiles(track_ms, n=20)[-1], 3),
        "limit_ms": _LIMIT_MS,
        "kalman_ms": round(median(batched_ms), 3),
        "filterpy_ms": round(median(filterpy_ms), 3),
        "filterpy_over_kalman": round(median(filterpy_ms) / median(batched_ms), 1),
        "filterpy_over_track": round(median(filterpy_ms) / median(track_ms), 1),
    }


def _walkers(persons: int, frames: int) -> Iterator[tuple[Poses, Flow]]:
    """Persons who walk at constant velocity, detected with a jitter of a pixel, and a flow field of noise."""
    random = np.random.default_rng(7)
    body_px = random.uniform(0.0, 1.0, (KEYPOINT_COUNT, 2)) * _BODY_PX
    start_px = random.uniform(0.0, 1.0, (persons, 2)) * (np.array(_SIZE_PX) - _BODY_PX)
    velocity_px_s = random.uniform(-60.0, 60.0, (persons, 2))
    for number in range(frames):
        t_s = number * _DT_S
        corner_px = (start_px + velocity_px_s * t_s)[:, None]
        keypoints_px = corner_px + body_px + random.normal(0.0, 1.0, (persons, KEYPOINT_COUNT, 2))
        boxes_px = np.concatenate([keypoints_px.min(axis=1) - 5.0, keypoints_px.max(axis=1) + 5.0], axis=1)
        poses = Poses(
            boxes_px.astype(np.float32),
            np.full(persons, 0.8, np.float32),
            keypoints_px.astype(np.float32),
            random.uniform(0.3, 1.0, (persons, KEYPOINT_COUNT)).astype(np.float32),
        )
        field = random.normal(0.0, 0.05, _GRID_PX).astype(np.float32)
        yield poses, Flow(t_s, _DT_S if number else 0.0, field, _SCALE_PX, 0.0)


def _filter(z_px: Floats) -> Any:
    one = KalmanFilter(dim_x=4, dim_z=2)
    one.x = np.array([z_px[0], 0.0, z_px[1], 0.0])
    one.F = np.kron(np.eye(2), np.array([[1.0, _DT_S], [0.0, 1.0]]))
    one.H = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
    one.P = np.diag([_R_PX2, _SPEED_PX_S**2] * 2)
    one.R = np.eye(2) * _R_PX2
    one.Q = np.kron(np.eye(2), Q_discrete_white_noise(2, _DT_S, _ACCELERATION_PX2_S4))
    return one


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=20, help="(%(default)s)")
    parser.add_argument("--frames", type=int, default=200, help="(%(default)s)")
    args = parser.parse_args()
    print(json.dumps(measure(args.persons, args.frames), indent=1))


if __name__ == "__main__":
    main()
