"""Optical flow between two frames of one camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Apparent motion since the frame before, on a reduced grid.

    Attributes:
        t_s: Monotonic seconds of the newer frame.
        dt_s: Seconds between the two frames; 0 where there was no frame before.
        field: ``(h, w, 2)`` float32, x y displacement in grid pixels over `dt_s`, the camera's own motion included.
        scale_px: Frame pixels per grid pixel, x and y alike.
        camera_px: ``(2,)`` float32, the part of it that the whole picture shares: the camera itself was moved.
    """

    t_s: float
    dt_s: float
    field: npt.NDArray[np.float32]
    scale_px: float
    camera_px: npt.NDArray[np.float32]
