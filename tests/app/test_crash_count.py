"""When a model that is active takes the agent down too often."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_agent.app.crash_count import MANY, WITHIN_S, CrashCount


@dataclass
class StillClock:
    now_s: float = 5000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return 0.0

    def synchronised(self) -> bool:
        return True


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


def start(place: Path, clock: StillClock, boot: str = "boot-1", digest: str = "new") -> CrashCount:
    """A start of the agent, which then opens the model; nobody stops it."""
    count = CrashCount(place / "run.json", clock, boot)
    count.begin()
    count.opened(digest)
    return count


def test_three_crashes_in_ten_minutes_are_too_many(tmp_path: Path, clock: StillClock) -> None:
    for _ in range(MANY):
        assert not start(tmp_path, clock).too_often("new")
        clock.now_s += 60.0
    assert start(tmp_path, clock, digest="old").too_often("new")
    clock.now_s += 86_400.0
    assert start(tmp_path, clock, digest="old").too_often("new"), "for the rest of this boot"
    assert not start(tmp_path, clock, digest="old").too_often("old")


def test_crashes_that_are_far_apart_are_not(tmp_path: Path, clock: StillClock) -> None:
    for _ in range(MANY + 3):
        assert not start(tmp_path, clock).too_often("new")
        clock.now_s += WITHIN_S / 2 + 1.0


def test_a_stop_on_purpose_and_another_boot_begin_anew(tmp_path: Path, clock: StillClock) -> None:
    for _ in range(MANY):
        start(tmp_path, clock).clear()
    assert not start(tmp_path, clock).too_often("new")
    for _ in range(MANY):
        start(tmp_path, clock)
    assert not start(tmp_path, clock, boot="boot-2").too_often("new")
    assert not start(tmp_path, clock, boot="boot-2").too_often("new")


def test_the_crashes_of_one_model_are_not_anothers(tmp_path: Path, clock: StillClock) -> None:
    for digest in ("new", "old", "new", "old", "old"):
        start(tmp_path, clock, digest=digest)
    count = start(tmp_path, clock, digest="old")
    assert count.too_often("old")
    assert not count.too_often("new")


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"boot_id": "boot-1", "crashes": 3}', b"\xff"])
def test_what_is_damaged_counts_nothing(tmp_path: Path, clock: StillClock, raw: bytes) -> None:
    (tmp_path / "run.json").write_bytes(raw)
    assert not start(tmp_path, clock).too_often("new")


def test_the_factory_model_leaves_nothing_on_the_disk(tmp_path: Path, clock: StillClock) -> None:
    start(tmp_path, clock, digest="")
    assert list(tmp_path.iterdir()) == []
