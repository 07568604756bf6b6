"""Body height from segments, and how it is followed over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stick_figures import BENT, FEET_PX, H_PX, LYING, SITTING, SQUATTING, STANDING, Figure, track

from edge_agent.data.keypoints import Keypoint as K
from edge_agent.posture.body_height import HeightView, follow, from_segments
from edge_agent.posture.skeleton import Skeleton


@pytest.mark.parametrize("figure", [STANDING, BENT, LYING, SITTING, SQUATTING])
@pytest.mark.parametrize("height_px", [60.0, 400.0])
def test_a_body_in_full_view_has_its_height_in_every_posture(figure: Figure, height_px: float) -> None:
    points = (figure.keypoints_px - FEET_PX) * (height_px / H_PX) + FEET_PX
    assert from_segments(Skeleton(track(points))).height_px == pytest.approx(height_px, rel=0.01)


def test_the_trunk_alone_tells_the_height_where_the_legs_are_hidden() -> None:
    upper = {joint: 0.9 for joint in K if joint < K.LEFT_KNEE}
    assert from_segments(Skeleton(track(STANDING.keypoints_px, upper))).height_px == pytest.approx(H_PX, rel=0.001)


def test_a_trunk_that_points_at_the_camera_is_made_up_for_by_the_legs() -> None:
    points = STANDING.keypoints_px
    points[[K.LEFT_SHOULDER, K.RIGHT_SHOULDER]] = points[[K.LEFT_HIP, K.RIGHT_HIP]] - [0.0, 0.1 * H_PX]
    assert from_segments(Skeleton(track(points))).height_px == pytest.approx((0.1 + 0.491) / 0.779 * H_PX, rel=0.001)


@pytest.mark.parametrize("pair", [(K.LEFT_HIP, K.RIGHT_HIP), (K.LEFT_SHOULDER, K.RIGHT_SHOULDER)])
def test_without_a_trunk_nothing_is_measured(pair: tuple[K, K]) -> None:
    unsure = {joint: 0.4 if joint in pair else 0.9 for joint in K}
    assert from_segments(Skeleton(track(STANDING.keypoints_px, unsure))).height_px == 0.0


def bent(height_px: float) -> HeightView:
    return HeightView(height_px, upright=False)


@pytest.mark.parametrize(("figure", "upright"), [(STANDING, True), (SITTING, True), (BENT, False), (LYING, False)])
def test_a_view_says_whether_the_trunk_is_upright(figure: Figure, upright: bool) -> None:
    assert from_segments(Skeleton(track(figure.keypoints_px))).upright is upright


@given(st.floats(1.0, 2000.0), st.floats(1.0, 2000.0), st.booleans(), st.floats(0.0, 10.0))
def test_the_running_height_goes_towards_the_view_and_never_past_it(
    height_px: float, seen_px: float, upright: bool, dt_s: float
) -> None:
    followed = follow(height_px, HeightView(seen_px, upright), dt_s)
    assert min(height_px, seen_px) - 1e-9 <= followed <= max(height_px, seen_px) + 1e-9


@given(st.floats(100.0, 300.0), st.booleans(), st.sampled_from([2, 5, 15, 60]))
def test_it_is_the_same_after_a_second_at_every_frame_rate(seen_px: float, upright: bool, fps: int) -> None:
    view, height_px = HeightView(seen_px, upright), 200.0
    for _ in range(fps):
        height_px = follow(height_px, view, 1.0 / fps)
    assert height_px == pytest.approx(follow(200.0, view, 1.0))


def test_it_rises_in_a_second_falls_in_seconds_with_who_walks_away_and_in_minutes_with_who_lies() -> None:
    for upright in (True, False):
        assert follow(200.0, HeightView(300.0, upright), 1.0) > 290.0
    assert follow(200.0, HeightView(100.0, upright=True), 6.0) < 110.0
    assert follow(200.0, HeightView(100.0, upright=False), 1.0) > 190.0
    assert follow(200.0, HeightView(100.0, upright=False), 60.0) < 110.0


def test_the_first_view_counts_at_once_and_none_changes_nothing() -> None:
    seen, none = HeightView(180.0, upright=True), HeightView(0.0, upright=False)
    assert follow(0.0, seen, 0.1) == 180.0
    assert follow(180.0, none, 5.0) == 180.0
    assert follow(0.0, none, 5.0) == 0.0
