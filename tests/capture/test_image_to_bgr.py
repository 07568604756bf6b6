"""Whatever a source gives becomes BGR, 8 bits a channel, or is refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.capture.image_to_bgr import image_to_bgr
from edge_agent.errors import CaptureError


def test_a_bgr_picture_passes_without_a_copy() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    assert np.shares_memory(image_to_bgr(image), image)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1)])
def test_grey_becomes_three_equal_channels(shape: tuple[int, ...]) -> None:
    grey = np.arange(6, dtype=np.uint8).reshape(shape)
    bgr = image_to_bgr(grey)
    assert bgr.shape == (2, 3, 3)
    for channel in range(3):
        assert (bgr[:, :, channel] == grey.reshape(2, 3)).all()


def test_the_alpha_channel_is_dropped() -> None:
    bgra = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    bgr = image_to_bgr(bgra)
    assert (bgr == bgra[:, :, :3]).all()
    assert bgr.flags.c_contiguous


@pytest.mark.parametrize("channels", [0, 1, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (4320, 7680)])
def test_one_pixel_and_8k_are_pictures(size: tuple[int, int], channels: int) -> None:
    """0 stands for an array without a channel axis."""
    shape = size if channels == 0 else (*size, channels)
    bgr = image_to_bgr(np.zeros(shape, np.uint8))
    assert bgr.shape == (*size, 3)


def test_rows_with_padding_are_packed() -> None:
    """A camera's buffer has a stride; picamera2 hands out a view of it."""
    padded = np.arange(2 * 5 * 3, dtype=np.uint8).reshape(2, 5, 3)
    bgr = image_to_bgr(padded[:, :4])
    assert bgr.flags.c_contiguous
    assert (bgr == padded[:, :4]).all()


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.int8, np.bool_])
def test_other_pixel_types_are_refused_with_what_to_do(dtype: type) -> None:
    with pytest.raises(CaptureError, match=r"8-bit pixel format") as refused:
        image_to_bgr(np.zeros((2, 2), dtype))
    assert np.dtype(dtype).name in str(refused.value)


@pytest.mark.parametrize(
    "shape", [(), (4,), (2, 2, 2), (2, 2, 5), (0, 4), (4, 0, 3), (1, 2, 2, 3), (1, 8193), (8193, 1, 3)]
)
def test_what_is_no_picture_is_refused_in_one_line(shape: tuple[int, ...]) -> None:
    with pytest.raises(CaptureError) as refused:
        image_to_bgr(np.zeros(shape, np.uint8))
    assert "\n" not in str(refused.value)


@given(
    st.lists(st.integers(0, 9), max_size=4), st.sampled_from([np.uint8, np.uint16, np.float64, np.int32]), st.booleans()
)
def test_any_array_gives_a_valid_frame_or_a_capture_error(shape: list[int], dtype: type, transposed: bool) -> None:
    image = np.zeros(shape, dtype)
    try:
        bgr = image_to_bgr(image.T if transposed else image)
    except CaptureError:
        return
    assert bgr.dtype == np.uint8
    assert bgr.ndim == 3
    assert bgr.shape[2] == 3
    assert bgr.size > 0
    assert bgr.flags.c_contiguous
