"""The angles that RULA and REBA score, as far as one camera tells them, each as small as it can be.

On a calibrated camera the trunk and the upper arms have two solutions (see `camera_view`); the smaller angle counts. On
another camera there is only the picture's angle, which may be larger or smaller than that in the room. A neck and knees
have no solutions: there the picture's angle counts on every camera. A lower arm is not told at all: seen from all round
by cameras that look down by 0 to 30 deg, an elbow bent by 80 deg, which is neutral, shows outside the neutral range (60
to 100 deg) in a third of the pictures.
"""

from __future__ import annotations

from typing import NamedTuple

from edge_agent.data.posture import NEUTRAL_NECK_DEG, Band, Measure, Posture

SURE = 0.5
"""An angle that is less sure than this accuses nobody of bad posture."""
# Beyond this the picture shows a neck more bent than it is: by over 5 deg in up to a third of 20000 drawn views
# (cameras all round that look down by 0 to 30 deg, trunk bent by 45, neck by 15 to 35 deg). Over an upright trunk: 1 %.
_TRUNK_UNDER_NECK_DEG = 20.0
# Evidence of standing starts here (Drillis and Contini: hips at 0.49 H); a chair's seat puts them at 0.25 H.
_HIPS_STANDING_H = 0.38
# Evidence of crouching is 0.5 with the hips at the height of a seat (0.25 H), 0.9 at 0.21 H.
_BELOW_SEAT = 0.9


class BodyAngles(NamedTuple):
    """Angles of one body in degrees; None where one camera does not tell them.

    Attributes:
        trunk_deg: Inclination from upright, whatever its direction.
        neck_deg: Flexion against the trunk, less that of an upright head.
        upper_arm_deg: Of the arm that is raised more: from the trunk or from hanging down, whichever is less.
        knees_deg: Flexion of the straighter knee, 0 stretched; 0 too where the hips are not below a seat's height,
            since whoever sits is not scored for bent knees.
        on_feet: Whether the hips are at standing height; false where that is not seen.
    """

    trunk_deg: float | None
    neck_deg: float | None
    upper_arm_deg: float | None
    knees_deg: float | None
    on_feet: bool

    @property
    def observed(self) -> bool:
        """Whether trunk, neck and an upper arm were told."""
        return self.trunk_deg is not None and self.neck_deg is not None and self.upper_arm_deg is not None


def points(angle_deg: float | None, limits_deg: tuple[float, ...]) -> int:
    """1 up to the first limit, one more beyond each; 1 where the angle is not told. A limit is in the range below."""
    score = 1
    if angle_deg is not None:
        for limit_deg in limits_deg:
            if angle_deg <= limit_deg:
                break
            score += 1
    return score


def observe(posture: Posture, *, calibrated: bool) -> BodyAngles:
    """What one camera tells of a body.

    Args:
        posture: Of somebody who is seen now.
        calibrated: Whether the camera is; then a trunk and arms without their solutions are not told.
    """
    hips = posture.hip_height_h
    trunk_deg = _trunk_deg(posture, calibrated=calibrated)
    return BodyAngles(
        trunk_deg=trunk_deg,
        neck_deg=_neck_deg(posture, trunk_deg),
        upper_arm_deg=_upper_arm_deg(posture, calibrated=calibrated),
        knees_deg=_knees_deg(posture),
        on_feet=hips.confidence >= SURE and hips.value >= _HIPS_STANDING_H,
    )


def _trunk_deg(posture: Posture, *, calibrated: bool) -> float | None:
    if posture.trunk_inclination_deg.confidence < SURE:
        return None
    if not calibrated:
        return posture.trunk_inclination_deg.value
    return posture.trunk_band_deg.low_deg if posture.trunk_band_deg else None


def _neck_deg(posture: Posture, trunk_deg: float | None) -> float | None:
    """The least that fits the picture; where the camera is not calibrated, only over a trunk that is about upright."""
    neck = posture.neck_flexion_deg
    if posture.neck_band_deg is not None and neck.confidence >= SURE:
        return max(0.0, posture.neck_band_deg.low_deg - NEUTRAL_NECK_DEG)
    if neck.confidence < SURE or trunk_deg is None or trunk_deg > _TRUNK_UNDER_NECK_DEG:
        return None
    return max(0.0, neck.value - NEUTRAL_NECK_DEG)


def _upper_arm_deg(posture: Posture, *, calibrated: bool) -> float | None:
    """The more strained of the arms that are told."""
    if calibrated:
        trunk = posture.trunk_band_deg
        left = _raised_deg(posture.left_upper_arm_deg, posture.left_arm_band_deg, trunk)
        right = _raised_deg(posture.right_upper_arm_deg, posture.right_arm_band_deg, trunk)
    else:
        left = _told(posture.left_upper_arm_deg)
        right = _told(posture.right_upper_arm_deg)
    if left is None or right is None:
        return right if left is None else left
    return max(left, right)


def _raised_deg(arm: Measure, arm_band: Band | None, trunk_band: Band | None) -> float | None:
    """The least angle of an upper arm from the trunk, and no more than its least from hanging down.

    The papers' flexion is from the trunk, but assessors read it from the vertical, too, and REBA takes a point off an
    arm that gravity helps: the smaller one is at most what either finds. By the triangle inequality the angle between
    arm and trunk is at least the difference of their inclinations.
    """
    if arm.confidence < SURE or arm_band is None or trunk_band is None:
        return None
    apart_deg = max(arm_band.low_deg - trunk_band.high_deg, trunk_band.low_deg - arm_band.high_deg, 0.0)
    return min(apart_deg, arm_band.low_deg)


def _knees_deg(posture: Posture) -> float | None:
    left, right, crouching = posture.left_knee_deg, posture.right_knee_deg, posture.crouching
    if min(left.confidence, right.confidence, crouching.confidence) < SURE:
        return None
    return 180.0 - max(left.value, right.value) if crouching.value >= _BELOW_SEAT else 0.0


def _told(angle: Measure) -> float | None:
    return angle.value if angle.confidence >= SURE else None
