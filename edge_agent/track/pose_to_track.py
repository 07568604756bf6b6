"""The tracking stage: detections in, persons followed and smoothed out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from edge_agent.data.flow import Flow
from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.pose import Poses
from edge_agent.data.track import Track, Tracks, TrackState
from edge_agent.track import kalman, measurement
from edge_agent.track.association import Matches, associate
from edge_agent.track.flow_on_person import FlowOnPerson, sample_flow
from edge_agent.track.life_cycle import Life, LifeTimes, born, held, seen, unseen
from edge_agent.track.measurement import Measurement

Floats = npt.NDArray[np.float64]

# Acceleration that the filter expects, in body sizes per s^2: free fall of a person 1.7 m tall is 5.8.
_ACCELERATION_H_S2 = 4.0
# Spread of the speed of somebody who was just found, in body sizes per second: a walk is about 0.8.
_FIRST_SPEED_H_S = 1.0
_CONFIDENCE_FADE_S = 1.5
# Nobody keeps a velocity for longer; after a gap in the stream a person is where last seen rather than far off.
_LONGEST_PREDICTION_S = 1.0
# Mean flow over a person, in body sizes per second, above which something on the person moves.
_MOVING_H_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """How detections become tracks.

    Attributes:
        high_score: Detections from this score on are matched first and may start a track.
        least_similarity: Less alike than this (0..1), a detection is not of this track.
        life: Times of a track's life.
    """

    high_score: float = 0.4
    least_similarity: float = 0.15
    life: LifeTimes = field(default_factory=LifeTimes)


class PoseToTrack:
    """Follows everybody in one camera's view.

    Its memory is one `Life` and one row of the filters a person; the same input gives the same tracks. Not
    thread-safe.
    """

    def __init__(self, settings: TrackSettings | None = None) -> None:
        self._settings = settings or TrackSettings()
        self._next_id = 1
        self._t_s: float | None = None
        self._lives: list[Life] = []
        none = measurement.unmeasured(0)
        self._points = kalman.initiate(none.z_px, none.R_px2, none.R_px2)
        self._confidences: Floats = np.zeros((0, KEYPOINT_COUNT))

    @property
    def anybody(self) -> bool:
        """Whether a person is followed, tentative and lost ones included."""
        return bool(self._lives)

    def retune(self, settings: TrackSettings) -> None:
        """Go on with other settings, with everybody who is followed."""
        self._settings = settings

    def __call__(self, poses: Poses | None, flow: Flow, camera: str, size_px: tuple[int, int]) -> Tracks:
        """Advance to the flow's frame.

        Args:
            poses: What the detector found in it, down to low scores. None where it was not asked: flow carries
                everybody, and who was in view at the last look still is.
            flow: Motion since the frame before; carries whom the detector did not find.
            camera: Name of the camera.
            size_px: Width and height of the frame.
        """
        looked = poses is not None
        poses = Poses.empty() if poses is None else poses
        before_s = flow.t_s if self._t_s is None else self._t_s
        dt_s = flow.t_s - before_s
        self._t_s = flow.t_s
        before_px = self._points.x_px
        motion = sample_flow(flow, before_px[:, :KEYPOINT_COUNT], measurement.boxes(before_px))
        q_px2_s4 = (_ACCELERATION_H_S2 * measurement.sizes(before_px)[:, None]) ** 2
        self._points = kalman.predict(self._points, min(dt_s, _LONGEST_PREDICTION_S), q_px2_s4)
        matches = associate(
            measurement.boxes(self._points.x_px),
            self._points.x_px[:, :KEYPOINT_COUNT],
            poses,
            self._settings.high_score,
            self._settings.least_similarity,
        )
        self._correct(poses, matches, before_px, motion)
        self._fade(poses, matches, dt_s)
        kept = self._age(poses, matches, motion, flow.t_s) if looked else self._hold(flow.t_s, before_s)
        boxes_px = measurement.boxes(self._points.x_px)
        people = tuple(
            self._track(row, boxes_px[row], float(motion.speed_px_s[old]))
            for row, old in enumerate(kept)
            if self._lives[row].state is not TrackState.TENTATIVE
        )
        self._start(poses, matches.new, flow.t_s)
        camera_px_s = float(np.hypot(*flow.camera_px)) * flow.scale_px / flow.dt_s if flow.dt_s > 0.0 else 0.0
        return Tracks(camera, flow.t_s, size_px[0], size_px[1], people, camera_px_s)

    def _correct(self, poses: Poses, matches: Matches, before_px: Floats, motion: FlowOnPerson) -> None:
        """Update the filters from the detection where there is one, else from the flow."""
        count = len(self._lives)
        best = measurement.unmeasured(count)
        found = measurement.of_detections(poses, matches.detections)
        best.z_px[matches.tracks] = found.z_px
        best.R_px2[matches.tracks] = found.R_px2
        rest = measurement.of_flow(before_px, motion) if motion.valid else measurement.unmeasured(count)
        chosen = measurement.prefer(best, rest)
        predicted, self._points = self._points, kalman.update(self._points, chosen.z_px, chosen.R_px2)
        if len(matches.tracks):
            astray = measurement.corners_astray(predicted.x_px, best)
            if astray.any():
                anew = kalman.initiate(best.z_px, best.R_px2, _first_speed_px_s(best))
                self._points = kalman.replace(self._points, astray, anew)

    def _fade(self, poses: Poses, matches: Matches, dt_s: float) -> None:
        """A joint is as sure as it was last seen to be, less so with time."""
        self._confidences = self._confidences * np.exp(-dt_s / _CONFIDENCE_FADE_S)
        found = np.asarray(poses.keypoint_confidences[matches.detections], np.float64)
        self._confidences[matches.tracks] = np.maximum(found, self._confidences[matches.tracks])

    def _age(self, poses: Poses, matches: Matches, motion: FlowOnPerson, t_s: float) -> list[int]:
        """Move every track on in its life, let go of those that end, and return the old rows of those kept."""
        times = self._settings.life
        scores = dict(zip(matches.tracks.tolist(), poses.scores[matches.detections].tolist(), strict=True))
        moving = motion.speed_px_s > _MOVING_H_S * measurement.sizes(self._points.x_px)
        lives: list[Life] = []
        kept: list[int] = []
        for row, life in enumerate(self._lives):
            if row in scores:
                aged: Life | None = seen(life, t_s, scores[row], times)
            else:
                aged = unseen(life, t_s, moving=bool(moving[row]), times=times)
            if aged is not None:
                lives.append(aged)
                kept.append(row)
        self._lives = lives
        rows = np.array(kept, np.intp)
        self._points = kalman.select(self._points, rows)
        self._confidences = self._confidences[rows]
        return kept

    def _hold(self, t_s: float, before_s: float) -> list[int]:
        """Nobody was looked for: lives go on as the last look left them. Looks are a fraction of a second apart."""
        self._lives = [held(life, t_s, before_s) for life in self._lives]
        return list(range(len(self._lives)))

    def _start(self, poses: Poses, rows: npt.NDArray[np.intp], t_s: float) -> None:
        """Begin a tentative track for every confident detection that belongs to nobody."""
        if not len(rows):
            return
        found = measurement.of_detections(poses, rows)
        # An unmeasured joint starts at the network's guess, as unsure as the person is large.
        R_px2 = np.where(np.isfinite(found.R_px2), found.R_px2, measurement.sizes(found.z_px)[:, None] ** 2)
        begun = kalman.initiate(found.z_px, R_px2, _first_speed_px_s(found))
        self._points = kalman.concatenate(self._points, begun)
        found_confidences = np.asarray(poses.keypoint_confidences[rows], np.float64)
        self._confidences = np.concatenate([self._confidences, found_confidences])
        for row in rows.tolist():
            self._lives.append(born(self._next_id, t_s, float(poses.scores[row])))
            self._next_id += 1

    def _track(self, row: int, box_px: Floats, motion_px_s: float) -> Track:
        life = self._lives[row]
        x_px, v_px_s = self._points.x_px[row], self._points.v_px_s[row]
        return Track(
            id=life.id,
            state=life.state,
            first_seen_s=life.first_seen_s,
            last_seen_s=life.last_seen_s,
            score=life.score,
            box_px=box_px,
            keypoints_px=x_px[:KEYPOINT_COUNT],
            velocities_px_s=v_px_s[:KEYPOINT_COUNT],
            confidences=self._confidences[row],
            motion_px_s=motion_px_s,
        )


def _first_speed_px_s(found: Measurement) -> Floats:
    """How fast each point may be at first, ``(N, 19)``."""
    return np.asarray(np.broadcast_to(_FIRST_SPEED_H_S * measurement.sizes(found.z_px)[:, None], found.R_px2.shape))
