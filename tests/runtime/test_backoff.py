"""Full jitter: within 0..min(cap, base * 2^n), and spread over all of it."""

from __future__ import annotations

import random
import statistics

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.runtime.backoff import FullJitter


@given(
    seed=st.integers(),
    base_s=st.floats(0.01, 10.0),
    cap_s=st.floats(0.01, 3600.0),
    tries=st.integers(1, 200),
)
def test_every_wait_lies_between_zero_and_the_doubling_ceiling(
    seed: int, base_s: float, cap_s: float, tries: int
) -> None:
    backoff = FullJitter(random.Random(seed), base_s, cap_s)
    for attempt in range(tries):
        assert 0.0 <= backoff.next_s() <= min(cap_s, base_s * 2.0**attempt)


def test_the_ceiling_doubles_to_the_cap_and_the_waits_fill_it() -> None:
    def mean_s(attempt: int) -> float:
        waits = []
        for seed in range(400):
            backoff = FullJitter(random.Random(seed))
            waits.append([backoff.next_s() for _ in range(attempt + 1)][-1])
        return statistics.fmean(waits)

    # The mean of uniform(0, ceiling) is half the ceiling: 0.5, 1, 8 and at last 30 s.
    for attempt, ceiling_s in ((0, 0.5), (1, 1.0), (4, 8.0), (6, 30.0), (20, 30.0)):
        assert abs(mean_s(attempt) / (ceiling_s / 2) - 1.0) < 0.12


def test_reset_begins_at_the_base_again() -> None:
    backoff = FullJitter(random.Random(1))
    for _ in range(20):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.5


def test_a_night_of_tries_does_not_overflow() -> None:
    backoff = FullJitter(random.Random(1))
    assert all(backoff.next_s() <= 30.0 for _ in range(5000))
