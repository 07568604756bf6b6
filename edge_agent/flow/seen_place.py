"""What the place looks like that a camera shows, and whether it still shows it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Correlation with the place as it was: 0.57 and more with somebody in it or 0.6 of its width hidden; under 0.35 from a
# shift of 3 pixels of 160 on, under 0.1 with another place.
_SAME = 0.4
_OTHER = 0.1
# Half of a foot's length beside a line for somebody who fills half of the picture's height.
_SHIFT_PX = 4.0
_PEAK = 0.15
# A view must last for so long to be the place: the first picture may be a splash screen, or a truck that leaves.
_SETTLE_S = 10.0
# Whoever shows another view for as long as the first one had been shown, and at least for so long, is believed.
_LEAST_TRUST_S = 60.0
# Pallets, daylight and the season may change the place slowly.
_MEMORY_S = 600.0


class _View:
    """One view and how long it has been shown, the time in which it was hidden included."""

    def __init__(self, fine: Floats, t_s: float) -> None:
        self.fine = fine
        self.since_s = t_s
        self.last_s = t_s

    @property
    def shown_s(self) -> float:
        """From the first to the last picture of it."""
        return self.last_s - self.since_s

    def fits(self, fine: Floats) -> bool:
        """Whether a picture is of this place."""
        if self.fine.shape != fine.shape:
            return False
        scale = float(np.linalg.norm(self.fine) * np.linalg.norm(fine))
        alike = float(np.vdot(self.fine, fine)) / max(scale, 1e-6)
        return alike >= _SAME or (alike >= _OTHER and not _is_shifted(self.fine, fine))

    def take(self, fine: Floats, t_s: float) -> None:
        """Follow slow changes."""
        part = min(max(t_s - self.last_s, 0.0) / _MEMORY_S, 1.0)
        self.fine = self.fine + np.float32(part) * (fine - self.fine)
        self.last_s = t_s


class SeenPlace:
    """The place that a camera shows, learnt from what it shows. Not thread-safe."""

    def __init__(self) -> None:
        self._place: _View | None = None
        self._other: _View | None = None

    def is_same(self, fine: Floats, t_s: float) -> bool:
        """Whether this picture is of the place, or the place is not known yet.

        Args:
            fine: ``(h, w)`` float32, the picture without its coarse structure.
            t_s: Monotonic seconds.
        """
        if self._place is not None and self._place.fits(fine):
            self._place.take(fine, t_s)
            self._other = None
            return True
        if self._other is None or not self._other.fits(fine):
            self._other = _View(fine, t_s)
        self._other.take(fine, t_s)
        least_s = _SETTLE_S if self._place is None else max(_LEAST_TRUST_S, self._place.shown_s)
        if self._other.shown_s >= least_s:
            self._place, self._other = self._other, None
            return True
        return self._place is None


def _is_shifted(before: Floats, now: Floats) -> bool:
    """By phase correlation (Kuglin and Hines, 1975)."""
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    (dx_px, dy_px), peak = cv2.phaseCorrelate(before, now, window)
    return bool(peak >= _PEAK and max(abs(dx_px), abs(dy_px)) >= _SHIFT_PX)
