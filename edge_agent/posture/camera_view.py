"""Which way up is at each place of a calibrated camera's picture, and what a segment's length there tells of its depth.

Coordinates of the camera: x right, y down, z forward. Near a person the projection is taken as weak perspective along
the ray to that person: a vector ``d`` shows as ``(d_x - u d_z, d_y - v d_z)`` with ``(u, v, 1)`` the ray. Turned round,
a segment of known length has two solutions, one leaning towards the camera and one away from it.
"""

from __future__ import annotations

import math

from edge_agent.data.calibration import Calibration
from edge_agent.data.posture import Band
from edge_agent.posture.skeleton import Joint, Segment


class CameraView:
    """One calibrated camera at one size of its frames."""

    def __init__(self, calibration: Calibration, width_px: int, height_px: int) -> None:
        self._centre_px = (width_px / 2.0, height_px / 2.0)
        self._focal_px = width_px / 2.0 / math.tan(math.radians(calibration.fov_deg) / 2.0)
        tilt = math.radians(calibration.tilt_deg)
        # Up in the camera's coordinates; its x is 0 where the camera does not roll.
        self._up_y, self._up_z = -math.cos(tilt), -math.sin(tilt)

    def inclination_deg(self, segment: Segment, at: Joint, upright_px: float) -> Band:
        """Angle from straight up of a segment of the body.

        Args:
            segment: As it shows.
            at: Where in the picture it is.
            upright_px: How long it shows here when it points straight up or down.

        Returns:
            Both solutions, the smaller first; one and the same where the segment is as long as it can show.
        """
        u, v = ((at.x_px - self._centre_px[0]) / self._focal_px, (at.y_px - self._centre_px[1]) / self._focal_px)
        shown_of_upright = math.hypot(-u * self._up_z, self._up_y - v * self._up_z)
        length_px = upright_px / max(shown_of_upright, 1e-6)
        a, b = segment.dx_px, segment.dy_px
        # |(a + u w, b + v w, w)| = length, for the depth w.
        square, half = 1.0 + u * u + v * v, a * u + b * v
        root = math.sqrt(max(0.0, half * half - square * (a * a + b * b - length_px * length_px)))
        angles = [self._from_up_deg(a + u * w, b + v * w, w) for w in ((root - half) / square, (-root - half) / square)]
        return Band(min(angles), max(angles))

    def _from_up_deg(self, x: float, y: float, z: float) -> float:
        length = math.sqrt(x * x + y * y + z * z)
        if length <= 0.0:
            return 0.0
        return math.degrees(math.acos(max(-1.0, min(1.0, (y * self._up_y + z * self._up_z) / length))))
