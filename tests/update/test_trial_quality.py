"""When a model on trial is as good as the one before it, and when nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.update.model_statistics import ModelStatistics
from edge_agent.update.reason import UpdateReason as R
from edge_agent.update.trial_quality import TrialBudget, Verdict, judge_at_deadline, judge_trial

NO_BUDGET = TrialBudget()


def seen(
    frames: int = 1000, people: int = 600, *, score: float = 0.7, missing: float = 0.2, each: int = 1
) -> ModelStatistics:
    return ModelStatistics(
        digest="d",
        frames=frames,
        frames_with_person=people,
        persons=people * each,
        score_sum=people * each * score,
        keypoints=people * each * 17,
        keypoints_missing=round(people * each * 17 * missing),
        latency_ms_p50=10.0,
        rss_mb=100.0,
    )


@pytest.mark.parametrize(
    ("candidate", "text"),
    [
        (seen(score=0.5), "is sure of a person by 0.50, the former model by 0.70"),
        (seen(missing=0.4), "misses 40% of the keypoints, the former model 20%"),
        (seen(each=4), "sees 4.0 persons at once, the former model 1.0"),
    ],
)
def test_a_model_that_is_worse_on_the_people_that_it_sees_is_bad(candidate: ModelStatistics, text: str) -> None:
    judgement = judge_trial(candidate, seen(), NO_BUDGET)
    assert (judgement.verdict, judgement.reason) == (Verdict.BAD, R.TRIAL_QUALITY)
    assert text in judgement.text


def test_fewer_or_more_people_are_a_change_of_shift_and_no_fault() -> None:
    for people in (300, 600, 1000):
        assert judge_trial(seen(people=people), seen(people=600), NO_BUDGET).verdict is Verdict.GOOD


def test_an_empty_hall_proves_nothing() -> None:
    assert judge_trial(seen(people=0), seen(), NO_BUDGET).verdict is Verdict.NOT_ENOUGH
    assert judge_trial(seen(people=59), seen(), NO_BUDGET).verdict is Verdict.NOT_ENOUGH


@pytest.mark.parametrize("people", [80, 600, 1400])
def test_a_model_that_sees_somebody_less_than_half_as_often_is_watched_on_and_goes_back_at_the_deadline(
    people: int,
) -> None:
    rarely = seen(frames=5000, people=people)
    assert judge_trial(rarely, seen(), NO_BUDGET).verdict is Verdict.NOT_ENOUGH
    judgement = judge_at_deadline(rarely, seen(), NO_BUDGET)
    assert (judgement.verdict, judgement.reason) == (Verdict.BAD, R.TRIAL_QUALITY)


@pytest.mark.parametrize("before", [seen(people=100), seen(people=3), seen(people=0)])
def test_a_phantom_in_every_frame_is_watched_on_and_goes_back_at_the_deadline(before: ModelStatistics) -> None:
    phantom = seen(frames=5000, people=5000)
    assert judge_trial(phantom, before, NO_BUDGET).verdict is Verdict.NOT_ENOUGH
    judgement = judge_at_deadline(phantom, before, NO_BUDGET)
    assert (judgement.verdict, judgement.reason) == (Verdict.BAD, R.TRIAL_QUALITY)
    assert "in 100.0% of its frames" in judgement.text


def test_far_more_people_are_watched_on_and_are_a_monday_at_the_deadline() -> None:
    """The former model watched a weekend, this one a shift: that must not cost every such site its updates."""
    monday, weekend = seen(frames=5000, people=2000), seen(frames=100_000, people=500)
    assert judge_trial(monday, weekend, NO_BUDGET).verdict is Verdict.NOT_ENOUGH
    assert judge_at_deadline(monday, weekend, NO_BUDGET).verdict is Verdict.GOOD


@pytest.mark.parametrize("before", [None, seen(people=0), seen()])
def test_a_model_that_hardly_ran_is_never_good(before: ModelStatistics | None) -> None:
    """A camera that gave no frame proves nothing, not even where nobody ever was."""
    judgement = judge_at_deadline(seen(frames=299, people=0), before, NO_BUDGET)
    assert (judgement.verdict, judgement.reason) == (Verdict.BAD, R.DEADLINE)


def test_at_the_deadline_too_few_people_are_no_proof_where_there_were_people_before() -> None:
    judgement = judge_at_deadline(seen(frames=20, people=10), seen(), NO_BUDGET)
    assert (judgement.verdict, judgement.reason) == (Verdict.BAD, R.DEADLINE)


@pytest.mark.parametrize("before", [None, seen(people=3)])
def test_at_the_deadline_the_golden_inputs_decide_where_nobody_ever_was(before: ModelStatistics | None) -> None:
    assert judge_at_deadline(seen(people=0), before, NO_BUDGET).verdict is Verdict.GOOD


def test_time_and_memory_are_bad_at_once_whoever_is_in_view() -> None:
    slow = judge_trial(seen(people=0), seen(), TrialBudget(latency_ms=5.0))
    assert (slow.verdict, slow.reason) == (Verdict.BAD, R.LATENCY)
    large = judge_trial(replace(seen(people=0), rss_mb=400.0), seen(), TrialBudget(rss_mb=150.0))
    assert (large.verdict, large.reason) == (Verdict.BAD, R.MEMORY)
    assert judge_trial(seen(), seen(), TrialBudget(latency_ms=10.0, rss_mb=10.0)).verdict is Verdict.GOOD


@given(st.integers(300, 5000), st.integers(0, 5000), st.floats(0, 1), st.floats(0, 1))
def test_a_model_is_never_worse_than_itself(frames: int, people: int, score: float, missing: float) -> None:
    same = seen(frames=max(frames, people), people=people, score=score, missing=missing)
    assert judge_at_deadline(same, same, NO_BUDGET).verdict is not Verdict.BAD
