"""Rows that the disk has changed since they were stored: nobody hears them, and they hold up nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_outbox import PLENTY, stored

from edge_agent.clock import MediaClock
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.outbox_rows import SeqRange


@pytest.fixture
def clock() -> MediaClock:
    return MediaClock(1_700_000_000.0)


@pytest.fixture
def outbox(tmp_path: Path, clock: MediaClock) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.sqlite", OutboxSettings(), clock, "boot-1")
    made.open()
    yield made
    made.close()


def change(outbox: Outbox, statement: str) -> None:
    """As a disk would that flips bits in a row."""
    with outbox._file.transaction() as connection:
        connection.execute(statement)


def writable(outbox: Outbox, yes: bool) -> None:
    """A disk that takes no writes, in SQLite's own words."""
    with outbox._file.reading() as connection:
        connection.execute(f"PRAGMA query_only = {0 if yes else 1}")


def test_on_a_disk_that_takes_no_writes_what_is_whole_goes_out_all_the_same(outbox: Outbox, clock: MediaClock) -> None:
    for _ in range(5):
        stored(outbox)
    change(outbox, "UPDATE event SET payload = x'00' WHERE seq IN (1, 3)")
    writable(outbox, False)
    assert [item.seq for item in outbox.pending(2)] == [2]
    assert [item.seq for item in outbox.pending(2, busy={2})] == [4], "the third was found to be damaged just now"
    assert [item.seq for item in outbox.pending(PLENTY)] == [2, 4, 5]
    writable(outbox, True)
    clock.set(60.0)
    assert [item.seq for item in outbox.pending(PLENTY)] == [2, 4, 5]
    assert outbox.dropped_ranges() == (SeqRange(1, 1), SeqRange(3, 3))


def test_a_damaged_event_is_not_sent_again_on_request(outbox: Outbox) -> None:
    stored(outbox)
    outbox.acknowledge([1])
    assert outbox.kept_event(1) is not None
    change(outbox, "UPDATE event SET payload = x'00'")
    assert outbox.kept_event(1) is None


@pytest.mark.parametrize(
    "damage",
    ["severity = 'critibal'", "severity = x'00'", "raised_wall_s = 'noon'", "zone = x'ff'", "rev = 'one'", "rev = -1"],
)
def test_a_damaged_incident_ends_no_start(outbox: Outbox, damage: str) -> None:
    for incident in ("a", "b"):
        stored(outbox, incident_id=incident)
    with outbox._file.transaction() as connection:
        connection.execute(f"UPDATE open_incident SET {damage} WHERE incident_id = 'a'")
    assert [incident.incident_id for incident in outbox.open_incidents()] == ["b"]


def test_the_numbers_of_rows_in_use_are_left_out(outbox: Outbox) -> None:
    for _ in range(4):
        stored(outbox)
    assert [item.seq for item in outbox.pending(PLENTY, busy={1, "an identifier of an event in memory"})] == [2, 3, 4]
