"""How each tracked person holds the body, as far as one camera can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from edge_agent.data.track import TrackState


class Measure(NamedTuple):
    """A value and how far it may be trusted.

    Attributes:
        value: In the unit that the field's name carries.
        confidence: 0..1, the least sure joint's; 0 where the value is not known at all.
    """

    value: float
    confidence: float


class Band(NamedTuple):
    """The two angles that one camera cannot tell apart: leaning towards it or away from it. In degrees."""

    low_deg: float
    high_deg: float


class FloorPlace(NamedTuple):
    """A place on the floor: metres to the right of the camera and before it, and how far it may be trusted (0..1)."""

    x_m: float
    y_m: float
    confidence: float


class Point(NamedTuple):
    """A place in the frame: x right, y down, in pixels, and how far it may be trusted (0..1)."""

    x_px: float
    y_px: float
    confidence: float


NEUTRAL_NECK_DEG = 15.0
"""What an upright head shows as `Posture.neck_flexion_deg`: ears lie in front of the line from the shoulders up.

Our own: in the clips of UP-Fall the median of who stands or walks is 13 to 18 deg, and nine in ten are under 23.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """One person at one instant. Angles and heights are those of the picture; H is the person's own body height.

    Attributes:
        track_id: Number of the track.
        state: Confirmed or lost.
        t_s: Monotonic seconds of the frame.
        score: Detector score of the latest detection, 0..1.
        unseen_s: Seconds since the detector last found the person.
        body_height_px: H in pixels as if standing here, from the person's own segments.
        box_px: x1, y1, x2, y2 as a tuple of floats.
        foot: Where the person stands: between the ankles, or the middle of the box's lower edge.
        hips: Middle of the hips.
        shoulders: Middle of the shoulders.
        left_wrist: The person's own left.
        right_wrist: See `left_wrist`.
        trunk_inclination_deg: Angle of hip-to-shoulder from upright: 0 standing, 90 lying across, 180 upside down.
        trunk_rate_deg_s: Its change; positive while tipping over.
        neck_flexion_deg: Angle between trunk and neck-to-head, whether bent down or back.
        left_knee_deg: 180 stretched. Likewise the other joints.
        right_knee_deg: See `left_knee_deg`.
        left_elbow_deg: 180 stretched.
        right_elbow_deg: 180 stretched.
        left_upper_arm_deg: Elevation of the upper arm from hanging along the trunk (0) to overhead (180).
        right_upper_arm_deg: See `left_upper_arm_deg`.
        hip_height_h: Hips above ankles, in H: about 0.5 standing.
        hip_descent_h_s: Speed of the hips downwards, in H per second.
        extent_h: Height of the box, in H: about 1 standing in full view.
        lying: Evidence of lying on the ground, 0..1.
        upright: Evidence of standing or walking, 0..1.
        crouching: Evidence of squatting or kneeling, 0..1.
        motion_h_s: Mean optical flow on the person, in H per second, whatever its direction.
        trunk_band_deg: Inclination of the trunk in the room; None where the camera is not calibrated or no trunk was
            seen. As sure as `trunk_inclination_deg`.
        left_arm_band_deg: Elevation of the upper arm in the room, from hanging straight down (0) to straight up (180);
            likewise. As sure as `left_upper_arm_deg`.
        right_arm_band_deg: See `left_arm_band_deg`.
        neck_band_deg: Inclination of shoulders-to-ears less that of the trunk, in the room, from the least to the most
            that both solutions of each allow; likewise. Inclinations have no sign: over an upright trunk a head that
            leans back shows as one that is bent down. Negative where the head is more upright than the trunk. As sure
            as `neck_flexion_deg`.
        floor_m: Where `foot` is on the floor. None where the camera's height is not known, and too near the horizon;
            likewise the rest. Metres never leave the device (design, section 8).
        floor_speed_m_s: How fast the person moves over the floor, while upright.
        stature_m: How tall somebody upright is whose feet are on the floor: for whoever stands higher it is too much.
        camera_height_m: Of the camera above the floor.
    """

    track_id: int
    state: TrackState
    t_s: float
    score: float
    unseen_s: float
    body_height_px: Measure
    box_px: tuple[float, float, float, float]
    foot: Point
    hips: Point
    shoulders: Point
    left_wrist: Point
    right_wrist: Point
    trunk_inclination_deg: Measure
    trunk_rate_deg_s: Measure
    neck_flexion_deg: Measure
    left_knee_deg: Measure
    right_knee_deg: Measure
    left_elbow_deg: Measure
    right_elbow_deg: Measure
    left_upper_arm_deg: Measure
    right_upper_arm_deg: Measure
    hip_height_h: Measure
    hip_descent_h_s: Measure
    extent_h: Measure
    lying: Measure
    upright: Measure
    crouching: Measure
    motion_h_s: float
    trunk_band_deg: Band | None = None
    left_arm_band_deg: Band | None = None
    right_arm_band_deg: Band | None = None
    neck_band_deg: Band | None = None
    floor_m: FloorPlace | None = None
    floor_speed_m_s: Measure | None = None
    stature_m: Measure | None = None
    camera_height_m: float | None = None

    @property
    def torso(self) -> Point:
        """Middle of shoulders and hips."""
        return Point(
            (self.hips.x_px + self.shoulders.x_px) / 2.0,
            (self.hips.y_px + self.shoulders.y_px) / 2.0,
            min(self.hips.confidence, self.shoulders.confidence),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Postures:
    """Everybody's posture in one frame.

    Attributes:
        camera: Name of the camera.
        t_s: Monotonic seconds of the frame.
        width_px: Width of the frame.
        height_px: Height of the frame.
        people: In order of the track id.
    """

    camera: str
    t_s: float
    width_px: int
    height_px: int
    people: tuple[Posture, ...]
