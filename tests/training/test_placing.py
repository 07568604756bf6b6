"""Labels go where the picture's pixels go: moved, turned, mirrored, pasted and covered."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs PyTorch, which is not installed")

from hypothesis import assume, given
from hypothesis import strategies as st
from learning_samples import joints_px, made_sample

from edge_agent.data.keypoints import Keypoint
from edge_agent.models.training.learning.covering import erase, hide, paste
from edge_agent.models.training.learning.pictures import CutOut
from edge_agent.models.training.learning.placing import MIRRORED, Region, move_boxes, place, placement
from edge_agent.models.training.learning.sample import HIDDEN, OUTSIDE, SEEN, UNKNOWN, Sample

CANVAS_PX = 256
CANVAS = Region(0, 0, CANVAS_PX, CANVAS_PX)
DOT_PX = 9
TINT = 35
"""Levels by which light of another colour may set the channels of grey apart."""

SHIFT_PX = 0.25
LEFT, RIGHT = Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST
PERSONS = ("boxes_px", "keypoints_px", "flags", "ignore_px")
seeds = st.integers(0, 2**32 - 1)


def blank() -> np.ndarray:
    return np.zeros((CANVAS_PX, CANVAS_PX, 3), np.uint8)


def dotted(at_px: tuple[int, int], other_px: tuple[int, int]) -> Sample:
    """A black picture with a red dot on the left wrist and a green one on the right; the other joints are red's."""
    picture = np.zeros((240, 320, 3), np.uint8)
    keypoints = np.empty((1, 17, 2), np.float32)
    # Keypoints count from the picture's edge: the middle of the first pixel is at 0.5.
    keypoints[:], keypoints[0, RIGHT] = np.array(at_px) + 0.5, np.array(other_px) + 0.5
    cv2.circle(picture, at_px, DOT_PX, (255, 0, 0), -1)
    cv2.circle(picture, other_px, DOT_PX, (0, 255, 0), -1)
    flags = np.full((1, 17), SEEN, np.int8)
    flags[0, Keypoint.NOSE] = UNKNOWN
    flags[0, LEFT] = HIDDEN
    return Sample(picture, np.array([[60, 40, 260, 200]], np.float32), keypoints, flags, np.zeros((0, 4), np.float32))


def found_px(picture: np.ndarray, channel: int) -> np.ndarray:
    """The middle of what has that colour."""
    others = [one for one in range(3) if one != channel]
    strength = picture[..., channel].astype(float) - picture[..., others].max(axis=-1)
    strength = np.clip(strength - TINT, 0, None)
    rows, columns = np.mgrid[: len(strength), : strength.shape[1]] + 0.5
    return np.array([(strength * columns).sum(), (strength * rows).sum()]) / strength.sum()


def whole(point_px: np.ndarray, scale: float) -> bool:
    margin = DOT_PX * scale + 2
    return bool(((point_px > margin) & (point_px < CANVAS_PX - margin)).all())


@given(scale=st.floats(0.3, 2.2), turn_deg=st.floats(-180, 180), mirrored=st.booleans())
def test_keypoints_stay_on_their_pixels(scale: float, turn_deg: float, mirrored: bool) -> None:
    how = placement((160, 120), (128, 128), scale, turn_deg, mirrored=mirrored)
    moved = place(dotted((140, 130), (180, 105)), how, blank(), CANVAS)
    red, green = (RIGHT, LEFT) if mirrored else (LEFT, RIGHT)
    for joint, channel in ((red, 0), (green, 1)):
        point = moved.keypoints_px[0, joint]
        if whole(point, scale):
            assert np.abs(found_px(moved.picture, channel) - point).max() <= SHIFT_PX


def test_a_mirror_swaps_what_is_known_of_left_and_right() -> None:
    how = placement((160, 120), (128, 128), 1.0, 0.0, mirrored=True)
    flags = place(dotted((140, 130), (180, 105)), how, blank(), CANVAS).flags[0]
    assert flags[RIGHT] == HIDDEN
    assert flags[LEFT] == SEEN
    assert flags[Keypoint.NOSE] == UNKNOWN
    names = [Keypoint(int(index)).name for index in MIRRORED]
    swap = {"LEFT": "RIGHT", "RIGHT": "LEFT"}
    assert names == ["_".join(swap.get(part, part) for part in joint.name.split("_")) for joint in Keypoint]


