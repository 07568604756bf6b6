"""How a camera looks at a level floor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What an installer measures with a tape and a spirit level, and reads off the camera's data sheet.

    The camera is held level (no roll), and its lens draws straight lines straight.
    """

    tilt_deg: Annotated[float, Ge(-10.0), Le(80.0)]
    """How far the camera looks down: 0 is level, 90 would be straight down."""
    fov_deg: Annotated[float, Gt(10.0), Le(120.0)]
    """Horizontal field of view: how wide an angle the picture's width shows."""

    def depression_deg(self, y_px: float, width_px: int, height_px: int) -> float:
        """How far below the horizon the camera looks at a row of the frame (pinhole camera), in degrees.

        Args:
            y_px: The row, from the top.
            width_px: Of the frame.
            height_px: Of the frame.
        """
        focal_px = width_px / 2.0 / math.tan(math.radians(self.fov_deg) / 2.0)
        return self.tilt_deg + math.degrees(math.atan2(y_px - height_px / 2.0, focal_px))
