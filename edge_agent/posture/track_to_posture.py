"""The posture stage: joints in, angles, heights, speeds and kinds of posture out."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from edge_agent.data.calibration import Calibration
from edge_agent.data.keypoints import Keypoint as K
from edge_agent.data.posture import Band, Measure, Point, Posture, Postures
from edge_agent.data.track import Track, Tracks
from edge_agent.posture import evidence
from edge_agent.posture.body_height import HEAD_H, TRUNK_H, UPPER_ARM_H, follow, from_segments
from edge_agent.posture.camera_pose import calibration_to_pose
from edge_agent.posture.camera_view import CameraView
from edge_agent.posture.on_floor import OnFloor
from edge_agent.posture.skeleton import (
    Joint,
    Segment,
    Skeleton,
    between_deg,
    inclination_deg,
    inclination_rate_deg_s,
    segment,
)

# A box alone gives a wrong H for everybody who does not stand in full view.
_BOX_HEIGHT_CONFIDENCE = 0.2
# An ankle placed with less confidence is often the network's guess behind an obstacle or below the frame.
_ANKLE_SURE = 0.5
_BOX_FOOT_CONFIDENCE = 0.3
# A camera that is pushed moves everybody in its picture. From a quarter of a fall's speed on (0.76 H/s) nothing is said
# of how fast people move, and for as long as the filters take to forget it.
_STEADY_H_S = 0.19
_SHAKEN_S = 0.5
# Within so much of H from the border a foot may as well be outside.
_BORDER_H = 0.03


class _Shake(NamedTuple):
    """How fast the picture as a whole moved, and when."""

    t_s: float
    camera_px_s: float


class _Seen(NamedTuple):
    """A calibrated camera's view at one size of its frames; None where the calibration cannot be used."""

    width_px: int
    height_px: int
    view: CameraView | None


