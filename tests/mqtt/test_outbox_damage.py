"""Single faults of a stored outbox, each where it once did harm."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from test_outbox_salvage import append, outbox_at, seqs

from edge_agent.clock import MediaClock
from edge_agent.errors import OutboxError
from edge_agent.mqtt import outbox_salvage
from edge_agent.mqtt.dead_letters import read_contents
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.seq_mark import SeqMark


def left(file: Path, events: int = 5) -> Path:
    """An outbox that was closed in peace, with so many events pending."""
    outbox = outbox_at(file)
    outbox.open()
    for _ in range(events):
        append(outbox)
    outbox.close()
    return file


def reopened(file: Path, clock: MediaClock | None = None) -> Outbox:
    outbox = outbox_at(file, clock)
    outbox.open()
    return outbox


def change(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(sql)


def flip(file: Path, byte: int, bit: int) -> None:
    content = bytearray(file.read_bytes())
    content[byte] ^= 1 << bit
    file.write_bytes(content)


@pytest.mark.parametrize(("byte", "bit"), [(18, 0), (18, 7), (60, 0), (60, 7), (62, 3), (63, 6)])
def test_a_flipped_bit_in_the_header_neither_keeps_the_agent_from_starting_nor_from_storing(
    tmp_path: Path, byte: int, bit: int
) -> None:
    file = left(tmp_path / "outbox.sqlite")
    flip(file, byte, bit)
    outbox = reopened(file)
    assert (append(outbox), seqs(outbox)) == (6, [1, 2, 3, 4, 5, 6])
    assert outbox.storage.state == "salvaged"
    outbox.close()


def test_to_list_an_outbox_whose_file_is_empty_leaves_its_log_alone(tmp_path: Path) -> None:
    outbox = reopened(left(tmp_path / "outbox.sqlite"))
    append(outbox)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("outbox.sqlite", "outbox.sqlite-wal"):
        shutil.copy(tmp_path / name, crashed / name)
    outbox.close()
    (crashed / "outbox.sqlite").write_bytes(b"")
    log = (crashed / "outbox.sqlite-wal").read_bytes()
    with pytest.raises(OutboxError, match="its log is not"):
        read_contents(crashed / "outbox.sqlite")
    assert log
    assert (crashed / "outbox.sqlite-wal").read_bytes() == log


@pytest.mark.parametrize(
    "harm",
    [
        "payload = CAST(replace(CAST(payload AS TEXT), '{', '[') AS BLOB)",  # no JSON, which nobody can mark as late
        "payload = CAST(replace(CAST(payload AS TEXT), '2', '3') AS BLOB)",
        "topic = replace(topic, 'fall', '#all')",
        "topic = replace(topic, 'fall', '+')",
        "topic = ''",
        "topic = CAST(X'61006200' AS TEXT)",
    ],
)
def test_a_damaged_row_of_the_first_agents_is_given_up_and_the_others_are_sent(tmp_path: Path, harm: str) -> None:
    file = left(tmp_path / "outbox.sqlite", 3)
    change(file, "UPDATE event SET checksum = NULL")
    change(file, f"UPDATE event SET {harm} WHERE seq = 2")
    outbox = reopened(file)
    assert seqs(outbox) == [1, 3]
    assert [(item.first, item.last) for item in outbox.dropped_ranges()] == [(2, 2)]
    outbox.close()


def test_an_event_whose_time_is_no_time_goes_with_the_late_ones(tmp_path: Path) -> None:
    file = left(tmp_path / "outbox.sqlite", 2)
    change(file, "UPDATE event SET stored_monotonic_s = 'x' WHERE seq = 1")
    outbox = reopened(file)
    assert [(item.seq, item.historical) for item in outbox.pending(9)] == [(2, False), (1, True)]
    outbox.close()


def test_an_incident_that_a_damaged_page_tells_twice_is_carried_over_once(tmp_path: Path) -> None:
    file = left(tmp_path / "outbox.sqlite")
    with closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'open_incident'").fetchone()
    content, page = bytearray(file.read_bytes()), 4096 * (root - 1)
    content[page + 10 : page + 12] = content[page + 8 : page + 10]  # sqlite.org/fileformat.html, 1.6: pointers to rows
    file.write_bytes(content)
    outbox = reopened(file)
    assert (outbox.storage.state, len(outbox.open_incidents())) == ("salvaged", 4)
    assert append(outbox) == 6
    outbox.close()


def test_what_was_delivered_and_purged_is_not_counted_as_lost(tmp_path: Path) -> None:
    file = left(tmp_path / "outbox.sqlite", 1)
    outbox = reopened(file)
    outbox.quarantine(1, "too large")
    outbox.close()
    change(file, "UPDATE counter SET next_seq = 20001")  # delivered and purged
    outbox = reopened(file)
    for _ in range(5):
        append(outbox)
    outbox.close()
    change(file, "DELETE FROM event WHERE seq IN (20002, 20004)")  # lost
    content = file.read_bytes()
    file.write_bytes(content.replace(b"CREATE TABLE dropped", b"CRDATE TABLE dropped"))
    outbox = reopened(file)
    assert outbox.storage.state == "salvaged"
    assert outbox.stats().dropped == 2
    assert [(item.first, item.last) for item in outbox.dropped_ranges()][1:] == [(20002,) * 2, (20004,) * 2]
    outbox.close()


def test_a_counter_that_jumped_is_told_and_no_number_comes_twice(tmp_path: Path) -> None:
    file = left(tmp_path / "outbox.sqlite")
    change(file, "UPDATE counter SET next_seq = next_seq + 1048576")
    outbox = reopened(file)
    assert outbox.storage.state == "salvaged"
    assert [(item.first, item.last) for item in outbox.dropped_ranges()] == [(6, 1048581)]
    assert outbox.stats().dropped == 0
    assert (append(outbox), seqs(outbox)) == (1048582, [1, 2, 3, 4, 5, 1048582])
    outbox.close()
    outbox = reopened(file)
    assert (outbox.storage.state, len(outbox.dropped_ranges())) == ("ok", 1)
    outbox.close()


def test_the_mark_on_the_disk_is_never_more_than_five_hundred_numbers_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, synced = os.fsync, [0]

    def fsync(descriptor: int) -> None:
        genuine(descriptor)
        synced.append(int(path.read_bytes()[:20]))

    path = tmp_path / "mark"
    for numbers in (range(1, 1400), range(1400, 1410), range(1800, 8000, 300)):
        mark = SeqMark(path)  # each time another process
        mark.read()
        monkeypatch.setattr(os, "fsync", fsync)
        for number in numbers:
            mark.write(number)
            assert number - synced[-1] < 500
        mark.close()
        monkeypatch.undo()
    assert len(synced) < 25


def test_an_error_at_the_closing_of_the_mark_costs_nothing(tmp_path: Path) -> None:
    mark = SeqMark(tmp_path / "mark")
    mark.write(7)
    assert mark._file is not None
    os.close(mark._file)  # now each call fails, the next close as well
    mark.write(8)
    mark.write(9)
    mark.close()
    assert SeqMark(tmp_path / "mark").read() == 9


def test_the_damaged_files_written_last_are_kept_whatever_the_clock_says(tmp_path: Path) -> None:
    file = left(tmp_path / "outbox.sqlite")
    for stamp in ("20231114T221320Z", "20231114T221320Z-2"):  # as the first agents named them
        file.with_name(f"outbox.sqlite.damaged-{stamp}").write_bytes(b"old")
    contents = []
    for day in (20_000, 20_001, 0, 0):  # the device boots in 1970
        flip(file, 60, 0)
        contents.append(file.read_bytes())
        outbox = reopened(file, MediaClock(86_400.0 * day))
        append(outbox)
        outbox.close()
    assert [aside.read_bytes() for aside in outbox_salvage.damaged_files(file)] == contents[1:]
