"""The gate: when the detector may rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textures import frame, texture, with_noise, with_patch

from edge_agent.data.flow import Flow
from edge_agent.flow.frame_to_flow import FrameToFlow
from edge_agent.flow.inference_gate import InferenceGate

REST_S = 0.5
FPS = st.floats(1.0, 120.0)


def flow(t_s: float, dt_s: float, moving_px: float = 0.0, cells: int = 40) -> Flow:
    """A flow field with a square that moves."""
    field = np.zeros((120, 160, 2), np.float32)
    field[:cells, :cells, 0] = moving_px
    return Flow(t_s, dt_s, field, 4.0, np.zeros(2, np.float32))


@given(FPS, st.lists(st.sampled_from([0.0, 0.1, 5.0]), min_size=1, max_size=60))
def test_it_is_never_closed_while_anybody_is_followed(fps: float, motion: list[float]) -> None:
    gate = InferenceGate()
    for number, moving_px in enumerate(motion):
        assert gate.opens(flow(number / fps, 1.0 / fps, moving_px), anybody=True)


@given(FPS, st.lists(st.booleans(), min_size=1, max_size=60))
def test_it_opens_on_every_motion(fps: float, moves: list[bool]) -> None:
    gate = InferenceGate()
    for number, moving in enumerate(moves):
        opened = gate.opens(flow(number / fps, 1.0 / fps, 1.0 if moving else 0.0), anybody=False)
        assert opened or not moving


@given(FPS, st.floats(0.0, 1e6))
def test_in_an_empty_still_view_it_opens_every_half_second_and_not_more_often(fps: float, start_s: float) -> None:
    gate = InferenceGate()
    times_s = [start_s + number / fps for number in range(int(5 * fps))]
    opened_s = [t_s for t_s in times_s if gate.opens(flow(t_s, 1.0 / fps), anybody=False)]
    assert opened_s[0] == start_s
    gaps_s = np.diff(opened_s)
    assert (gaps_s <= REST_S + 1.0 / fps + 1e-6).all()
    assert (gaps_s >= REST_S - 1e-6).all()


def test_it_opens_where_there_was_no_frame_to_compare_with() -> None:
    gate = InferenceGate()
    assert gate.opens(flow(0.0, 0.1), anybody=False)
    assert not gate.opens(flow(0.1, 0.1), anybody=False)
    assert gate.opens(flow(0.2, 0.0), anybody=False)


def test_a_few_displaced_cells_are_noise() -> None:
    gate = InferenceGate()
    gate.opens(flow(0.0, 0.1), anybody=False)
    assert not gate.opens(flow(0.1, 0.1, moving_px=1.0, cells=4), anybody=False)
    assert not gate.opens(flow(0.2, 0.1, moving_px=0.2), anybody=False)
    assert gate.opens(flow(0.3, 0.1, moving_px=1.0, cells=12), anybody=False)


@pytest.mark.parametrize("sigma", [0.0, 2.0, 4.0])
def test_it_rests_on_sensor_noise_and_wakes_for_a_small_figure_far_away(sigma: float) -> None:
    background, figure = texture(480, 640, seed=1), texture(80, 32, seed=2, grain_px=4.0)
    stage, gate = FrameToFlow(), InferenceGate()
    opened = [
        gate.opens(stage(frame(with_noise(background, sigma, number), number / 18)), anybody=False)
        for number in range(8)
    ]
    assert opened == [True] + [False] * 7
    for number in range(8, 12):
        image = with_noise(with_patch(background, figure, 60 + 2 * number, 100), sigma, number)
        opened.append(gate.opens(stage(frame(image, number / 18)), anybody=False))
    assert all(opened[8:])


@given(st.floats(10.0, 60.0), st.floats(0.1, 0.2), st.lists(st.booleans(), min_size=20, max_size=200))
def test_a_hot_processor_looks_less_often_and_never_stops(fps: float, interval_s: float, anybody: list[bool]) -> None:
    gate = InferenceGate()
    gate.least_interval_s = interval_s
    opened_s = [
        number / fps
        for number, somebody in enumerate(anybody)
        if gate.opens(flow(number / fps, 1.0 / fps, 5.0), anybody=somebody)
    ]
    gaps_s = np.diff([*opened_s, len(anybody) / fps])
    assert (gaps_s[:-1] >= interval_s / 2.0 - 1e-6).all()
    assert (gaps_s <= interval_s + 1.0 / fps + 1e-6).all(), "somebody is there, or something moves: it looks"
    assert len(opened_s) <= len(anybody) / fps / interval_s + 2.0


def test_it_looks_at_every_frame_again_once_the_processor_is_cool() -> None:
    gate = InferenceGate()
    gate.least_interval_s = 0.2
    assert gate.opens(flow(0.0, 0.05), anybody=True)
    assert not gate.opens(flow(0.05, 0.05), anybody=True)
    gate.least_interval_s = 0.0
    assert [gate.opens(flow(0.2 + 0.05 * n, 0.05), anybody=True) for n in range(5)] == [True] * 5
