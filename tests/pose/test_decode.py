"""Every layout and every number format of one tensor means the same persons."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import plain_reader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.data.pose import Poses
from edge_agent.pose.decode import Decoder
from edge_agent.pose.interpreter import TensorSpec
from edge_agent.pose.nms import MAX_CANDIDATES, keep_best
from edge_agent.pose.output_layout import OutputFormat, TensorLayout

SIZE = 320
SCALE, ZERO_POINT = 1.2 / 255, -108
IOU = 0.6507113  # no ratio of small whole numbers, so that rounding does not decide who goes


def tensor(seed: int, anchors: int = 60) -> npt.NDArray[np.float32]:
    """Clusters of overlapping candidates, `(56, N)`, coordinates 0..1, on the steps of the quantised formats."""
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0, 1, (56, anchors)).astype(np.float32)
    centres = rng.uniform(0.2, 0.8, (2, 5))
    rows[:2] = centres[:, rng.integers(0, 5, anchors)] + rng.normal(0, 0.02, (2, anchors))
    rows[2:4] = rng.uniform(0.1, 0.3, (2, anchors))
    rows[4] = rng.permutation(np.linspace(0.02, 0.98, anchors))
    return (np.rint(rows / SCALE) * SCALE).astype(np.float32)


def decode(
    rows: npt.NDArray[np.float32], layout: TensorLayout, dtype: str, *, normalised: bool, score: float = 0.25
) -> Poses:
    values: npt.NDArray[Any] = rows.T if layout is TensorLayout.ANCHORS_FIRST else rows
    zero_point = {"float32": 0, "int8": ZERO_POINT, "uint8": ZERO_POINT + 128}[dtype]
    if dtype != "float32":
        values = (np.rint(values / SCALE) + zero_point).astype(dtype)
    spec = TensorSpec(0, "out", (1, *values.shape), dtype, SCALE if dtype != "float32" else 0.0, zero_point)
    return Decoder(spec, OutputFormat(layout, normalised), (SIZE, SIZE), score, IOU)([values[None]])


def assert_same(found: Poses, persons: list[plain_reader.Person], tolerance_px: float = 1e-3) -> None:
    assert len(found) == len(persons)
    assert np.allclose(found.scores, [person.score for person in persons], atol=1e-5)
    assert np.allclose(found.boxes_px, np.reshape([person.box for person in persons], (-1, 4)), atol=tolerance_px)
    expected = np.reshape([person.keypoints for person in persons], (-1, 17, 3))
    assert np.allclose(found.keypoints_px, expected[..., :2], atol=tolerance_px)
    assert np.allclose(found.keypoint_confidences, expected[..., 2].clip(0, 1), atol=1e-5)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(["float32", "int8", "uint8"]), st.floats(0.05, 0.9), st.booleans())
def test_layouts_and_number_formats_agree_with_plain_loops(
    seed: int, dtype: str, score: float, channels_first: bool
) -> None:
    rows = tensor(seed)
    score = (np.floor(score / SCALE) + 0.5) * SCALE  # between two steps, where all formats agree on who passes
    layout = TensorLayout.CHANNELS_FIRST if channels_first else TensorLayout.ANCHORS_FIRST
    assert_same(decode(rows, layout, dtype, normalised=True, score=score), plain_reader.read(rows, SIZE, score, IOU))


@given(st.integers(0, 10_000))
def test_coordinates_in_pixels_mean_the_same(seed: int) -> None:
    rows = tensor(seed)
    in_pixels = rows.copy()
    in_pixels[:4] *= SIZE
    in_pixels[5::3] *= SIZE
    in_pixels[6::3] *= SIZE
    found = decode(in_pixels, TensorLayout.CHANNELS_FIRST, "float32", normalised=False)
    assert_same(found, plain_reader.read(rows, SIZE, 0.25, IOU))


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from(["float32", "int8", "uint8"]))
def test_an_end_to_end_network_is_believed_as_it_is(seed: int, dtype: str) -> None:
    rows = tensor(seed)
    order = np.argsort(-rows[4], kind="stable")
    rows = rows[:, order]
    corners = np.concatenate([rows[:2], np.minimum(rows[:2] + rows[2:4], 210 * SCALE)])
    detections = np.concatenate([corners, rows[4:5], np.zeros((1, rows.shape[1])), rows[5:]]).T.astype(np.float32)
    found = decode(detections, TensorLayout.END_TO_END, dtype, normalised=True)
    passing = rows[4] >= 0.25
    assert len(found) == passing.sum()  # no suppression
    assert np.allclose(found.boxes_px, corners.T[passing] * SIZE, atol=1e-3)
    assert np.allclose(found.keypoints_px[..., 0], rows[5::3].T[passing] * SIZE, atol=1e-3)


def test_an_end_to_end_network_may_find_other_things_than_persons() -> None:
    detections = np.zeros((300, 57), np.float32)
    detections[:2, 4] = (0.9, 0.8)
    detections[0, 5] = 1
    assert np.allclose(decode(detections, TensorLayout.END_TO_END, "float32", normalised=True).scores, [0.8])


def test_nobody_gives_empty_arrays_of_the_right_shape() -> None:
    found = decode(np.zeros((56, 84), np.float32), TensorLayout.CHANNELS_FIRST, "float32", normalised=True)
    assert (found.boxes_px.shape, found.keypoints_px.shape) == ((0, 4), (0, 17, 2))


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint8"])
def test_a_threshold_that_no_value_can_reach_finds_nobody(dtype: str) -> None:
    rows = np.full((56, 84), 0.97, np.float32)
    assert len(decode(rows, TensorLayout.CHANNELS_FIRST, dtype, normalised=True, score=5.0)) == 0


def test_a_person_with_a_coordinate_that_is_no_number_is_dropped() -> None:
    rows = np.zeros((56, 84), np.float32)
    rows[:4, :2], rows[4, :2] = 0.1, (0.9, 0.8)
    rows[:2, 1], rows[30, 0] = 0.7, np.nan
    found = decode(rows, TensorLayout.CHANNELS_FIRST, "float32", normalised=True)
    assert np.allclose(found.scores, [0.8])


def test_a_crowd_is_bounded_by_its_best() -> None:
    rows = tensor(1, anchors=1000)
    rows[:2] = np.random.default_rng(2).uniform(0, 1, (2, 1000))
    rows[2:4] = 1e-4
    found = decode(rows, TensorLayout.CHANNELS_FIRST, "float32", normalised=True, score=0.05)
    assert len(found) == MAX_CANDIDATES
    assert found.scores.min() >= np.sort(rows[4])[-MAX_CANDIDATES]


def test_suppression_is_greedy() -> None:
    """B overlaps A, C overlaps B but not A: A and C stay, since B was gone before it could suppress C."""
    boxes = np.array([[0, 0, 10, 10], [0, 3, 10, 13], [0, 6, 10, 16]], np.float32)
    assert keep_best(boxes, 0.5).tolist() == [0, 2]


def test_empty_boxes_do_not_divide_by_zero() -> None:
    assert keep_best(np.zeros((3, 4), np.float32), 0.5).tolist() == [0, 1, 2]
