"""Postures of which only the angles matter that RULA and REBA score."""

from __future__ import annotations

from dataclasses import replace

from stick_figures import STANDING, posture_of, track

from edge_agent.data.posture import Band, Measure, Posture, Postures
from edge_agent.posture.body_angles import BodyAngles

SURE, UNKNOWN = 0.9, Measure(0.0, 0.0)
UPRIGHT_EARS_DEG = 15.0
_AT_EASE = posture_of(track(STANDING.keypoints_px))


def measure(value: float | None) -> Measure:
    return UNKNOWN if value is None else Measure(value, SURE)


def person(
    *,
    trunk: float | None = 0.0,
    ears: float | None = UPRIGHT_EARS_DEG,
    left_arm: float | None = 0.0,
    right_arm: float | None = 0.0,
    knees: tuple[float, float] = (180.0, 180.0),
) -> Posture:
    """Somebody standing in front of a camera that is not calibrated; None for what is not seen."""
    return replace(
        _AT_EASE,
        trunk_inclination_deg=measure(trunk),
        neck_flexion_deg=measure(ears),
        left_upper_arm_deg=measure(left_arm),
        right_upper_arm_deg=measure(right_arm),
        left_knee_deg=measure(knees[0]),
        right_knee_deg=measure(knees[1]),
    )


def in_room(posture: Posture, trunk: Band | None, left_arm: Band | None, right_arm: Band | None) -> Posture:
    """The same in front of a calibrated camera."""
    return replace(posture, trunk_band_deg=trunk, left_arm_band_deg=left_arm, right_arm_band_deg=right_arm)


def angles(
    trunk: float | None = 0.0,
    neck: float | None = 0.0,
    arm: float | None = 0.0,
    knees: float | None = 0.0,
    *,
    on_feet: bool = True,
) -> BodyAngles:
    return BodyAngles(trunk, neck, arm, knees, on_feet)


def frame(t_s: float, *people: Posture) -> Postures:
    return Postures("hall", t_s, 1920, 1080, tuple(replace(one, t_s=t_s) for one in people))
