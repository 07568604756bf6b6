"""Smooth passages between postures: smoothstep, and curves through key frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def smoothstep(share: float) -> float:
    """0 to 1 with no speed at either end, `3 s^2 - 2 s^3`; the share is clipped to 0..1."""
    s = min(max(share, 0.0), 1.0)
    return s * s * (3.0 - 2.0 * s)


def ramp(time_s: float, start_s: float, end_s: float) -> float:
    """Smoothstep of a time between two moments."""
    return smoothstep((time_s - start_s) / max(end_s - start_s, 1e-9))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A C1 curve through key frames that never overshoots them.

    Attributes:
        times_s: float64 `(K,)`, increasing.
        values: float64 `(K, D)`.
        slopes: float64 `(K, D)`, per second.
    """

    times_s: Floats
    values: Floats
    slopes: Floats

    def at(self, time_s: float) -> Floats:
        """Values `(D,)` at a time; the first and the last are held outside of the key frames."""
        times = self.times_s
        time = min(max(time_s, times[0]), times[-1])
        k = int(min(max(np.searchsorted(times, time, side="right") - 1, 0), len(times) - 2))
        span = times[k + 1] - times[k]
        s = (time - times[k]) / span
        h = 2 * s**3 - 3 * s**2 + 1
        rise = (s**3 - 2 * s**2 + s) * span * self.slopes[k] + (s**3 - s**2) * span * self.slopes[k + 1]
        value: Floats = h * self.values[k] + (1 - h) * self.values[k + 1] + rise
        return value


def curve_through(
    times_s: list[float], values: Floats, *, stops: bool = True, start_slope: Floats | None = None
) -> Curve:
    """A monotone cubic through key frames (Fritsch & Carlson, SIAM J. Numer. Anal. 1980, with harmonic mean slopes).

    Args:
        times_s: at least two increasing times.
        values: float64 `(K, D)`.
        stops: whether the last key frame is reached at rest. A fall is not: the floor ends it.
        start_slope: float64 `(D,)`, per second, at the first key frame; it starts at rest otherwise.

    Raises:
        ValueError: times do not increase, or there are fewer than two.
    """
    times = np.asarray(times_s, dtype=np.float64)
    steps = np.diff(times)
    if len(times) < 2 or np.any(steps <= 0.0):
        raise ValueError(f"key frames need two or more increasing times, not {times_s}")
    secants = np.diff(values, axis=0) / steps[:, None]
    slopes = np.zeros_like(values)
    before, after = secants[:-1], secants[1:]
    same = before * after > 0.0
    total = np.where(same, before + after, 1.0)
    slopes[1:-1] = np.where(same, 2.0 * before * after / total, 0.0)
    if start_slope is not None:
        slopes[0] = start_slope
    if not stops:
        slopes[-1] = secants[-1]
    return Curve(times_s=times, values=values, slopes=slopes)
