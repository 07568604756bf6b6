"""One person's joints over a clip are cleaned without inventing any."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.training.real.clips_to_data_set import chosen_frames
from edge_agent.models.training.real.temporal_filter import (
    LONGEST_GAP_FRAMES,
    JointTrack,
    clean,
    fill_gaps,
    reject_jumps,
)

TRUNK_PX = 100.0


def steady(frames: int, step_px: float = 5.0) -> JointTrack:
    points_px = np.zeros((frames, 17, 2))
    points_px[:, :, 0] = np.arange(frames)[:, None] * step_px
    return JointTrack(points_px=points_px, sure=np.ones((frames, 17), dtype=bool), size_px=np.full(frames, TRUNK_PX))


@given(frames=st.integers(1, 20), step_px=st.floats(-15, 15))
def test_a_steady_motion_passes_unchanged(frames, step_px):
    track = steady(frames, step_px)
    cleaned = clean(track)
    assert cleaned.sure.all()
    np.testing.assert_allclose(cleaned.points_px, track.points_px, atol=1e-9)


@given(frame=st.integers(2, 7), joint=st.integers(0, 16), jump_px=st.floats(60, 500))
def test_a_jump_is_replaced_by_its_neighbours(frame, joint, jump_px):
    track = steady(10)
    track.points_px[frame, joint, 1] += jump_px
    rejected = reject_jumps(track)
    assert not rejected.sure[frame, joint]
    assert rejected.sure.sum() == 10 * 17 - 1
    np.testing.assert_allclose(clean(track).points_px, steady(10).points_px, atol=1e-9)


@given(gap=st.integers(1, 8))
def test_only_short_gaps_are_filled(gap):
    track = steady(gap + 2)
    track.sure[1:-1] = False
    track.points_px[1:-1] = 1e6
    filled = fill_gaps(track)
    assert filled.sure[1:-1].all() == (gap <= LONGEST_GAP_FRAMES)
    if gap <= LONGEST_GAP_FRAMES:
        np.testing.assert_allclose(filled.points_px, steady(gap + 2).points_px)


def test_nothing_is_filled_before_the_first_or_after_the_last_sighting():
    track = steady(5)
    track.sure[[0, 4]] = False
    assert fill_gaps(track).sure[:, 0].tolist() == [False, True, True, True, False]


def test_every_third_frame_then_all():
    assert chosen_frames(9, rate_per_s=2.0, dense_from_s=3.0) == [0, 3, 6, 7, 8]
    assert chosen_frames(7, rate_per_s=2.0, dense_from_s=None) == [0, 3, 6]
