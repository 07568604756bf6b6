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

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_EVERY_S = 0.5
# Structure finer than this many pixels is what tells one place from another, whatever the light.
_FINE_PX = 4.0
# Spread of that structure in grey levels: 12 and more at half the light, under 2 at a twentieth, under 1 on a hand.
_LEAST_STRUCTURE = 2.5
_DARK_MEAN = 20.0
# Spread of the Laplacian over it: 1.6 to 1.9 in focus, in any light; 0.6 where every edge of a picture 640 wide is
# spread over 4 pixels, and 0.3 over 8.
_LEAST_SHARPNESS = 0.5
# A stream of a still scene repeats a frame until its next key frame, 10 s at most with the usual settings.
_FROZEN_S = 20.0
# Correlation with the place as it was: 0.6 and more with somebody in it or 0.6 of its width hidden; under 0.35 from a
# shift of 3 pixels on, under 0.1 with another place.
_SAME_PLACE = 0.4
_OTHER_PLACE = 0.1
# Half of a foot's length beside a line for somebody who fills half of the picture's height.
_SHIFT_PX = 4.0
_PEAK = 0.15
# Pallets, daylight and the season may change the place slowly.
_REFERENCE_S = 600.0


class GreyToSight:
    """Judges one camera's picture. Remembers what the place looked like; not thread-safe."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._same_since_s = 0.0
        self._judged_s = float("-inf")
        self._reference: Floats | None = None
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
        """The installer has looked at the zones: what the camera shows now is the place."""
        self._reference = None

    def _judge(self, grey: Grey, t_s: float) -> SightFault | None:
        fine = _fine(grey)
        structure = float(fine.std())
        if structure < _LEAST_STRUCTURE:
            return SightFault.DARK if float(grey.mean()) < _DARK_MEAN else SightFault.COVERED
        if float(cv2.Laplacian(grey, cv2.CV_32F).std()) < _LEAST_SHARPNESS * structure:
            return SightFault.DEFOCUSED
        if t_s - self._same_since_s >= _FROZEN_S:
            return SightFault.FROZEN
        return self._compare(fine, min(max(t_s - self._judged_s, 0.0), _REFERENCE_S))

    def _compare(self, fine: Floats, dt_s: float) -> SightFault | None:
        """Whether this is another place than before; else take it into the memory of the place."""
        reference = self._reference
        if reference is None or reference.shape != fine.shape:
            self._reference = fine
            return None
        alike = float(np.vdot(reference, fine) / max(float(np.linalg.norm(reference) * np.linalg.norm(fine)), 1e-6))
        if alike < _OTHER_PLACE or (alike < _SAME_PLACE and _is_shifted(reference, fine)):
            return SightFault.MOVED
        self._reference = reference + np.float32(dt_s / _REFERENCE_S) * (fine - reference)
        return None


def _fine(grey: Grey) -> Floats:
    image = grey.astype(np.float32)
    return np.asarray(image - cv2.GaussianBlur(image, (0, 0), _FINE_PX), np.float32)


def _is_shifted(before: Floats, now: Floats) -> bool:
    """By phase correlation (Kuglin and Hines, 1975)."""
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    (dx_px, dy_px), peak = cv2.phaseCorrelate(before, now, window)
    return bool(peak >= _PEAK and max(abs(dx_px), abs(dy_px)) >= _SHIFT_PX)
