"""How a camera looks at a level floor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from edge_agent.data.zone import Vertex

LOWEST_M, HIGHEST_M = 0.5, 30.0
"""A camera hangs so high above the floor; our own, from a camera on a machine to one under the roof of a hall."""
Metres = Annotated[float, Ge(-500.0), Le(500.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPoint:
    """A mark on the floor that can be found in the picture."""

    at: Vertex
    """Where it shows: x right and y down, as fractions of the frame's width and height."""
    x_m: Metres
    """Where it is on the floor, in metres along any straight line."""
    y_m: Metres
    """Likewise, square to that line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What an installer measures with a tape and a spirit level, and reads off the camera's data sheet.

    Either `tilt_deg`, of a camera that is held level (no roll), or `floor_points`. The lens draws straight lines
    straight.
    """

    fov_deg: Annotated[float, Gt(10.0), Le(120.0)]
    """Horizontal field of view: how wide an angle the picture's width shows."""
    tilt_deg: Annotated[float, Ge(-10.0), Le(80.0)] | None = None
    """How far the camera looks down: 0 is level, 90 would be straight down."""
    height_m: Annotated[float, Ge(LOWEST_M), Le(HIGHEST_M)] | None = None
    """How high the camera hangs above the floor. Only with it, or with `floor_points`, is anything told in metres."""
    floor_points: Annotated[tuple[FloorPoint, ...], MinLen(4), MaxLen(4)] | None = None
    """Instead of tilt and height: four marks on the floor, far apart, no three of them on one line, in any order. They
    tell the roll, too."""

    @property
    def knows_metres(self) -> bool:
        """Whether places, heights and speeds can be told in metres."""
        return self.height_m is not None or self.floor_points is not None

    def depression_deg(self, y_px: float, width_px: int, height_px: int) -> float | None:
        """How far below the horizon a row of the frame shows (pinhole camera), in degrees; None without a tilt.

        Args:
            y_px: The row, from the top.
            width_px: Of the frame.
            height_px: Of the frame.
        """
        if self.tilt_deg is None:
            return None
        focal_px = width_px / 2.0 / math.tan(math.radians(self.fov_deg) / 2.0)
        return self.tilt_deg + math.degrees(math.atan2(y_px - height_px / 2.0, focal_px))
