"""Separate heads mean what plain loops over their cells say, however the tensors are cut and stored."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import plain_reader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.data.pose import Poses
from edge_agent.errors import ModelRefused
from edge_agent.pose.decode_heads import HeadsDecoder
from edge_agent.pose.heads import find_heads, is_heads
from edge_agent.pose.interpreter import TensorSpec
from edge_agent.pose.nms import MAX_CANDIDATES
from edge_agent.pose.output_format import check_output
from edge_agent.pose.output_layout import TensorLayout

WIDTH_PX, HEIGHT_PX = 96, 64  # not square, so that rows and columns cannot be mixed up
LEVELS = [(8, 8, 12), (16, 4, 6), (32, 2, 3)]  # stride, rows and columns of cells
ROWS = [rows * columns for _, rows, columns in LEVELS]
IOU = 0.6507113  # no ratio of small whole numbers, so that rounding does not decide who goes
STEPS = {18: 1 / 256, 4: 1 / 32, 34: 1 / 16}
ZEROS = {18: 0, 4: 0, 34: 128}
MODEL = Path("model.tflite")

Rows = dict[int, npt.NDArray[np.float64]]


def said(seed: int) -> Rows:
    """What a network says at every cell, by the width of the tensor, on the steps of the quantised formats."""
    rng = np.random.default_rng(seed)
    count = sum(ROWS)
    return {
        18: rng.permuted(np.tile(np.arange(1, 256), (count, 1)), axis=1)[:, :18] / 256,
        4: rng.integers(8, 200, (count, 4)) / 32,
        34: rng.integers(-100, 100, (count, 34)) / 16,
    }


def plain_persons(rows: Rows, score: float) -> list[plain_reader.Person]:
    """The oracle: a loop over the cells of each grid, that shares nothing with the agent but this format's text."""
    found, anchor = [], 0
    for stride, height, width in LEVELS:
        for row in range(height):
            for column in range(width):
                scores, sides, offsets = (rows[values][anchor].tolist() for values in (18, 4, 34))
                anchor += 1
                x, y = (column + 0.5) * stride, (row + 0.5) * stride
                box = (x - sides[0] * stride, y - sides[1] * stride, x + sides[2] * stride, y + sides[3] * stride)
                points = [
                    (x + offsets[2 * k] * stride, y + offsets[2 * k + 1] * stride, scores[1 + k]) for k in range(17)
                ]
                if scores[0] >= score:
                    found.append(plain_reader.Person(scores[0], box, points))
    found.sort(key=lambda person: -person.score)
    kept: list[plain_reader.Person] = []
    for person in found[:MAX_CANDIDATES]:
        if all(plain_reader.overlap(person.box, better.box) <= IOU for better in kept):
            kept.append(person)
    return kept


@dataclass
class Outputs:
    """Tensors as an interpreter would give them."""

    specs: tuple[TensorSpec, ...]
    raws: list[npt.NDArray[Any]]


def outputs(rows: Rows, dtypes: dict[int, str], apart: dict[int, bool], order: list[int] | None = None) -> Outputs:
    specs, raws = [], []
    for values, real in rows.items():
        dtype = dtypes[values]
        for part in np.split(real, np.cumsum(ROWS)[:-1]) if apart[values] else [real]:
            zero = ZEROS[values] - (128 if dtype == "int8" else 0)
            stored = part if dtype == "float32" else np.rint(part / STEPS[values]) + zero
            scale = 0.0 if dtype == "float32" else STEPS[values]
            specs.append(TensorSpec(0, "out", (1, *part.shape), dtype, scale, zero))
            raws.append(stored[None].astype(dtype))
    order = order or list(range(len(specs)))
    order = [number for number in order if number < len(specs)]
    return Outputs(tuple(specs[number] for number in order), [raws[number] for number in order])


def decode(made: Outputs, score: float = 0.25) -> Poses:
    assert is_heads(made.specs)
    return HeadsDecoder(find_heads(MODEL, made.specs, (WIDTH_PX, HEIGHT_PX)), score, IOU)(made.raws)


DTYPE = st.sampled_from(["float32", "int8", "uint8"])
DTYPES = st.fixed_dictionaries({18: DTYPE, 4: DTYPE, 34: DTYPE})
APART = st.fixed_dictionaries({18: st.booleans(), 4: st.booleans(), 34: st.booleans()})


@settings(max_examples=60)
@given(
    st.integers(0, 10_000), DTYPES, APART, st.permutations(range(9)), st.sampled_from([0.1, 0.25, 0.5, 0.9, 0.99, 1.5])
)
def test_every_cut_and_every_number_format_agrees_with_plain_loops(
    seed: int, dtypes: dict[int, str], apart: dict[int, bool], order: list[int], score: float
) -> None:
    rows = said(seed)
    found, persons = decode(outputs(rows, dtypes, apart, order), score), plain_persons(rows, score)
    # Equal scores may come in either order: compare the two as sets.
    assert len(found) == len(persons)
    assert np.allclose(np.sort(found.scores), sorted(person.score for person in persons), atol=1e-6)
    plain = {(round(p.score * 256), round(p.box[0]), round(p.keypoints[0][0])): p for p in persons}
    for i in range(len(found)):
        key = (found.scores[i] * 256, found.boxes_px[i, 0], found.keypoints_px[i, 0, 0])
        person = plain[tuple(round(float(part)) for part in key)]  # type: ignore[index]  # three of them
        assert np.allclose(found.boxes_px[i], person.box, atol=1e-3)
        assert np.allclose(found.keypoints_px[i], [point[:2] for point in person.keypoints], atol=1e-3)
        assert np.allclose(found.keypoint_confidences[i], [point[2] for point in person.keypoints], atol=1e-6)
    assert (np.diff(found.scores) <= 0).all()


