"""How a calibrated camera stands over the floor, at one size of its frames.

Coordinates of the camera: x right, y down, z forward.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from edge_agent.data.calibration import HIGHEST_M, LOWEST_M, Calibration
from edge_agent.posture.floor_points_to_plane import floor_points_to_plane

WORST_MISFIT = 0.05
"""Our own: marks that are measured to 5 cm and clicked to 3 pixels misfit by 1 %, see decision 012."""
_MOST_ROLL_DEG = 45.0
_MOST_TILT_DEG = 80.0  # as for `tilt_deg`


class CameraPose(NamedTuple):
    """A pinhole camera over a level floor.

    Attributes:
        focal_px: Focal length.
        centre_x_px: Where the axis of the lens meets the picture: its middle.
        centre_y_px: Likewise.
        up_x: Straight up, a unit vector in the camera's coordinates.
        up_y: See `up_x`.
        up_z: See `up_x`.
        height_m: Of the camera above the floor; None where it is not known.
        misfit: How far the worst floor point shows from where it was said to show, as a part of the largest distance
            of two of them in the picture; 0 without floor points.
    """

    focal_px: float
    centre_x_px: float
    centre_y_px: float
    up_x: float
    up_y: float
    up_z: float
    height_m: float | None
    misfit: float = 0.0

    @property
    def tilt_deg(self) -> float:
        """How far the camera looks down."""
        return math.degrees(math.asin(max(-1.0, min(1.0, -self.up_z))))

    @property
    def roll_deg(self) -> float:
        """How far the camera is turned about its axis: positive where the horizon's right end sinks in the picture."""
        return math.degrees(math.atan2(self.up_x, -self.up_y))

    @property
    def text(self) -> str:
        """How the camera stands, in words."""
        height = "at a height that is not known" if self.height_m is None else f"{self.height_m:.1f} m above the floor"
        return (
            f"looks down {self.tilt_deg:.0f} deg and rolls {self.roll_deg:.0f} deg, {height}"
            f"{f'; its floor points fit to {self.misfit:.1%}' if self.misfit > 0.0 else ''}"
        )

    @property
    def problem(self) -> str:
        """Why nothing must be told of people from it, in words; empty where it can be."""
        # Not the other way round: a misfit that is no number fits nothing.
        if not self.misfit <= WORST_MISFIT:
            return (
                f"floor_points do not fit together (off by {self.misfit:.0%}): a point is mistyped, or fov_deg is not "
                "the camera's"
            )
        if abs(self.roll_deg) > _MOST_ROLL_DEG:
            return f"floor_points say that the camera rolls by {self.roll_deg:.0f} deg: `at` counts y from the top"
        if self.tilt_deg > _MOST_TILT_DEG:
            return f"floor_points say that the camera looks down {self.tilt_deg:.0f} deg, where no posture can be told"
        if self.height_m is not None and not LOWEST_M <= self.height_m <= HIGHEST_M:
            return f"floor_points put the camera {self.height_m:.1f} m above the floor: check their metres"
        return ""


def calibration_to_pose(calibration: Calibration, width_px: int, height_px: int) -> CameraPose:
    """The camera as its installer measured it; look at `problem` before it is used.

    Args:
        calibration: With a tilt or with floor points.
        width_px: Of the frame; pixels are square, so that only now the vertical field of view is known.
        height_px: Of the frame.
    """
    centre_x_px, centre_y_px = width_px / 2.0, height_px / 2.0
    focal_px = centre_x_px / math.tan(math.radians(calibration.fov_deg) / 2.0)
    if calibration.floor_points is None:
        tilt = math.radians(calibration.tilt_deg or 0.0)  # the settings refuse a calibration with neither
        up = (0.0, -math.cos(tilt), -math.sin(tilt))
        return CameraPose(focal_px, centre_x_px, centre_y_px, *up, calibration.height_m)
    rays = [
        ((point.at[0] * width_px - centre_x_px) / focal_px, (point.at[1] * height_px - centre_y_px) / focal_px)
        for point in calibration.floor_points
    ]
    plane = floor_points_to_plane(rays, [(point.x_m, point.y_m) for point in calibration.floor_points])
    up_x, up_y, up_z = plane.up
    return CameraPose(focal_px, centre_x_px, centre_y_px, up_x, up_y, up_z, plane.distance_m, plane.misfit)
