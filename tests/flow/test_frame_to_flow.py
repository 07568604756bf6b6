"""The flow stage: what moved where since the frame before, and whether it was the camera."""

from __future__ import annotations

import numpy as np
import pytest
from textures import Image, frame, texture, with_noise, with_patch

from edge_agent.data.flow import Flow
from edge_agent.flow.frame_to_flow import FrameToFlow

BACKGROUND = texture(480, 640, seed=1)
PATCH = texture(240, 160, seed=2)
WIDE = texture(700, 900, seed=3)


def flow_between(first: Image, second: Image, dt_s: float = 0.05) -> Flow:
    """Flow from one picture to the next."""
    stage = FrameToFlow()
    stage(frame(first, 10.0))
    return stage(frame(second, 10.0 + dt_s))


def mean_px(flow: Flow, x1: int, y1: int, x2: int, y2: int) -> list[float]:
    """Mean displacement inside a rectangle of the frame, in frame pixels."""
    s = flow.scale_px
    part = flow.field[round(y1 / s) : round(y2 / s), round(x1 / s) : round(x2 / s)]
    displacement: list[float] = (part.reshape(-1, 2).mean(axis=0) * s).tolist()
    return displacement


def camera_px(flow: Flow) -> list[float]:
    """The camera's own displacement, in frame pixels."""
    displacement: list[float] = (flow.camera_px * flow.scale_px).tolist()
    return displacement


@pytest.mark.parametrize(("dx", "dy"), [(2, 0), (-2, 0), (0, 3), (8, 0), (-8, 4), (0, 12), (0, -12), (9, 9), (16, 0)])
def test_what_moves_is_displaced_by_as_much_and_in_that_direction(dx: int, dy: int) -> None:
    flow = flow_between(with_patch(BACKGROUND, PATCH, 240, 120), with_patch(BACKGROUND, PATCH, 240 + dx, 120 + dy))
    assert mean_px(flow, 280, 160, 360, 320) == pytest.approx([dx, dy], abs=0.5 + 0.05 * (abs(dx) + abs(dy)))
    assert mean_px(flow, 0, 0, 120, 480) == pytest.approx([0.0, 0.0], abs=0.1)
    assert camera_px(flow) == pytest.approx([0.0, 0.0], abs=0.1)