@given(x=st.floats(-200, 400), y=st.floats(-200, 400), scale=st.floats(0.3, 2.2), turn_deg=st.floats(-180, 180))
def test_whoever_leaves_the_region_is_ignored_and_joints_outside_say_so(x, y, scale, turn_deg) -> None:
    region = Region(40, 30, 200, 180)
    moved = place(made_sample(), placement((60, 48), (x, y), scale, turn_deg, mirrored=False), blank(), region)
    assert len(moved.boxes_px) + len(moved.ignore_px) == 1
    for edges in (moved.boxes_px, moved.ignore_px):
        assert (edges >= [40, 30, 40, 30]).all()
        assert (edges <= [200, 180, 200, 180]).all()
    inside = ((moved.keypoints_px >= (40, 30)) & (moved.keypoints_px < (200, 180))).all(axis=-1)
    assert ((moved.flags == SEEN) == inside).all()
    assert ((moved.flags == OUTSIDE) == ~inside).all()
    untouched = moved.picture.copy()
    untouched[30:180, 40:200] = 0
    assert not untouched.any()


def test_a_turned_box_holds_what_it_held() -> None:
    quarter = placement((0, 0), (0, 0), 2.0, 90.0, mirrored=False).matrix
    assert move_boxes(np.array([[10, 20, 30, 60]], np.float32), quarter)[0] == pytest.approx([-120, 20, -40, 60])
    mirrored = placement((0, 0), (100, 0), 1.0, 0.0, mirrored=True).matrix
    assert move_boxes(np.array([[10, 20, 30, 60]], np.float32), mirrored)[0] == pytest.approx([70, 20, 90, 60])


def cut_out() -> CutOut:
    """A grey person on nothing, with a green dot on the left wrist; the other joints are all over the body."""
    rgba = np.zeros((200, 100, 4), np.uint8)
    rgba[10:190, 15:85] = (128, 128, 128, 255)
    joints = joints_px((20, 20, 80, 180), np.random.default_rng(0))
    joints[LEFT] = 50.5, 60.5
    cv2.circle(rgba, (50, 60), DOT_PX, (0, 255, 0, 255), -1)
    return CutOut(rgba, joints, np.full(17, SEEN, np.int8))


@given(seed=seeds)
def test_a_pasted_person_has_joints_where_the_cut_out_has_them(seed: int) -> None:
    dark = Sample(blank(), *(getattr(made_sample(persons=0), name) for name in PERSONS))
    pasted = paste(dark, cut_out(), np.random.default_rng(seed))
    assume(len(pasted.boxes_px) == 1)
    x0, y0, x1, y1 = pasted.boxes_px[0]
    # The tip of a turned body covers a third of its pixel.
    rows, columns = np.nonzero(pasted.picture.max(axis=-1) > 40)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == pytest.approx((x0, y0, x1, y1), abs=1.5)
    shown = pasted.keypoints_px[0][pasted.flags[0] == SEEN]
    assert (shown >= (x0 - 1.5, y0 - 1.5)).all()
    assert (shown <= (x1 + 1.5, y1 + 1.5)).all()
    scale = max(x1 - x0, y1 - y0) / 180
    joints = pasted.keypoints_px[0, [LEFT, RIGHT]]
    if whole(joints[0], scale) and whole(joints[1], scale):
        dot = found_px(pasted.picture, 1)
        apart = np.abs(pasted.keypoints_px[0, [LEFT, RIGHT]] - dot).max(axis=1)
        assert apart.min() <= SHIFT_PX + 0.25


def test_covered_joints_are_hidden_and_who_is_gone_is_ignored() -> None:
    sample = made_sample(persons=2)
    covered = np.zeros(sample.picture.shape[:2], bool)
    covered[:, 70:] = True
    left = hide(sample, covered)
    assert left.boxes_px.tolist() == sample.boxes_px[:1].tolist()
    assert left.ignore_px.tolist() == sample.boxes_px[1:].tolist()
    covered[:] = False
    x, y = sample.keypoints_px[0, 3].astype(int)
    covered[y, x] = True
    flags = hide(sample, covered).flags
    assert flags[0, 3] == HIDDEN
    assert (flags == HIDDEN).sum() == 1


@given(seed=seeds)
def test_erasing_hides_joints_under_the_patch_only(seed: int) -> None:
    sample = made_sample()
    erased = erase(sample, np.random.default_rng(seed))
    changed = (erased.picture != sample.picture).any(axis=-1)
    assert changed.any()
    rows, columns = np.nonzero(changed)
    for flags, points in zip(erased.flags, erased.keypoints_px, strict=True):
        for x, y in points[flags == HIDDEN].astype(int):
            assert columns.min() - 3 <= x <= columns.max() + 3
            assert rows.min() - 3 <= y <= rows.max() + 3
    assert len(erased.boxes_px) + len(erased.ignore_px) == 1


def test_in_a_picture_of_nobody_nothing_is_erased() -> None:
    sample = made_sample(persons=0)
    assert erase(sample, np.random.default_rng(0)) is sample
