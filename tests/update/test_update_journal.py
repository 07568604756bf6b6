"""The journal survives torn tails and flipped bits, and does not grow for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.update.journal import KEPT_LINES, MAX_LINES, Entry, Journal
from edge_agent.update.reason import UpdateReason, UpdateState


def entry(number: int) -> Entry:
    return Entry(
        state=list(UpdateState)[number % len(UpdateState)], text=f"entry {number}\nwith a line", counter=number
    )


def written(path: Path, count: int) -> list[Entry]:
    journal = Journal(path)
    journal.open()
    return [journal.write(entry(number)) for number in range(count)]


def test_what_was_written_is_read_again_with_its_numbers(tmp_path: Path) -> None:
    entries = written(tmp_path / "journal", 5)
    journal = Journal(tmp_path / "journal")
    assert journal.open() == entries[-1]
    assert journal.entries == tuple(entries)
    assert [each.number for each in entries] == [1, 2, 3, 4, 5]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2000))
def test_a_torn_tail_costs_the_last_entry_alone_and_the_next_one_is_readable(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    entries = written(path, 4)
    raw = path.read_bytes()
    cut %= len(raw)
    path.write_bytes(raw[:cut])
    whole = raw[:cut].count(b"\n") + (raw[cut : cut + 1] == b"\n")  # a line may lack nothing but its end
    journal = Journal(path)
    last = journal.open()
    assert journal.entries == tuple(entries[:whole])
    assert last == (entries[whole - 1] if whole else None)
    journal.write(entry(9))
    again = Journal(path)
    assert again.open() == journal.entries[-1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_flipped_bit_costs_no_more_than_the_entry_that_it_is_in(tmp_path: Path, place: int, bit: int) -> None:
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    entries = written(path, 6)
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] ^= 1 << bit
    path.write_bytes(raw)
    journal = Journal(path)
    journal.open()
    lost = [each for each in entries if each not in journal.entries]
    assert len(lost) <= 2  # a line's end that flips joins it with the next
    assert set(journal.entries) <= set(entries)


def test_it_is_bounded_and_goes_on_counting(tmp_path: Path) -> None:
    entries = written(tmp_path / "journal", MAX_LINES + 10)
    journal = Journal(tmp_path / "journal")
    assert journal.open() == entries[-1]
    assert len(journal.entries) == KEPT_LINES + 10
    assert entries[-1].number == MAX_LINES + 10


def test_an_entry_that_cannot_be_written_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal")
    journal.open()
    first = journal.write(Entry(state=UpdateState.QUEUED, reason=UpdateReason.NETWORK))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        journal.write(entry(2))
    monkeypatch.undo()
    again = Journal(tmp_path / "journal")
    assert again.open() == first
