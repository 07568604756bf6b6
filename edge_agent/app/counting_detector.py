"""The detector of the moment: it can be changed between two frames, and keeps numbers of what it found."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edge_agent.data.pose import Poses
from edge_agent.pipeline import Detector, DetectorTimings
from edge_agent.rules.trust import SURE
from edge_agent.update.model_statistics import ModelStatistics

_RECENT_CALLS = 500


class CountingDetector:
    """Hands each frame to the model that is in force. Nothing that it keeps tells of anybody in particular.

    Args:
        person_score: A detection from this score on counts as a person.
        now_s: Monotonic seconds.
    """

    def __init__(self, person_score: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._person_score = person_score
        self._now_s = now_s
        self._lock = threading.Lock()
        self._detect: Detector | None = None
        self._counted = ModelStatistics(digest="")
        self._calls_ms: deque[float] = deque(maxlen=_RECENT_CALLS)
        self._since_s = now_s()

    def put(self, detect: Detector, counted: ModelStatistics) -> None:
        """Use another model from the next frame on.

        Args:
            detect: The open model.
            counted: What is known of it already, which is gone on with.
        """
        with self._lock:
            self._detect, self._counted = detect, counted
            self._calls_ms.clear()
            self._since_s = self._now_s()

    @property
    def last_timings(self) -> DetectorTimings:
        """Of the last call."""
        return self._model().last_timings

    def __call__(self, image: npt.NDArray[np.uint8]) -> Poses:
        """Persons in a ``(H, W, 3)`` uint8 BGR picture, in its pixels; as the model in force finds them.

        Raises:
            ModelRefused: The network stopped running.
        """
        detect = self._model()
        poses = detect(image)
        took = detect.last_timings
        persons = poses.scores >= self._person_score
        count = int(np.count_nonzero(persons))
        with self._lock:
            self._calls_ms.append(took.letterbox_ms + took.invoke_ms + took.postprocess_ms)
            before = self._counted
            self._counted = replace(before, frames=before.frames + 1)
            if count:
                self._count(count, float(poses.scores[persons].sum()), poses.keypoint_confidences[persons])
        return poses

    def statistics(self) -> ModelStatistics:
        """What the model in force did since it came. Any thread."""
        with self._lock:
            now_s = self._now_s()
            calls_ms = sorted(self._calls_ms)
            self._counted = replace(self._counted, watched_s=self._counted.watched_s + now_s - self._since_s)
            self._since_s = now_s
            return replace(
                self._counted,
                latency_ms_p50=_quantile(calls_ms, 0.5),
                latency_ms_p95=_quantile(calls_ms, 0.95),
            )

    def forget_half(self) -> None:
        """Let what was long ago count less."""
        with self._lock:
            self._counted = self._counted.halved()

    def _count(self, count: int, score_sum: float, confidences: npt.NDArray[np.float32]) -> None:
        before = self._counted
        self._counted = replace(
            before,
            frames_with_person=before.frames_with_person + 1,
            persons=before.persons + count,
            score_sum=before.score_sum + score_sum,
            keypoints=before.keypoints + confidences.size,
            keypoints_missing=before.keypoints_missing + int(np.count_nonzero(confidences < SURE)),
        )

    def _model(self) -> Detector:
        if self._detect is None:
            raise RuntimeError("put comes before the first frame")
        return self._detect


def _quantile(ordered: list[float], share: float) -> float | None:
    return round(ordered[int(share * (len(ordered) - 1))], 2) if ordered else None
