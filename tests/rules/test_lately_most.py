"""The largest of the last seconds is what a look at all of them says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.rules.lately_most import LatelyMost

SAMPLES = st.lists(st.tuples(st.floats(0.0, 8.0), st.floats(-100.0, 100.0)), min_size=1, max_size=100)


@given(samples=SAMPLES)
def test_it_is_the_largest_of_those_that_still_count(samples: list[tuple[float, float]]) -> None:
    most, t_s, seen = LatelyMost(5.0), 0.0, []
    for gap_s, value in samples:
        t_s += gap_s
        seen.append((t_s, value))
        most.add(t_s, value)
        assert most.value == max(value for at_s, value in seen if t_s - at_s <= 5.0)
