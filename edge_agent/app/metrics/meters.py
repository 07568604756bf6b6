"""What is counted while frames are judged. The only part of the metrics that the hot path pays for.

Names follow Prometheus, "Metric and label naming": base units, unit as suffix, `_total` on what only grows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Histogram

from edge_agent.app.metrics.possible_events import possible_events
from edge_agent.data.event import Event
from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.pose import Poses
from edge_agent.pipeline import Outcome
from edge_agent.track.measurement import LEAST_CONFIDENCE

# From a tenth of a millisecond (rules) to seconds (a throttled Raspberry Pi), each 1.6 times the one before, so that a
# quantile read from the buckets errs by a quarter at most. Our own.
_SECONDS = (
    0.0001, 0.0002, 0.0004, 0.0008, 0.0016, 0.0025, 0.004, 0.0064, 0.01, 0.016, 0.025, 0.04, 0.064, 0.1, 0.16, 0.25,
    0.4, 0.64, 1.0, 2.5,
)  # fmt: skip
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_STAGES = ("letterbox", "inference", "postprocess", "flow", "track", "posture", "rules", "step")


@dataclass(frozen=True, slots=True)
class InView:
    """Who is in a camera's view.

    Attributes:
        persons: Seen now.
        tracks: Followed now, lost ones too.
    """

    persons: int = 0
    tracks: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _OfCamera:
    """Children of every metric for one camera, looked up once.

    Attributes:
        stages: In the order of `_STAGES`.
        latency: From a frame's stamp to its events.
        inferences: Calls of the network.
        keypoints: Of persons that the network found.
        missing: Those of them that are guesses.
        confidence: Of persons that the network found.
    """

    stages: tuple[Histogram, ...]
    latency: Histogram
    inferences: Counter
    keypoints: Counter
    missing: Counter
    confidence: Histogram


class Meters:
    """The vision thread's counters; any thread may read them through the registry.

    Attributes:
        in_view: By camera, at its last frame that was judged.
    """

    def __init__(
        self, registry: CollectorRegistry, cameras: tuple[str, ...], model: str, person_score: Callable[[], float]
    ) -> None:
        """Make the metrics.

        Args:
            registry: Where they are read.
            cameras: Names of all.
            model: Name and version of the pose model that begins.
            person_score: A detection from this score on counts as a person; what scores less is mostly none, and says
                nothing of how well persons are seen.
        """
        self._names = cameras
        self._person_score = person_score
        self.in_view = dict.fromkeys(cameras, InView())
        labels = ("camera", "model")
        self._stage = Histogram(
            "edge_agent_stage_seconds",
            "Time of one stage on one frame; `step` is all of them.",
            ("camera", "stage", "model"),
            registry=registry,
            buckets=_SECONDS,
        )
        self._latency = Histogram(
            "edge_agent_frame_latency_seconds",
            "From the exposure of a frame to the end of its step.",
            labels,
            registry=registry,
            buckets=_SECONDS,
        )
        self._inferences = Counter(
            "edge_agent_inferences", "Frames on which the network ran.", labels, registry=registry
        )
        self._keypoints = Counter("edge_agent_keypoints", "Keypoints of persons found.", labels, registry=registry)
        self._missing = Counter(
            "edge_agent_keypoints_missing", "Keypoints that the network only guessed.", labels, registry=registry
        )
        self._confidence = Histogram(
            "edge_agent_person_confidence_ratio",
            "Scores of persons found; a shift from week to week is drift.",
            labels,
            registry=registry,
            buckets=_CONFIDENCES,
        )
        self._events = Counter(
            "edge_agent_events", "Events by rule and phase.", ("rule", "phase", "severity"), registry=registry
        )
        self._begin_at_zero()
        self.name_model(model)

    def name_model(self, model: str) -> None:
        """Take over the name of another model, a label wherever it makes a difference; what was counted stays."""
        self._cameras = {
            name: _OfCamera(
                stages=tuple(self._stage.labels(name, each, model) for each in _STAGES),
                latency=self._latency.labels(name, model),
                inferences=self._inferences.labels(name, model),
                keypoints=self._keypoints.labels(name, model),
                missing=self._missing.labels(name, model),
                confidence=self._confidence.labels(name, model),
            )
            for name in self._names
        }

    def step(self, camera: str, outcome: Outcome, latency_s: float) -> None:
        """A frame was judged; see `edge_agent.app.observer`."""
        of = self._cameras[camera]
        took = outcome.timings
        letterbox, inference, postprocess, flow, track, posture, rules, step = of.stages
        if outcome.inferred:
            letterbox.observe(took.letterbox_ms / 1e3)
            inference.observe(took.invoke_ms / 1e3)
            postprocess.observe(took.postprocess_ms / 1e3)
            of.inferences.inc()
        flow.observe(took.flow_ms / 1e3)
        track.observe(took.track_ms / 1e3)
        posture.observe(took.posture_ms / 1e3)
        rules.observe(took.rules_ms / 1e3)
        step.observe(took.total_ms / 1e3)
        of.latency.observe(latency_s)
        self.in_view[camera] = InView(outcome.persons, len(outcome.postures.people))
        if outcome.poses is not None:
            self._found(of, outcome.poses)

    def event(self, event: Event) -> None:
        """An event is about to be stored."""
        self._events.labels(event.rule, event.phase.value, event.severity.value).inc()

    def _begin_at_zero(self) -> None:
        """A series that begins at 1 shows no increase: the first incident would be the one that nobody sees."""
        for each in possible_events():
            self._events.labels(each.rule, each.phase.value, each.severity.value)

    def _found(self, of: _OfCamera, poses: Poses) -> None:
        persons = poses.scores >= self._person_score()
        count = int(np.count_nonzero(persons))
        if not count:
            return
        of.keypoints.inc(KEYPOINT_COUNT * count)
        of.missing.inc(int(np.count_nonzero(poses.keypoint_confidences[persons] < LEAST_CONFIDENCE)))
        for score in poses.scores[persons].tolist():
            of.confidence.observe(score)
