"""A rollout goes on only on what devices said, and stops on too many failures, silence at the deadline among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.fleet.decide import Advance, Halt, Wait, decide
from edge_agent.fleet.plan import Plan, PlanState, Stage
from edge_agent.fleet.tally import Counts
from edge_agent.update.pointer import AbortRule

START = datetime(2026, 5, 1, tzinfo=timezone.utc)
PLAN = Plan(
    group="plant-1",
    rollout="r",
    name="edge-pose-n",
    version="1.1",
    release_sha256="ab" * 32,
    stages=(Stage(group="lab", percent=100), Stage(group="plant-1", percent=10), Stage(group="plant-1", percent=100)),
    stage=1,
    stage_since=START,
    success_threshold=0.9,
    silence_s=3600.0,
    abort=AbortRule(max_failure_rate=0.1, min_finished=5),
)
SOON, LATE = START + timedelta(minutes=1), START + timedelta(hours=1)


def row(group: str = "plant-1", known: int = 200, **numbers: int) -> Counts:
    words = ("committed", "in_progress", "failed", "rolled_back", "canceled", "silent", "unproven")
    counts = {word: numbers.get(word, 0) for word in words}
    mute = numbers.get("mute", 0)
    return Counts(group=group, percent=10, known=known, taking_part=sum(counts.values()), mute=mute, **counts)


LAB = row("lab", committed=10)


@pytest.mark.parametrize(
    ("current", "at", "expected"),
    [
        (row(committed=20), SOON, Advance),
        (row(committed=18, silent=2), SOON, Advance),
        (row(committed=17, silent=3), SOON, Wait),
        (row(committed=9, in_progress=11), SOON, Wait),
        (row(silent=20), SOON, Wait),
        (row(failed=4), SOON, Wait),  # too few have finished
        (row(failed=2, rolled_back=3), SOON, Halt),
        (row(committed=18, rolled_back=2), SOON, Advance),  # a tenth is allowed
        (row(committed=17, rolled_back=2, silent=1), SOON, Halt),
        (row(silent=20, mute=20), LATE, Halt),  # silence is failure at the deadline
        (row(silent=20), LATE, Wait),  # they speak of other things: the release has killed nobody
        (row(in_progress=20), LATE, Wait),  # they have a word
        (row(in_progress=20, mute=20), SOON, Wait),
        (row(in_progress=20, mute=20), LATE, Halt),  # they had one, and fell silent
        (row(committed=17, unproven=3), LATE, Wait),  # no fault of the release, and no proof of it
        (row(committed=18, unproven=2), LATE, Advance),
        (row(committed=18, silent=2, mute=2), LATE, Advance),
        (row(committed=17, silent=3, mute=3), LATE, Halt),
        (row(committed=2, silent=2, mute=2), LATE, Wait),  # too few to judge: somebody must look
        (row(committed=5, canceled=15), SOON, Advance),  # who was canceled on site counts for nothing
        (row(canceled=20), LATE, Wait),
        (row(known=0), LATE, Wait),  # nobody was ever heard of
        (row(known=3), SOON, Advance),  # there are devices, and none is among the first 10 %
    ],
)
def test_what_follows_from_the_counts(current: Counts, at: datetime, expected: type) -> None:
    assert type(decide(PLAN, (LAB, current), at)) is expected


@pytest.mark.parametrize("state", [state for state in PlanState if state is not PlanState.RUNNING])
def test_only_a_running_rollout_moves(state: PlanState) -> None:
    for current in (row(committed=20), row(failed=20)):
        assert isinstance(decide(replace(PLAN, state=state), (LAB, current), LATE), Wait)


def test_a_stage_soaks_as_long_as_it_was_told() -> None:
    plan = replace(PLAN, soak_s=600.0)
    assert isinstance(decide(plan, (LAB, row(committed=20)), START + timedelta(seconds=599)), Wait)
    assert isinstance(decide(plan, (LAB, row(committed=20)), START + timedelta(seconds=600)), Advance)
    assert isinstance(decide(plan, (LAB, row(failed=20)), SOON), Halt), "a failure waits for nothing"


def test_a_canary_that_fails_later_halts_what_goes_on_elsewhere() -> None:
    late_failures = row("lab", committed=8, rolled_back=2)
    assert isinstance(decide(PLAN, (late_failures, row(committed=20)), SOON), Halt)
    assert isinstance(decide(PLAN, (row("lab", committed=9, silent=1), row(committed=20)), LATE), Advance)


numbers = st.integers(0, 60)


@st.composite
def rows_of(draw: st.DrawFn, **words: st.SearchStrategy[int]) -> Counts:
    counts = {word: draw(strategy) for word, strategy in words.items()}
    return row(**counts, mute=draw(st.integers(0, counts["in_progress"] + counts["silent"])))


rows = rows_of(
    known=st.integers(0, 400),
    committed=numbers,
    in_progress=numbers,
    failed=numbers,
    rolled_back=numbers,
    canceled=numbers,
    silent=numbers,
    unproven=numbers,
)


@given(rows, st.integers(0, 7200))
def test_it_never_goes_on_against_its_own_rules(current: Counts, seconds: int) -> None:
    decision = decide(PLAN, (LAB, current), START + timedelta(seconds=seconds))
    finished = current.committed + current.bad
    if finished >= 5 and current.bad > 0.1 * finished:
        assert isinstance(decision, Halt)
    if isinstance(decision, Advance) and current.taking_part:
        assert current.committed >= 0.9 * current.expected > 0
    if isinstance(decision, Halt):
        assert current.taking_part > current.committed


@given(rows, st.integers(0, 7200))
def test_one_more_failure_never_turns_a_halt_into_anything_else(current: Counts, seconds: int) -> None:
    at = START + timedelta(seconds=seconds)
    if isinstance(decide(PLAN, (LAB, current), at), Halt):
        worse = replace(current, failed=current.failed + 1, taking_part=current.taking_part + 1)
        assert isinstance(decide(PLAN, (LAB, worse), at), Halt)
