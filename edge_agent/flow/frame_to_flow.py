"""The flow stage: Farneback optical flow on a reduced grey image."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.data.flow import Flow
from edge_agent.data.frame import Frame

# Two-frame motion estimation by polynomial expansion (Farneback, SCIA 2003). 160 pixels of width resolve a person's
# limbs at the distances at which a pose is found at all; a window of 9 there spans 36 pixels of a 640 wide frame.
_WIDTH_PX = 160
_WINDOW_PX = 9
_ITERATIONS = 1
_POLY_N = 5
_POLY_SIGMA = 1.1
# One halved level above the grid: a person who falls covers more than half a window a frame, and OpenCV stops at 32
# pixels of height anyway. It costs a fifth more than the grid alone.
_LEVELS_ABOVE = 1
# Cells move alike within half a cell and a third of their motion. Of real pictures pushed by up to 20 pixels of 640 a
# frame 0.75 and more do; from 30 on the flow itself finds nothing.
_ALIKE_PX, _ALIKE_PART = 0.5, 0.33
_SHARED = 0.7
# Beyond such a gap two frames no longer show the same motion.
_LONGEST_DT_S = 1.0


class FrameToFlow:
    """Optical flow from each frame to the next of one camera.

    Keeps the previous reduced grey image and nothing else. Not thread-safe.
    """

    def __init__(self) -> None:
        self._grey: npt.NDArray[np.uint8] | None = None
        self._scale_px = 0.0
        self._t_s = 0.0

    @property
    def grey(self) -> npt.NDArray[np.uint8]:
        """The last frame, reduced, ``(h, w)``; only after a call."""
        if self._grey is None:
            raise RuntimeError("no frame yet")
        return self._grey

    def __call__(self, frame: Frame) -> Flow:
        """Flow since the previous frame; zero and ``dt_s = 0`` where there is none to compare with."""
        scale_px = max(1.0, frame.width_px / _WIDTH_PX)
        size = (max(1, round(frame.width_px / scale_px)), max(1, round(frame.height_px / scale_px)))
        # Reduce first, then grey: a sixteenth of the pixels to convert.
        small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
        before, dt_s = self._grey, frame.t_s - self._t_s
        # Frames of two sizes can have the same grid: 640x480 and 1280x960.
        same_size = before is not None and before.shape == grey.shape and scale_px == self._scale_px
        self._grey, self._scale_px, self._t_s = grey, scale_px, frame.t_s
        if before is None or not same_size or not 0.0 < dt_s <= _LONGEST_DT_S:
            return Flow(frame.t_s, 0.0, np.zeros((*grey.shape, 2), np.float32), scale_px, np.zeros(2, np.float32))
        field = np.zeros((*grey.shape, 2), np.float32)
        cv2.calcOpticalFlowFarneback(
            before, grey, field, 0.5, _LEVELS_ABOVE, _WINDOW_PX, _ITERATIONS, _POLY_N, _POLY_SIGMA, 0
        )
        return Flow(frame.t_s, dt_s, field, scale_px, _camera_px(field))


def _camera_px(field: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The motion that most of the picture shares, which is the camera's own; zero where there is none.

    Somebody close to the camera covers half of the picture, and whatever that person does is no motion of the camera.
    """
    cells = field[::4, ::4].reshape(-1, 2)
    middle = np.asarray(np.median(cells, axis=0), np.float32)
    off_px = np.hypot(cells[:, 0] - middle[0], cells[:, 1] - middle[1])
    shared = np.count_nonzero(off_px <= _ALIKE_PX + _ALIKE_PART * float(np.hypot(*middle)))
    return middle if shared >= _SHARED * len(cells) else np.zeros(2, np.float32)
