"""The batched filter: the textbook's, and the same as filterpy's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from filterpy.common import Q_discrete_white_noise
from filterpy.kalman import KalmanFilter
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.track import kalman
from edge_agent.track.kalman import PointFilters

Floats = npt.NDArray[np.float64]

PERSONS, POINTS = 2, 2
SHAPE = (PERSONS, POINTS)


@dataclass(frozen=True)
class Step:
    """One prediction and what was measured after it; an infinite R is a missing measurement."""

    dt_s: float
    z_px: Floats
    R_px2: Floats
    q_px2_s4: Floats


@st.composite
def steps(draw: st.DrawFn) -> Step:
    def array(strategy: st.SearchStrategy[float], shape: tuple[int, ...]) -> Floats:
        count = int(np.prod(shape))
        return np.array(draw(st.lists(strategy, min_size=count, max_size=count))).reshape(shape)

    variance = st.one_of(st.floats(0.01, 1e4), st.just(np.inf))
    return Step(
        draw(st.one_of(st.sampled_from([0.0, 1 / 60, 1 / 30, 0.1, 0.5]), st.floats(0.0, 1.0))),
        array(st.floats(-500.0, 4000.0), (*SHAPE, 2)),
        array(variance, SHAPE),
        array(st.floats(1.0, 1e6), (PERSONS, 1)),
    )


SEQUENCES = st.lists(steps(), min_size=1, max_size=12)


def started() -> PointFilters:
    z_px = np.arange(8.0).reshape(*SHAPE, 2) * 100.0
    return kalman.initiate(z_px, np.full(SHAPE, 9.0), np.full(SHAPE, 150.0))


def advanced(state: PointFilters, step: Step) -> PointFilters:
    return kalman.update(kalman.predict(state, step.dt_s, step.q_px2_s4), step.z_px, step.R_px2)


def filterpy_of(state: PointFilters, person: int, point: int, axis: int) -> KalmanFilter:
    """The two-state filter of one image axis of one point."""
    one = KalmanFilter(dim_x=2, dim_z=1)
    one.x = np.array([[state.x_px[person, point, axis]], [state.v_px_s[person, point, axis]]])
    xx, xv, vv = state.P[:, person, point]
    one.P = np.array([[xx, xv], [xv, vv]])
    one.H = np.array([[1.0, 0.0]])
    return one


@settings(max_examples=40, deadline=None)
@given(SEQUENCES)
def test_it_is_identical_to_filterpy(sequence: list[Step]) -> None:
    state = started()
    oracles = {index: filterpy_of(state, *index) for index in np.ndindex(*SHAPE, 2)}
    for step in sequence:
        state = advanced(state, step)
        for (person, point, axis), one in oracles.items():
            F = np.array([[1.0, step.dt_s], [0.0, 1.0]])
            Q = Q_discrete_white_noise(2, step.dt_s, step.q_px2_s4[person, 0])
            one.predict(F=F, Q=Q)
            R = step.R_px2[person, point]
            if np.isfinite(R):
                one.update(step.z_px[person, point, axis], R=R)
            else:
                one.update(None)
            xx, xv, vv = state.P[:, person, point]
            mine = [state.x_px[person, point, axis], state.v_px_s[person, point, axis]]
            np.testing.assert_allclose(mine, one.x[:, 0], rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose([[xx, xv], [xv, vv]], one.P, rtol=1e-9, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(SEQUENCES)
def test_the_covariance_stays_positive_definite(sequence: list[Step]) -> None:
    """Its symmetry is in the form: one number stands for both of its covariances."""
    state = started()
    for step in sequence:
        state = advanced(state, step)
        xx, xv, vv = state.P
        assert (xx > 0.0).all()
        assert (vv > 0.0).all()
        assert (xv * xv < xx * vv).all()


@given(steps())
def test_a_measurement_never_adds_doubt_and_a_prediction_never_removes_it(step: Step) -> None:
    predicted = kalman.predict(started(), step.dt_s, step.q_px2_s4)
    assert (predicted.P[0] >= started().P[0]).all()
    assert (predicted.P[2] >= started().P[2]).all()
    updated = kalman.update(predicted, step.z_px, step.R_px2)
    assert (updated.P[0] <= predicted.P[0]).all()
    assert (updated.P[2] <= predicted.P[2]).all()


@given(steps())
def test_where_nothing_was_measured_nothing_changes(step: Step) -> None:
    state = started()
    unchanged = kalman.update(state, step.z_px, np.full(SHAPE, np.inf))
    np.testing.assert_array_equal(unchanged.x_px, state.x_px)
    np.testing.assert_array_equal(unchanged.v_px_s, state.v_px_s)
    np.testing.assert_array_equal(unchanged.P, state.P)


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0])
def test_it_halves_the_noise_of_a_uniform_motion_and_finds_its_velocity(fps: float) -> None:
    sigma_px, velocity_px_s, persons = 5.0, np.array([80.0, -30.0]), 200
    random = np.random.default_rng(3)
    times_s = np.arange(int(4 * fps)) / fps
    truth_px = times_s[:, None] * velocity_px_s + 100.0
    z_px = truth_px[:, None, None] + random.normal(0.0, sigma_px, (len(times_s), persons, 1, 2))
    R_px2 = np.full((persons, 1), sigma_px**2)
    state = kalman.initiate(z_px[0], R_px2, np.full((persons, 1), 150.0))
    for z in z_px[1:]:
        state = kalman.update(kalman.predict(state, 1.0 / fps, np.array(30.0**2)), z, R_px2)
    error_px = np.std(state.x_px - truth_px[-1])
    assert error_px < (0.5 if fps > 5.0 else 0.7) * sigma_px
    assert error_px == pytest.approx(np.sqrt(state.P[0].mean()), rel=0.35), "and knows how large its error is"
    assert state.v_px_s.mean(axis=(0, 1)) == pytest.approx(velocity_px_s, abs=3.0)


def test_batches_are_put_together_and_taken_apart_in_order() -> None:
    first = started()
    second = kalman.predict(started(), 0.1, np.array(100.0))
    both = kalman.concatenate(first, second)
    for rows, expected in (([0, 1], first), ([2, 3], second)):
        part = kalman.select(both, np.array(rows))
        np.testing.assert_array_equal(part.x_px, expected.x_px)
        np.testing.assert_array_equal(part.v_px_s, expected.v_px_s)
        np.testing.assert_array_equal(part.P, expected.P)
    swapped = kalman.select(both, np.array([3, 0]))
    np.testing.assert_array_equal(swapped.P, both.P[:, [3, 0]])
