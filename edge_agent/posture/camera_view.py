"""Which way up is at each place of a calibrated camera's picture, and what a segment's length there tells of its depth.

Coordinates of the camera: x right, y down, z forward. Near a person the projection is taken as weak perspective along
the ray to that person: a vector ``d`` shows as ``(d_x - u d_z, d_y - v d_z)`` with ``(u, v, 1)`` the ray. Turned round,
a segment of known length has two solutions, one leaning towards the camera and one away from it.

Where the camera's height is known, a ray meets the floor in one place (Criminisi, Reid and Zisserman, *Single View
Metrology*, IJCV 2000), told in metres to the right of the camera and before it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from edge_agent.data.posture import Band, Point
from edge_agent.posture.camera_pose import CameraPose
from edge_agent.posture.skeleton import Joint, Segment

# Near the horizon a joint that is a little wrong in the picture is far off on the floor: nothing is told of a place
# that one degree up or down would move by more than this. Our own, measured in decision 012.
_COARSEST_M_DEG = 1.0
_COARSEST_M = math.degrees(_COARSEST_M_DEG)  # per radian


class Spot(NamedTuple):
    """A place on the floor: metres to the right of the camera and before it, from the floor straight below it."""

    x_m: float
    y_m: float


class CameraView:
    """One calibrated camera at one size of its frames.

    Args:
        pose: Without a `problem`, so that it does not look straight down.
    """

    def __init__(self, pose: CameraPose) -> None:
        self._pose = pose
        self._up_x, self._up_y, self._up_z = pose.up_x, pose.up_y, pose.up_z
        # Level directions: the way the lens looks, and square to it to the right.
        level = math.hypot(self._up_x, self._up_y)
        self._ahead_x, self._ahead_y = -self._up_z * self._up_x / level, -self._up_z * self._up_y / level
        self._ahead_z = level
        self._right_x = self._ahead_y * self._up_z - self._ahead_z * self._up_y
        self._right_y = self._ahead_z * self._up_x - self._ahead_x * self._up_z
        self._right_z = self._ahead_x * self._up_y - self._ahead_y * self._up_x

    @property
    def height_m(self) -> float | None:
        """Of the camera above the floor; None where it is not known."""
        return self._pose.height_m

    def inclination_deg(self, segment: Segment, at: Joint, upright_px: float) -> Band:
        """Angle from straight up of a segment of the body.

        Args:
            segment: As it shows.
            at: Where in the picture it is.
            upright_px: How long it shows here when it points straight up or down.

        Returns:
            Both solutions, the smaller first; one and the same where the segment is as long as it can show.
        """
        u, v = self._ray(at)
        shown_of_upright = math.hypot(self._up_x - u * self._up_z, self._up_y - v * self._up_z)
        length_px = upright_px / max(shown_of_upright, 1e-6)
        a, b = segment.dx_px, segment.dy_px
        # |(a + u w, b + v w, w)| = length, for the depth w.
        square, half = 1.0 + u * u + v * v, a * u + b * v
        root = math.sqrt(max(0.0, half * half - square * (a * a + b * b - length_px * length_px)))
        angles = [self._from_up_deg(a + u * w, b + v * w, w) for w in ((root - half) / square, (-root - half) / square)]
        return Band(min(angles), max(angles))

    def spot(self, joint: Joint | Point, above_m: float) -> Spot | None:
        """Over which place on the floor a joint is that is known to be so high above it.

        Returns:
            None without the camera's height, and where the joint shows above the horizon or too near to it.
        """
        pose = self._pose
        if pose.height_m is None or pose.height_m <= above_m:
            return None
        u, v = self._ray(joint)
        # How far the ray sinks while it goes forward by 1; its length by then is the root of `square`.
        sinks, square = -(u * self._up_x + v * self._up_y + self._up_z), 1.0 + u * u + v * v
        below_m = pose.height_m - above_m
        if sinks <= 0.0 or below_m * square > _COARSEST_M * sinks * sinks:
            return None
        x, y = self._level(u, v)
        return Spot(below_m / sinks * x, below_m / sinks * y)

    def height_over_m(self, spot: Spot, joint: Joint | Point) -> float:
        """How high above the floor a joint is that is straight above a spot, where its ray passes nearest to that line.

        The camera's height must be known, which it is where there is a `Spot`.
        """
        height_m = self._pose.height_m or 0.0
        u, v = self._ray(joint)
        x, y = self._level(u, v)
        sinks = -(u * self._up_x + v * self._up_y + self._up_z)
        return height_m - sinks * (spot.x_m * x + spot.y_m * y) / max(x * x + y * y, 1e-9)

    def _level(self, u: float, v: float) -> tuple[float, float]:
        """How far a ray goes to the right and ahead while it goes forward by 1."""
        return (
            self._right_x * u + self._right_y * v + self._right_z,
            self._ahead_x * u + self._ahead_y * v + self._ahead_z,
        )

    def _ray(self, joint: Joint | Point) -> tuple[float, float]:
        pose = self._pose
        return (joint.x_px - pose.centre_x_px) / pose.focal_px, (joint.y_px - pose.centre_y_px) / pose.focal_px

    def _from_up_deg(self, x: float, y: float, z: float) -> float:
        length = math.sqrt(x * x + y * y + z * z)
        if length <= 0.0:
            return 0.0
        cosine = (x * self._up_x + y * self._up_y + z * self._up_z) / length
        return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
