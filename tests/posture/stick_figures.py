"""People drawn from angles, so that a test knows what the posture stage must find.

Segment lengths are those of Drillis and Contini (1966): trunk 0.288 H, thigh 0.245 H, shank 0.246 H, upper arm
0.186 H, forearm 0.146 H.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.keypoints import Keypoint as K
from edge_agent.data.posture import Posture
from edge_agent.data.track import Track, Tracks, TrackState
from edge_agent.posture.track_to_posture import TrackToPosture

Floats = npt.NDArray[np.float64]

TRUNK_H, THIGH_H, SHANK_H, ARM_H, FOREARM_H = 0.288, 0.245, 0.246, 0.186, 0.146
NECK_H = 0.11
WIDTH_PX, HEIGHT_PX = 1920, 1080
H_PX = 400.0
FEET_PX = (900.0, 900.0)

SWAPPED = [0, *(index + 1 if index % 2 else index - 1 for index in range(1, KEYPOINT_COUNT))]


@dataclass(frozen=True)
class Figure:
    """Somebody seen from the side, facing right. All angles in degrees, 0 is straight up, positive to the front.

    Attributes:
        trunk: Of hips to shoulders.
        thigh: Of knees to hips.
        shank: Of ankles to knees.
        head: Of shoulders to ears.
        arm: Of shoulders to elbows: 180 hangs down.
        forearm: Of elbows to wrists.
        height_px: Body height H.
    """

    trunk: float = 0.0
    thigh: float = 0.0
    shank: float = 0.0
    head: float = 0.0
    arm: float = 180.0
    forearm: float = 180.0
    height_px: float = H_PX

    @property
    def keypoints_px(self) -> Floats:
        """``(17, 2)`` with the left and right joints on top of each other."""
        h = self.height_px
        ankle = np.array(FEET_PX)
        knee = ankle + _along(self.shank, SHANK_H * h)
        hip = knee + _along(self.thigh, THIGH_H * h)
        shoulder = hip + _along(self.trunk, TRUNK_H * h)
        ear = shoulder + _along(self.head, NECK_H * h)
        elbow = shoulder + _along(self.arm, ARM_H * h)
        wrist = elbow + _along(self.forearm, FOREARM_H * h)
        face = ear + _along(self.head + 90.0, 0.05 * h)
        points = np.zeros((KEYPOINT_COUNT, 2))
        for joints, place in (
            ((K.NOSE, K.LEFT_EYE, K.RIGHT_EYE), face),
            ((K.LEFT_EAR, K.RIGHT_EAR), ear),
            ((K.LEFT_SHOULDER, K.RIGHT_SHOULDER), shoulder),
            ((K.LEFT_ELBOW, K.RIGHT_ELBOW), elbow),
            ((K.LEFT_WRIST, K.RIGHT_WRIST), wrist),
            ((K.LEFT_HIP, K.RIGHT_HIP), hip),
            ((K.LEFT_KNEE, K.RIGHT_KNEE), knee),
            ((K.LEFT_ANKLE, K.RIGHT_ANKLE), ankle),
        ):
            points[list(joints)] = place
        return points


STANDING = Figure()
BENT = Figure(trunk=90.0, head=90.0, arm=180.0)
SQUATTING = Figure(trunk=30.0, thigh=-90.0, shank=35.0)
SITTING = Figure(trunk=0.0, thigh=-90.0, shank=0.0)
LYING = Figure(trunk=90.0, thigh=90.0, shank=90.0, head=90.0, arm=270.0, forearm=270.0)
OVERHEAD = Figure(arm=0.0, forearm=0.0)


def track(keypoints_px: Floats, confidence: float | Mapping[K, float] = 0.9) -> Track:
    """A confirmed track seen right now with these joints; those that the mapping does not name are missing."""
    if isinstance(confidence, Mapping):
        confidences = np.array([confidence.get(joint, 0.0) for joint in K])
    else:
        confidences = np.full(KEYPOINT_COUNT, confidence)
    low, high = keypoints_px.min(axis=0), keypoints_px.max(axis=0)
    return Track(
        id=1,
        state=TrackState.CONFIRMED,
        first_seen_s=9.0,
        last_seen_s=10.0,
        score=0.9,
        box_px=np.concatenate([low, high]),
        keypoints_px=keypoints_px,
        velocities_px_s=np.zeros((KEYPOINT_COUNT, 2)),
        confidences=confidences,
        motion_px_s=0.0,
    )


def posture_of(person: Track, stage: TrackToPosture | None = None, t_s: float = 10.0) -> Posture:
    """What the stage makes of one person."""
    frame = Tracks("c", t_s, WIDTH_PX, HEIGHT_PX, (person,))
    (posture,) = (stage or TrackToPosture())(frame).people
    return posture


def seen_at(person: Track, t_s: float) -> Track:
    """The same person seen at another time."""
    return replace(person, last_seen_s=t_s)


def _along(degrees: float, length_px: float) -> Floats:
    radians = math.radians(degrees)
    return np.array([math.sin(radians), -math.cos(radians)]) * length_px
