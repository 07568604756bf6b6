"""Which part has been silent longest."""

from __future__ import annotations

from edge_agent.runtime.heartbeats import Heartbeats, Silence


def test_nobody_is_stale_before_anybody_beat() -> None:
    assert Heartbeats().stalest(10.0) is None


def test_the_part_that_beat_longest_ago_is_named_with_its_age() -> None:
    beats = Heartbeats()
    beats.beat("vision", 1.0)
    beats.beat("outbox", 2.0)
    beats.beat("vision", 3.0)
    assert beats.stalest(10.0) == Silence("outbox", 8.0)


def test_a_part_that_ended_on_purpose_is_forgotten() -> None:
    beats = Heartbeats()
    beats.beat("clip", 1.0)
    beats.beat("outbox", 5.0)
    beats.forget("clip")
    beats.forget("never enrolled")
    assert beats.stalest(6.0) == Silence("outbox", 1.0)
