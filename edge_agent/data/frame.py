"""One picture from one camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame as it leaves capture.

    Attributes:
        camera: Name of the camera in the settings.
        seq: Number of the frame since this camera was first opened, from 0; a gap is a dropped frame.
        t_s: Monotonic seconds at which the sensor exposed it, or at which the read returned where the sensor
            does not tell.
        image: ``(H, W, 3)`` uint8, BGR, origin at the top left.
    """

    camera: str
    seq: int
    t_s: float
    image: npt.NDArray[np.uint8]

    @property
    def width_px(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])
