"""A frame is scaled to fit, centred on grey, turned to RGB, and every point finds its way back."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.pose.interpreter import TensorSpec
from edge_agent.pose.letterbox import PADDING_GREY, Letterbox, place

sides = st.integers(1, 8192)
inputs = st.sampled_from([32, 192, 256, 320, 640])


def spec(dtype: str = "uint8", scale: float = 1 / 255, zero_point: int = 0, size: int = 64) -> TensorSpec:
    return TensorSpec(0, "images", (1, size, size, 3), dtype, scale, zero_point)


def picture(height: int, width: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(sides, sides, inputs, inputs)
def test_the_frame_lies_within_the_input_and_touches_two_of_its_edges(w: int, h: int, iw: int, ih: int) -> None:
    p = place(w, h, iw, ih)
    assert p.left_px >= 0
    assert p.top_px >= 0
    assert p.left_px + p.width_px <= iw
    assert p.top_px + p.height_px <= ih
    assert p.width_px == iw or p.height_px == ih
    assert abs((iw - p.width_px) - 2 * p.left_px) <= 1
    assert abs((ih - p.height_px) - 2 * p.top_px) <= 1


@given(sides, sides, inputs, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_points_come_back_to_where_they_were(w: int, h: int, size: int, fractions: list[tuple[float, float]]) -> None:
    p = place(w, h, size, size)
    points = np.array(fractions, np.float32) * np.array([w, h], np.float32)
    back = p.points_to_frame(p.points_to_input(points))
    assert np.abs(back - points).max() <= 2e-6 * max(w, h) * max(1.0, 8192 / size)


def test_a_box_is_its_two_corners() -> None:
    p = place(1280, 720, 320, 320)
    box = np.array([[10.0, 80.0, 300.0, 240.0]], np.float32)
    assert p.boxes_to_frame(box).tolist() == [[40.0, 40.0, 1200.0, 680.0]]


def test_it_is_opencvs_resize_in_rgb_on_grey() -> None:
    frame = picture(96, 128)
    letterbox = Letterbox(spec())
    letterbox.fill(frame)
    small = cv2.resize(frame, (64, 48), interpolation=cv2.INTER_LINEAR)
    assert (letterbox.tensor[0, 8:56] == small[..., ::-1]).all()
    assert (letterbox.tensor[0, :8] == PADDING_GREY).all()
    assert (letterbox.tensor[0, 56:] == PADDING_GREY).all()


def test_a_strong_reduction_averages_instead_of_skipping() -> None:
    frame = np.zeros((256, 256, 3), np.uint8)
    frame[:, ::2] = 255
    letterbox = Letterbox(spec())
    letterbox.fill(frame)
    assert np.abs(letterbox.tensor.astype(int) - 127).max() <= 1


def test_nothing_of_an_earlier_frame_of_another_size_stays() -> None:
    letterbox = Letterbox(spec())
    letterbox.fill(np.full((64, 64, 3), 255, np.uint8))
    letterbox.fill(np.full((32, 64, 3), 7, np.uint8))
    assert set(np.unique(letterbox.tensor)) == {7, PADDING_GREY}


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 500), (500, 1), (4320, 7680), (3, 8192)])
def test_any_size_of_frame_fits(height: int, width: int) -> None:
    letterbox = Letterbox(spec())
    p = letterbox.fill(np.full((height, width, 3), (1, 2, 3), np.uint8))
    inside = letterbox.tensor[0, p.top_px : p.top_px + p.height_px, p.left_px : p.left_px + p.width_px]
    assert (inside == (3, 2, 1)).all()


@settings(max_examples=30)
@given(st.sampled_from(["uint8", "int8"]), st.floats(0.003, 0.05), st.integers(-20, 20))
def test_integers_hold_the_quantised_pixel(dtype: str, scale: float, offset: int) -> None:
    zero_point = offset + (0 if dtype == "int8" else 128)
    frame, letterbox = picture(64, 64), Letterbox(spec(dtype, scale, zero_point))
    letterbox.fill(frame)
    limits = np.iinfo(dtype)
    expected = np.clip(np.rint(frame[..., ::-1] / 255 / scale) + zero_point, limits.min, limits.max)
    assert letterbox.tensor.dtype == dtype
    assert (letterbox.tensor[0] == expected).all()


@pytest.mark.parametrize(("dtype", "zero_point"), [("uint8", 0), ("int8", -128)])
def test_the_usual_quantisation_keeps_every_pixel(dtype: str, zero_point: int) -> None:
    frame, letterbox = picture(64, 64), Letterbox(spec(dtype, 0.003921568859368563, zero_point))
    letterbox.fill(frame)
    assert (letterbox.tensor[0].astype(int) - zero_point == frame[..., ::-1]).all()


def test_floats_are_fractions_of_255() -> None:
    frame, letterbox = picture(64, 64), Letterbox(spec("float32", 0.0))
    letterbox.fill(frame)
    assert np.abs(letterbox.tensor[0] - frame[..., ::-1] / 255).max() < 1e-6
