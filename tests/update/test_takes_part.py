"""Which devices a percentage means: the same ones for everybody, more with more percent, and a fair share."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.update.takes_part import takes_part

names = st.text(min_size=1, max_size=40)
percents = st.integers(0, 100)


@given(names, names, percents, percents)
def test_who_takes_part_at_less_does_at_more(rollout: str, device: str, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert takes_part(rollout, device, more) or not takes_part(rollout, device, less)


@given(names, names)
def test_nobody_at_0_and_everybody_at_100(rollout: str, device: str) -> None:
    assert not takes_part(rollout, device, 0)
    assert takes_part(rollout, device, 100)


@settings(derandomize=True)  # of other draws at each run, one in ten thousand would be an honest exception
@given(st.uuids().map(str), st.integers(1, 99))
def test_the_share_is_fair(rollout: str, percent: int) -> None:
    """2000 devices; five standard deviations of a binomial share (at most 1.12 % each) are 5.6 %."""
    share = sum(takes_part(rollout, f"plant/{number}", percent) for number in range(2000)) / 2000
    deviation = (percent / 100 * (1 - percent / 100) / 2000) ** 0.5
    assert abs(share - percent / 100) < 5 * deviation + 0.0005


def test_other_devices_come_first_in_another_rollout() -> None:
    devices = [f"plant/{number}" for number in range(1000)]
    first = {device for device in devices if takes_part("one", device, 10)}
    second = {device for device in devices if takes_part("two", device, 10)}
    assert len(first & second) < len(first) / 2


def test_names_cannot_flow_into_each_other() -> None:
    answers = {takes_part("a" * n, "a" * (40 - n), 50) for n in range(1, 40)}
    assert answers == {True, False}


def test_it_is_what_it_always_was() -> None:
    """A device of last year and a tool of this year must agree."""
    told = [takes_part("r-1", f"plant-1/hall-{number}", 50) for number in range(8)]
    assert told == [False, True, True, True, True, True, False, True]