@pytest.mark.parametrize(("width", "height"), [(320, 240), (640, 480), (1280, 720), (1920, 1080), (480, 640)])
def test_displacement_is_in_frame_pixels_at_every_resolution(width: int, height: int) -> None:
    step_px = width // 80
    big = texture(height, width, seed=4, grain_px=width / 100)
    patch = texture(height // 2, width // 3, seed=5, grain_px=width / 100)
    x, y = width // 3, height // 4
    flow = flow_between(with_patch(big, patch, x, y), with_patch(big, patch, x, y + step_px))
    inside = (x + width // 12, y + height // 8, x + width // 4, y + height * 3 // 8)
    assert mean_px(flow, *inside) == pytest.approx([0.0, step_px], abs=0.15 * step_px)
    assert flow.field.shape[1] == 160
    assert flow.field.dtype == np.float32
    assert flow.scale_px == width / 160


@pytest.mark.parametrize(("dx", "dy"), [(6, 0), (0, -8), (-6, 6)])
@pytest.mark.parametrize("dt_s", [1 / 30, 0.2])
def test_a_shaken_camera_is_told_apart(dx: int, dy: int, dt_s: float) -> None:
    second = WIDE[100 - dy : 580 - dy, 100 - dx : 740 - dx]
    flow = flow_between(WIDE[100:580, 100:740], second, dt_s)
    assert camera_px(flow) == pytest.approx([dx, dy], abs=0.3)
    assert mean_px(flow, 40, 40, 600, 440) == pytest.approx([dx, dy], abs=0.3)


def test_a_person_before_a_shaken_camera_has_both_motions() -> None:
    first = with_patch(WIDE[100:580, 100:740], PATCH, 240, 120)
    second = with_patch(WIDE[100:580, 94:734], PATCH, 246, 128)  # all go right by 6, the person also down by 8
    flow = flow_between(first, second)
    assert mean_px(flow, 280, 160, 360, 320) == pytest.approx([6.0, 8.0], abs=0.8)
    assert camera_px(flow) == pytest.approx([6.0, 0.0], abs=0.3)


def test_a_still_picture_has_no_flow() -> None:
    flow = flow_between(BACKGROUND, BACKGROUND)
    assert flow.dt_s == pytest.approx(0.05)
    assert np.hypot(*np.moveaxis(flow.field, -1, 0)).mean() < 2e-3  # Farneback errs a little along the border
    noisy = flow_between(with_noise(BACKGROUND, 4.0, 1), with_noise(BACKGROUND, 4.0, 2))
    assert np.hypot(*np.moveaxis(noisy.field, -1, 0)).mean() * noisy.scale_px < 0.15


def test_there_is_no_flow_into_the_first_frame() -> None:
    flow = FrameToFlow()(frame(BACKGROUND, 10.0))
    assert flow.t_s == 10.0
    assert flow.dt_s == 0.0
    assert flow.field.shape == (120, 160, 2)
    assert not flow.field.any()
    assert camera_px(flow) == [0.0, 0.0]


@pytest.mark.parametrize("gap_s", [0.0, -5.0, 1.01, 3600.0])
def test_frames_that_do_not_follow_each_other_are_not_compared(gap_s: float) -> None:
    stage = FrameToFlow()
    stage(frame(BACKGROUND, 100.0))
    flow = stage(frame(np.roll(BACKGROUND, 8, axis=1), 100.0 + gap_s))
    assert flow.dt_s == 0.0
    assert not flow.field.any()
    assert stage(frame(BACKGROUND, 100.1 + gap_s)).dt_s == pytest.approx(0.1), "the next frame has one to compare with"


@pytest.mark.parametrize(("width", "height"), [(320, 240), (1280, 960), (640, 360)])
def test_frames_of_different_sizes_are_not_compared(width: int, height: int) -> None:
    """Also where both have the same grid of 160x120."""
    stage = FrameToFlow()
    stage(frame(BACKGROUND, 0.0))
    changed = stage(frame(texture(height, width, seed=6), 0.1))
    assert changed.dt_s == 0.0
    assert not changed.field.any()
    assert changed.scale_px == width / 160
    assert stage(frame(texture(height, width, seed=6), 0.2)).dt_s == pytest.approx(0.1)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_covered_camera_gives_finite_flow_then_none(level: int) -> None:
    stage = FrameToFlow()
    blank = np.full_like(BACKGROUND, level)
    stage(frame(BACKGROUND, 0.0))
    assert np.isfinite(stage(frame(blank, 0.1)).field).all()
    covered = stage(frame(blank, 0.2))
    assert np.abs(covered.field).max() == 0.0
    assert camera_px(covered) == [0.0, 0.0]
    assert np.isfinite(stage(frame(BACKGROUND, 0.3)).field).all()


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (2, 2), (1, 480), (640, 1), (7, 9), (33, 5), (7680, 1), (7680, 4320)]
)
def test_pictures_of_any_size_have_a_flow_of_the_same_shape_and_scale(width: int, height: int) -> None:
    stage = FrameToFlow()
    random = np.random.default_rng(8)
    image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    stage(frame(image, 0.0))
    flow = stage(frame(np.flip(image, axis=1), 0.1))
    assert np.isfinite(flow.field).all()
    grid_height, grid_width, _ = flow.field.shape
    assert grid_width * flow.scale_px == pytest.approx(width, abs=flow.scale_px)
    assert grid_height * flow.scale_px == pytest.approx(height, abs=flow.scale_px)
    assert grid_width <= 160


def test_somebody_close_who_fills_most_of_the_picture_is_not_the_camera() -> None:
    large = texture(440, 420, seed=5)
    flow = flow_between(with_patch(BACKGROUND, large, 100, 10), with_patch(BACKGROUND, large, 100, 22))
    assert mean_px(flow, 180, 60, 460, 400)[1] == pytest.approx(12.0, abs=1.5)
    assert camera_px(flow) == [0.0, 0.0]