EACH_WHOLE = dict.fromkeys(STEPS, False)
EACH_APART = dict.fromkeys(STEPS, True)
UINT8 = dict.fromkeys(STEPS, "uint8")


def test_nobody_gives_empty_arrays_of_the_right_shape() -> None:
    rows = said(1)
    rows[18][:] = 0
    found = decode(outputs(rows, UINT8, EACH_APART))
    assert (found.boxes_px.shape, found.keypoints_px.shape) == ((0, 4), (0, 17, 2))


def test_a_threshold_counts_the_step_that_reaches_it() -> None:
    rows = said(1)
    rows[18][:, 0], rows[18][5, 0] = 0.0, 0.5
    assert len(decode(outputs(rows, UINT8, EACH_WHOLE), 0.5)) == 1
    assert len(decode(outputs(rows, UINT8, EACH_WHOLE), 0.5 + 1e-6)) == 0


@pytest.mark.parametrize("values", [18, 4, 34])
def test_a_person_with_a_value_that_is_no_number_is_dropped(values: int) -> None:
    rows = said(1)
    rows[18][:, 0] = 0.0
    rows[18][[3, 100], 0] = 0.9, 0.8
    rows[values][3, -1] = np.nan
    found = decode(outputs(rows, dict.fromkeys(STEPS, "float32"), EACH_WHOLE))
    assert np.allclose(found.scores, [0.8])


def picture(width_px: int = WIDTH_PX) -> TensorSpec:
    return TensorSpec(0, "in", (1, HEIGHT_PX, width_px, 3), "uint8", 1 / 255, 0)


@pytest.mark.parametrize("apart", [EACH_WHOLE, EACH_APART], ids=["three outputs", "nine outputs"])
def test_the_layout_is_told_from_the_shapes(apart: dict[int, bool]) -> None:
    assert check_output(MODEL, outputs(said(1), UINT8, apart).specs, picture()) is TensorLayout.HEADS


def changed(shape: tuple[int, ...], dtype: str = "uint8", scale: float = 1 / 256) -> TensorSpec:
    return TensorSpec(0, "out", shape, dtype, scale, 0)


@pytest.mark.parametrize(
    ("number", "spec", "words"),
    [
        (0, changed((1, 125, 18)), r"uint8 \[1,125,18\] fits no grid of a 96x64 input; expected 96, 24, 6 rows .* 126"),
        (0, changed((1, 24, 18)), r"its scores are uint8 \[1,24,18\], expected one tensor of 126 rows"),
        (1, changed((1, 126, 18)), r"its scores are .*, .*export each once"),
        (0, changed((1, 126, 18), "int16"), "of uint8, int8 or float32"),
        (0, changed((1, 18, 126)), r"not a YOLO pose network .* or scores \[1,N,18\]"),
        (0, changed((1, 126, 19)), "not a YOLO pose network"),
        (2, changed((1, 126, 34), scale=0.3), r"\[1,126,34\] has steps of 0\.300, expected 0\.250 at most"),
        (1, changed((1, 126, 4), scale=0.0), r"\[1,126,4\] has steps of 0\.000"),
    ],
)
def test_an_unclear_layout_is_refused_with_what_was_found(number: int, spec: TensorSpec, words: str) -> None:
    specs = list(outputs(said(1), UINT8, EACH_WHOLE).specs)
    specs[number] = spec
    with pytest.raises(ModelRefused, match=words):
        check_output(MODEL, tuple(specs), picture())


def test_a_tensor_that_is_there_twice_or_not_at_all_is_refused() -> None:
    specs = outputs(said(1), UINT8, EACH_APART).specs
    for wrong in (specs[:-1], (*specs, specs[0])):
        with pytest.raises(ModelRefused, match="export each once"):
            check_output(MODEL, wrong, picture())


def test_an_input_without_a_whole_grid_is_refused() -> None:
    with pytest.raises(ModelRefused, match="multiples of 32"):
        check_output(MODEL, outputs(said(1), UINT8, EACH_WHOLE).specs, picture(width_px=100))


def test_decoding_a_busy_picture_costs_a_fraction_of_a_millisecond() -> None:
    """The budget of design, section 10; half of the anchors' rows are never looked at beyond their score."""
    rows = said(1)
    rows[18][:, 0] = 0.0
    rows[18][::12, 0] = 0.9
    made = outputs(rows, UINT8, EACH_APART)
    decoder = HeadsDecoder(find_heads(MODEL, made.specs, (WIDTH_PX, HEIGHT_PX)), 0.25, IOU)
    times_s = []
    for _ in range(50):
        started_s = time.perf_counter()
        decoder(made.raws)
        times_s.append(time.perf_counter() - started_s)
    assert min(times_s) < 2e-3  # a bound with room for slow machines; 0.2 ms on x86-64
