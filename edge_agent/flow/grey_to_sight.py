"""Whether the picture shows anything: not dark, covered, out of focus, frozen, or of another place than before.

Everything is judged on the reduced grey image of the flow stage, in which a picture 640 wide is 160. The limits are
our own, set between what was measured on real footage (two views of a room, a shop, a hall) and the same pictures
spoilt; the tests spoil pictures alike.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.data.sight import Sight, SightFault
from edge_agent.flow.seen_place import SeenPlace

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_EVERY_S = 0.5
# Structure finer than this many pixels is what tells one place from another, whatever the light.
_FINE_PX = 4.0
# A block of the picture shows something where fine structure spreads by more than this, in grey levels. Of the blocks
# of real footage 0.5 to 1 do, at a third of the light too; 0.17 with 0.85 of the width hidden; 0.08 and less at a
# twentieth of the light or under a hand, lamps included.
_BLOCK_PX = 8
_LEAST_STRUCTURE = 2.5
_LEAST_SHARE = 0.1
# At a tenth of the light half of the picture is at 9 or brighter, at a twentieth under 8; one lamp changes neither.
_DARK = 8.0
_DIM_MEAN = 20.0
# Spread of the Laplacian over that of fine structure: 1.6 to 1.9 in focus, in any light; 0.6 where every edge of a
# picture 640 wide is spread over 4 pixels, and 0.4 over 8.
_LEAST_SHARPNESS = 0.5
# A stream of a still scene repeats a frame until its next key frame, 10 s at most with the usual settings.
_FROZEN_S = 20.0


class GreyToSight:
    """Judges one camera's picture. Remembers what the place looked like; not thread-safe."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._same_since_s = 0.0
        self._judged_s = float("-inf")
        self._place = SeenPlace()
        self._fault: SightFault | None = None

    def __call__(self, grey: Grey, t_s: float) -> Sight:
        """Judge a frame; most are judged as the one before.

        Args:
            grey: ``(h, w)`` uint8, reduced.
            t_s: Monotonic seconds.
        """
        if self._last is None or not np.array_equal(self._last, grey):
            self._same_since_s = t_s
        self._last = grey
        if t_s - self._judged_s >= _EVERY_S:
            self._fault = self._judge(grey, t_s)
            self._judged_s = t_s
        return Sight(t_s, self._fault)

    def forget_place(self) -> None:
        """The installer has looked at the zones: what the camera shows from now on is the place."""
        self._place = SeenPlace()

    def _judge(self, grey: Grey, t_s: float) -> SightFault | None:
        if float(np.median(grey)) < _DARK:
            return SightFault.DARK
        fine = _fine(grey)
        if _share_of_structure(fine) < _LEAST_SHARE:
            return SightFault.DARK if float(grey.mean()) < _DIM_MEAN else SightFault.COVERED
        if float(cv2.Laplacian(grey, cv2.CV_32F).std()) < _LEAST_SHARPNESS * float(fine.std()):
            return SightFault.DEFOCUSED
        if t_s - self._same_since_s >= _FROZEN_S:
            return SightFault.FROZEN
        return None if self._place.is_same(fine, t_s) else SightFault.MOVED


def _fine(grey: Grey) -> Floats:
    image = grey.astype(np.float32)
    return np.asarray(image - cv2.GaussianBlur(image, (0, 0), _FINE_PX), np.float32)


def _share_of_structure(fine: Floats) -> float:
    """Share of the picture's blocks in which there is any."""
    height, width = fine.shape
    blocks = (max(1, width // _BLOCK_PX), max(1, height // _BLOCK_PX))
    energy = cv2.resize(fine * fine, blocks, interpolation=cv2.INTER_AREA)
    return float(np.count_nonzero(energy > _LEAST_STRUCTURE**2)) / energy.size
