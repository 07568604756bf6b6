"""One camera's whole path, from a frame to events: no file, no socket, no thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edge_agent.clock import Clock
from edge_agent.data.event import Event
from edge_agent.data.exposure import Exposure
from edge_agent.data.frame import Frame
from edge_agent.data.pose import Poses
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight
from edge_agent.data.strain import Strain
from edge_agent.data.track import TrackState
from edge_agent.flow.frame_to_flow import FrameToFlow
from edge_agent.flow.grey_to_sight import GreyToSight
from edge_agent.flow.inference_gate import InferenceGate
from edge_agent.ids import IdSource
from edge_agent.posture.posture_to_strain import PostureToStrain, StrainSettings
from edge_agent.posture.track_to_posture import TrackToPosture
from edge_agent.rules.rules_stage import Assignment, RulesStage
from edge_agent.track.pose_to_track import PoseToTrack, TrackSettings

# The tracker wants the detector's unsure finds too: somebody who falls often scores no more.
DETECTOR_SCORE = 0.1


class Detector(Protocol):
    """What finds persons in a picture; see `edge_agent.pose.frame_to_pose.FrameToPose`."""

    def __call__(self, image: npt.NDArray[np.uint8]) -> Poses:
        """Persons in a ``(H, W, 3)`` uint8 BGR picture, in its pixels."""
        ...

    @property
    def last_timings(self) -> DetectorTimings:
        """Of the last call."""
        ...


class DetectorTimings(Protocol):
    """How long the parts of one detection took, in milliseconds."""

    @property
    def letterbox_ms(self) -> float:
        """Scaling the frame into the network's input."""
        ...

    @property
    def invoke_ms(self) -> float:
        """The network."""
        ...

    @property
    def postprocess_ms(self) -> float:
        """Decoding its output and non-maximum suppression."""
        ...


@dataclass(frozen=True, slots=True)
class StageTimings:
    """How long each stage took in one step, in milliseconds. The detector's are 0 where it rested."""

    total_ms: float
    letterbox_ms: float
    invoke_ms: float
    postprocess_ms: float
    flow_ms: float
    track_ms: float
    posture_ms: float
    rules_ms: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one frame gave.

    Attributes:
        events: Phases of incidents, to be put into the outbox in this order.
        sight: What the picture is good for.
        postures: What the rules judged; for the posture log, never to leave the device.
        shadowed: Incidents that the rules on trial would have raised; never to leave the device.
        persons: How many persons the detector sees now and the tracker has confirmed.
        inferred: Whether the detector ran.
        timings: Of the stages.
        poses: What the detector found; None where it rested. Never to leave the device.
    """

    events: tuple[Event, ...]
    sight: Sight
    postures: Postures
    shadowed: tuple[Event, ...]
    persons: int
    inferred: bool
    timings: StageTimings
    poses: Poses | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """How a pipeline runs.

    Attributes:
        person_score: A detection from this score on may start a track.
        gated: Whether the detector may rest while nobody is there and nothing moves.
        strain: Whether RULA and REBA are summed up.
    """

    person_score: float = 0.4
    gated: bool = True
    strain: StrainSettings = field(default_factory=StrainSettings)


class Pipeline:
    """Frame in, events out, for one camera.

    Everything that decides is a function of the frames and of what is injected: the same clip gives the same events.
    Not thread-safe.

    Args:
        assignment: The camera, its zones, and what to watch for.
        settings: How to run.
        detector: Finds persons down to `DETECTOR_SCORE`.
        clock: For the wall time in identifiers.
        ids: Of events and incidents.
    """

    def __init__(
        self, assignment: Assignment, settings: PipelineSettings, detector: Detector, clock: Clock, ids: IdSource
    ) -> None:
        self._detector = detector
        self._frame_to_flow = FrameToFlow()
        self._grey_to_sight = GreyToSight()
        self._gate = InferenceGate() if settings.gated else None
        self._pose_to_track = PoseToTrack(_track_settings(settings))
        self._track_to_posture = TrackToPosture(assignment.scene.calibration)
        self._posture_to_strain = PostureToStrain(settings.strain, calibrated=assignment.scene.calibration is not None)
        self._rules = RulesStage(assignment, clock, ids)

    def step(self, frame: Frame, stopwatch_s: Callable[[], float] = time.perf_counter) -> Outcome:
        """Take in one frame.

        Args:
            frame: Newer than the one before.
            stopwatch_s: Seconds, for the timings only.
        """
        started_s = stopwatch_s()
        flow = self._frame_to_flow(frame)
        sight = self._grey_to_sight(self._frame_to_flow.grey, frame.t_s)
        flowed_s = stopwatch_s()
        inferred = self._gate is None or self._gate.opens(flow, anybody=self._pose_to_track.anybody)
        poses = self._detector(frame.image) if inferred else None
        detected_s = stopwatch_s()
        tracks = self._pose_to_track(poses, flow, frame.camera, (frame.width_px, frame.height_px))
        tracked_s = stopwatch_s()
        postures = self._track_to_posture(tracks)
        self._posture_to_strain(postures)
        postured_s = stopwatch_s()
        verdicts = self._rules(sight, postures)
        done_s = stopwatch_s()
        parts = self._detector.last_timings if inferred else None
        timings = StageTimings(
            total_ms=1e3 * (done_s - started_s),
            letterbox_ms=parts.letterbox_ms if parts else 0.0,
            invoke_ms=parts.invoke_ms if parts else 0.0,
            postprocess_ms=parts.postprocess_ms if parts else 0.0,
            flow_ms=1e3 * (flowed_s - started_s),
            track_ms=1e3 * (tracked_s - detected_s),
            posture_ms=1e3 * (postured_s - tracked_s),
            rules_ms=1e3 * (done_s - postured_s),
        )
        persons = sum(track.state is TrackState.CONFIRMED for track in tracks.people)
        return Outcome(verdicts.events, sight, postures, verdicts.shadowed, persons, inferred, timings, poses)

    @property
    def exposures(self) -> Mapping[str, Exposure]:
        """By ergonomic rule, how long people worked so since the start."""
        return self._rules.exposures

    @property
    def strain(self) -> Strain | None:
        """How long people worked at which level of RULA and REBA; None where nobody was in view."""
        return self._posture_to_strain.strain

    def slow_down(self, least_interval_s: float) -> None:
        """Let the detector look no more often than this, whoever is there; flow follows everybody in between.

        Args:
            least_interval_s: Seconds from one look to the next; 0 for every frame.
        """
        if self._gate is not None:
            self._gate.least_interval_s = least_interval_s

    def stored(self, event: Event) -> None:
        """An event is safe in the outbox; only now does its rule fall silent for the cooldown."""
        self._rules.stored(event)

    def reconfigure(self, assignment: Assignment, settings: PipelineSettings) -> tuple[Event, ...]:
        """Go on with other zones, calibration, rules and thresholds, and with everybody; returns what that cleared."""
        self._pose_to_track.retune(_track_settings(settings))
        self._grey_to_sight.forget_place()
        self._track_to_posture.recalibrate(assignment.scene.calibration)
        self._posture_to_strain.retune(settings.strain, calibrated=assignment.scene.calibration is not None)
        return self._rules.reconfigure(assignment)

    def change_shift(self, assignment: Assignment) -> tuple[Event, ...]:
        """Go on with everything but the zones that are there; returns what that cleared."""
        return self._rules.change_shift(assignment)


def _track_settings(settings: PipelineSettings) -> TrackSettings:
    return TrackSettings(high_score=settings.person_score)
