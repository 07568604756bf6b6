"""The life of a track, in seconds: the same at every frame rate."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.data.track import TrackState
from edge_agent.track.life_cycle import Life, LifeTimes, born, seen, unseen

TIMES = LifeTimes()
FPS = st.floats(2.0, 60.0)
START_S = st.floats(0.0, 1e5)
ROUNDING_S = 1e-6


def confirmed(at_s: float) -> Life:
    return seen(seen(born(1, at_s - 1.0, 0.5), at_s - 0.5, 0.6, TIMES), at_s, 0.7, TIMES)


def last_s(life: Life, fps: float, *, moving: bool) -> float:
    """How long after the latest detection the track is still there."""
    number, aged = 0, unseen(life, life.last_seen_s, moving=moving, times=TIMES)
    while aged is not None:
        number += 1
        aged = unseen(aged, life.last_seen_s + number / fps, moving=moving, times=TIMES)
    return (number - 1) / fps


@given(FPS, START_S)
def test_a_person_counts_after_a_fifth_of_a_second_and_three_looks(fps: float, start_s: float) -> None:
    life, number = born(1, start_s, 0.8), 0
    while life.state is TrackState.TENTATIVE:
        number += 1
        life = seen(life, start_s + number / fps, 0.8, TIMES)
    expected_s = max(TIMES.confirm_s, (TIMES.confirm_detections - 1) / fps)
    assert expected_s - ROUNDING_S <= number / fps < expected_s + 1.0 / fps + ROUNDING_S


@given(FPS, START_S, st.booleans())
def test_a_track_that_does_not_count_goes_after_its_gap(fps: float, start_s: float, moving: bool) -> None:
    kept_s = last_s(born(1, start_s, 0.8), fps, moving=moving)
    assert TIMES.tentative_gap_s - 1.0 / fps - ROUNDING_S <= kept_s <= TIMES.tentative_gap_s + ROUNDING_S


@given(FPS, START_S)
def test_who_moves_unseen_is_kept_for_a_short_time(fps: float, start_s: float) -> None:
    kept_s = last_s(confirmed(start_s), fps, moving=True)
    assert TIMES.lost_s - 1.0 / fps - ROUNDING_S <= kept_s <= TIMES.lost_s + ROUNDING_S


@given(st.floats(2.0, 10.0), START_S)
def test_who_does_not_move_is_kept_for_a_long_time(fps: float, start_s: float) -> None:
    kept_s = last_s(confirmed(start_s), fps, moving=False)
    assert TIMES.still_s - 1.0 / fps - ROUNDING_S <= kept_s <= TIMES.still_s + ROUNDING_S


def test_motion_soon_after_the_loss_does_not_shorten_the_life_of_who_then_lies_still() -> None:
    life: Life | None = confirmed(10.0)
    for t_s, moving in ((10.1, True), (12.0, True), (14.9, True), (16.0, False), (60.0, False), (129.9, False)):
        assert life is not None
        life = unseen(life, t_s, moving=moving, times=TIMES)
    assert life is not None
    assert life.state is TrackState.LOST
    assert unseen(life, 129.95, moving=True, times=TIMES) is None
    assert unseen(life, 130.1, moving=False, times=TIMES) is None


def test_who_is_found_again_counts_at_once_and_keeps_the_first_sight() -> None:
    lost = unseen(confirmed(10.0), 14.0, moving=False, times=TIMES)
    assert lost is not None
    found = seen(lost, 14.5, 0.33, TIMES)
    assert found == Life(1, TrackState.CONFIRMED, 9.0, 14.5, 4, 0.33)


@given(FPS, st.lists(st.booleans(), min_size=2, max_size=120))
def test_nobody_counts_before_three_detections_over_a_fifth_of_a_second(fps: float, frames: list[bool]) -> None:
    """Whatever the pattern of the flicker."""
    life: Life | None = None
    detections_s: list[float] = []
    for number, detected in enumerate(frames):
        t_s = number / fps
        if detected:
            life = born(1, t_s, 0.8) if life is None else seen(life, t_s, 0.8, TIMES)
            detections_s = [t_s] if life.detections == 1 else [*detections_s, t_s]
        elif life is not None:
            life = unseen(life, t_s, moving=False, times=TIMES)
        if life is not None and life.state is TrackState.CONFIRMED:
            assert len(detections_s) >= 3
            assert detections_s[-1] - detections_s[0] >= TIMES.confirm_s - ROUNDING_S
            assert max(b - a for a, b in pairwise(detections_s)) < 0.3 + 1.0 / fps
            return
