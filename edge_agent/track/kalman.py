"""Constant-velocity Kalman filter for many points at once, in closed form.

Every point is followed on each image axis by the two-state filter ``x = [position, velocity]`` of Bar-Shalom, Li and
Kirubarajan, *Estimation with Applications to Tracking and Navigation* (2001), sections 5.2 and 6.3.2, with
``F = [[1, dt], [0, 1]]``, ``H = [1, 0]`` and discrete white-noise acceleration
``Q = q [[dt^4/4, dt^3/2], [dt^3/2, dt^2]]``. Both axes of a point share R and q, hence also P, so P is kept once a
point as its three distinct entries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PointFilters:
    """State of N x K filtered points.

    Attributes:
        x_px: ``(N, K, 2)`` positions in frame pixels.
        v_px_s: ``(N, K, 2)`` velocities in pixels per second.
        P: ``(3, N, K)``: variance of position, covariance, variance of velocity (px^2, px^2/s, px^2/s^2).
    """

    x_px: Floats
    v_px_s: Floats
    P: Floats


def initiate(z_px: Floats, R_px2: Floats, speed_px_s: Floats) -> PointFilters:
    """Start filters at a first measurement, at rest.

    Args:
        z_px: ``(N, K, 2)`` measured positions.
        R_px2: ``(N, K)`` their variance.
        speed_px_s: ``(N, K)`` standard deviation of the unknown velocity.
    """
    return PointFilters(z_px.copy(), np.zeros_like(z_px), np.stack([R_px2, np.zeros_like(R_px2), speed_px_s**2]))


def predict(state: PointFilters, dt_s: float, q_px2_s4: Floats) -> PointFilters:
    """Carry the state forward: ``x = F x``, ``P = F P F' + Q``.

    Args:
        state: The filters.
        dt_s: Seconds to the next measurement.
        q_px2_s4: Broadcastable to ``(N, K)``: variance of the acceleration.
    """
    xx, xv, vv = state.P
    dt2 = dt_s * dt_s
    P = np.stack(
        [
            xx + 2.0 * dt_s * xv + dt2 * vv + q_px2_s4 * (dt2 * dt2 / 4.0),
            xv + dt_s * vv + q_px2_s4 * (dt2 * dt_s / 2.0),
            vv + q_px2_s4 * dt2,
        ]
    )
    return PointFilters(state.x_px + dt_s * state.v_px_s, state.v_px_s, P)


def update(state: PointFilters, z_px: Floats, R_px2: Floats) -> PointFilters:
    """Take in measurements: ``K = P H' / S``, ``x += K (z - H x)``, ``P = (I - K H) P``.

    Args:
        state: The predicted filters.
        z_px: ``(N, K, 2)`` measured positions; any finite number where R is infinite.
        R_px2: ``(N, K)`` their variance; infinite where the point was not measured.
    """
    xx, xv, vv = state.P
    S = xx + R_px2  # where it is infinite, both gains are exactly zero
    gain_x = xx / S
    gain_v = xv / S
    y = z_px - state.x_px
    return PointFilters(
        state.x_px + gain_x[..., None] * y,
        state.v_px_s + gain_v[..., None] * y,
        np.stack([(1.0 - gain_x) * xx, (1.0 - gain_x) * xv, vv - gain_v * xv]),
    )


def replace(state: PointFilters, where: npt.NDArray[np.bool_], by: PointFilters) -> PointFilters:
    """The same, but for the points ``where`` is true, ``(N, K)``: those are taken from `by`."""
    return PointFilters(
        np.where(where[..., None], by.x_px, state.x_px),
        np.where(where[..., None], by.v_px_s, state.v_px_s),
        np.where(where, by.P, state.P),
    )


def concatenate(first: PointFilters, second: PointFilters) -> PointFilters:
    """Both batches as one, `first` before `second`."""
    return PointFilters(
        np.concatenate([first.x_px, second.x_px]),
        np.concatenate([first.v_px_s, second.v_px_s]),
        np.concatenate([first.P, second.P], axis=1),
    )


def select(state: PointFilters, rows: npt.NDArray[np.intp]) -> PointFilters:
    """The persons at these rows, in this order."""
    return PointFilters(state.x_px[rows], state.v_px_s[rows], state.P[:, rows])