class TrackToPosture:
    """Postures of one camera's tracks. Remembers each track's body height; not thread-safe."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        self._calibration = calibration
        self._seen: _Seen | None = None
        self._on_floor = OnFloor()
        self._heights_px: dict[int, float] = {}
        self._t_s = 0.0
        self._shakes: deque[_Shake] = deque()

    def recalibrate(self, calibration: Calibration | None) -> None:
        """Go on with another knowledge of the camera."""
        self._calibration = calibration
        self._seen = None
        self._on_floor = OnFloor()

    def __call__(self, tracks: Tracks) -> Postures:
        """Posture of everybody who is tracked in this frame."""
        dt_s, self._t_s = tracks.t_s - self._t_s, tracks.t_s
        shake_px_s = self._shake_px_s(tracks)
        view = self._view(tracks.width_px, tracks.height_px)
        heights_px: dict[int, float] = {}
        people: list[Posture] = []
        for track in tracks.people:
            skeleton = Skeleton(track)
            running_px = self._heights_px.get(track.id, 0.0)
            # Only what the detector sees measures: joints carried by flow drift apart.
            seen = track.last_seen_s >= tracks.t_s
            height_px = follow(running_px, from_segments(skeleton), dt_s) if seen else running_px
            heights_px[track.id] = height_px
            posture = _posture(track, skeleton, height_px, tracks, view)
            steady = shake_px_s <= _STEADY_H_S * posture.body_height_px.value
            if view is not None:
                posture = self._on_floor(posture, view, steady=steady)
            people.append(posture if steady else _without_speeds(posture))
        self._heights_px = heights_px
        self._on_floor.forget(heights_px.keys())
        return Postures(tracks.camera, tracks.t_s, tracks.width_px, tracks.height_px, tuple(people))

    def _view(self, width_px: int, height_px: int) -> CameraView | None:
        """Of frames of this size, which nearly always is that of the frame before."""
        if self._calibration is None:
            return None
        if self._seen is None or (self._seen.width_px, self._seen.height_px) != (width_px, height_px):
            pose = calibration_to_pose(self._calibration, width_px, height_px)
            self._seen = _Seen(width_px, height_px, None if pose.problem else CameraView(pose))
            self._on_floor = OnFloor()
        return self._seen.view

    def _shake_px_s(self, tracks: Tracks) -> float:
        """The fastest that the picture as a whole moved lately."""
        self._shakes.append(_Shake(tracks.t_s, tracks.camera_px_s))
        while tracks.t_s - self._shakes[0].t_s > _SHAKEN_S:
            self._shakes.popleft()
        return max(shake.camera_px_s for shake in self._shakes)


def _without_speeds(posture: Posture) -> Posture:
    """The same, but for how fast anything moved."""
    return replace(
        posture,
        trunk_rate_deg_s=posture.trunk_rate_deg_s._replace(confidence=0.0),
        hip_descent_h_s=posture.hip_descent_h_s._replace(confidence=0.0),
    )


def _posture(track: Track, skeleton: Skeleton, height_px: float, tracks: Tracks, view: CameraView | None) -> Posture:
    x1, y1, x2, y2 = track.box_px.tolist()
    height = Measure(height_px, 1.0) if height_px > 0.0 else Measure(max(y2 - y1, 1.0), _BOX_HEIGHT_CONFIDENCE)
    hips = skeleton.middle(K.LEFT_HIP, K.RIGHT_HIP)
    shoulders = skeleton.middle(K.LEFT_SHOULDER, K.RIGHT_SHOULDER)
    trunk = segment(hips, shoulders)
    head = segment(shoulders, skeleton.middle(K.LEFT_EAR, K.RIGHT_EAR))
    trunk_deg = inclination_deg(trunk)
    trunk_band = _band(view, trunk, hips, TRUNK_H * height_px)
    hip_height = _hip_height_h(skeleton, hips, height, tracks.height_px)
    return Posture(
        track_id=track.id,
        state=track.state,
        t_s=tracks.t_s,
        score=track.score,
        unseen_s=tracks.t_s - track.last_seen_s,
        body_height_px=height,
        box_px=(x1, y1, x2, y2),
        foot=_foot(skeleton, (x1, y1, x2, y2), height.value, tracks.height_px),
        hips=_point(hips),
        shoulders=_point(shoulders),
        left_wrist=_point(skeleton.joints[K.LEFT_WRIST]),
        right_wrist=_point(skeleton.joints[K.RIGHT_WRIST]),
        trunk_inclination_deg=trunk_deg,
        trunk_rate_deg_s=inclination_rate_deg_s(trunk),
        # Against the trunk, as ISO 11226:2000 measures neck flexion.
        neck_flexion_deg=between_deg(trunk, head),
        left_knee_deg=skeleton.angle_deg(K.LEFT_HIP, K.LEFT_KNEE, K.LEFT_ANKLE),
        right_knee_deg=skeleton.angle_deg(K.RIGHT_HIP, K.RIGHT_KNEE, K.RIGHT_ANKLE),
        left_elbow_deg=skeleton.angle_deg(K.LEFT_SHOULDER, K.LEFT_ELBOW, K.LEFT_WRIST),
        right_elbow_deg=skeleton.angle_deg(K.RIGHT_SHOULDER, K.RIGHT_ELBOW, K.RIGHT_WRIST),
        left_upper_arm_deg=_upper_arm(skeleton, K.LEFT_SHOULDER, K.LEFT_ELBOW, trunk),
        right_upper_arm_deg=_upper_arm(skeleton, K.RIGHT_SHOULDER, K.RIGHT_ELBOW, trunk),
        hip_height_h=hip_height,
        hip_descent_h_s=Measure(hips.vy_px_s / height.value, min(hips.confidence, height.confidence)),
        extent_h=Measure((y2 - y1) / height.value, min(track.score, height.confidence)),
        lying=evidence.lying(trunk_deg, hip_height),
        upright=evidence.upright(trunk_deg, hip_height),
        crouching=evidence.crouching(trunk_deg, hip_height),
        motion_h_s=track.motion_px_s / height.value,
        trunk_band_deg=trunk_band,
        left_arm_band_deg=_arm_band(view, skeleton, K.LEFT_SHOULDER, K.LEFT_ELBOW, height_px),
        right_arm_band_deg=_arm_band(view, skeleton, K.RIGHT_SHOULDER, K.RIGHT_ELBOW, height_px),
        neck_band_deg=_neck_band(trunk_band, _band(view, head, shoulders, HEAD_H * height_px)),
    )


def _band(view: CameraView | None, shown: Segment, at: Joint, upright_px: float) -> Band | None:
    """Inclination in the room, where that can be told."""
    return view.inclination_deg(shown, at, upright_px) if view is not None and upright_px > 0.0 else None


def _arm_band(view: CameraView | None, skeleton: Skeleton, shoulder: K, elbow: K, height_px: float) -> Band | None:
    start = skeleton.joints[shoulder]
    from_up = _band(view, segment(start, skeleton.joints[elbow]), start, UPPER_ARM_H * height_px)
    return Band(180.0 - from_up.high_deg, 180.0 - from_up.low_deg) if from_up else None


def _neck_band(trunk: Band | None, head: Band | None) -> Band | None:
    """Every combination of the two solutions of each is between these two, for heads bent down and back alike."""
    if trunk is None or head is None:
        return None
    return Band(head.low_deg - trunk.high_deg, head.high_deg - trunk.low_deg)


def _point(joint: Joint) -> Point:
    return Point(joint.x_px, joint.y_px, joint.confidence)


def _hip_height_h(skeleton: Skeleton, hips: Joint, height: Measure, frame_height_px: int) -> Measure:
    """Hips above the lower ankle; unknown where no ankle is seen inside the frame."""
    border_px = frame_height_px - _BORDER_H * height.value
    ankles = [skeleton.joints[k] for k in (K.LEFT_ANKLE, K.RIGHT_ANKLE)]
    seen = [a for a in ankles if a.confidence >= _ANKLE_SURE and a.y_px < border_px]
    if not seen:
        return Measure(0.0, 0.0)
    lowest = max(seen, key=lambda ankle: ankle.y_px)
    confidence = min(lowest.confidence, hips.confidence, height.confidence)
    return Measure((lowest.y_px - hips.y_px) / height.value, confidence)


def _foot(
    skeleton: Skeleton, box_px: tuple[float, float, float, float], height_px: float, frame_height_px: int
) -> Point:
    ankles = skeleton.middle(K.LEFT_ANKLE, K.RIGHT_ANKLE)
    if ankles.confidence >= _ANKLE_SURE:
        return _point(ankles)
    x1, _, x2, y2 = box_px
    inside = y2 < frame_height_px - _BORDER_H * height_px
    return Point((x1 + x2) / 2.0, y2, _BOX_FOOT_CONFIDENCE if inside else 0.0)


def _upper_arm(skeleton: Skeleton, shoulder: K, elbow: K, trunk: Segment) -> Measure:
    """Elevation from hanging along the trunk (ISO 11226:2000, upper arm elevation)."""
    arm = segment(skeleton.joints[shoulder], skeleton.joints[elbow])
    down = Segment(-trunk.dx_px, -trunk.dy_px, 0.0, 0.0, trunk.confidence)
    return between_deg(down, arm)
