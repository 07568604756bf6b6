"""A damaged outbox: what SQLite can read of it is kept, no number is used twice, and the gap is told."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from mqtt_device import make_event

from edge_agent.clock import MediaClock
from edge_agent.errors import OutboxError
from edge_agent.mqtt import outbox_salvage
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.outbox_schema import intact

PLENTY = 10_000
EVENTS = 300


def outbox_at(file: Path, clock: MediaClock | None = None) -> Outbox:
    return Outbox(file, OutboxSettings(), clock or MediaClock(1_700_000_000.0), "boot-1")


def append(outbox: Outbox, size: int = 600) -> int:
    event = make_event()

    def make(seq: int) -> Message:
        payload = json.dumps({"seq": seq, "data": {"severity": "critical"}, "text": "x" * size}).encode()
        return Message("root/event/fall", payload, event.id, event.severity)

    return outbox.append(event, make)


def seqs(outbox: Outbox) -> list[int]:
    return [item.seq for item in outbox.pending(PLENTY)]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An outbox as a crash leaves it: 300 events, every third acknowledged, some put aside, the log not empty."""
    live = tmp_path_factory.mktemp("live")
    outbox = outbox_at(live / "outbox.sqlite")
    outbox.open()
    for number in range(1, EVENTS + 1):
        append(outbox)
        if number % 3 == 0:
            outbox.acknowledge([number])
        if number % 50 == 1:
            outbox.quarantine(number, "too large")
    for _ in range(3):
        append(outbox)
    crashed = tmp_path_factory.mktemp("crashed")
    for file in live.iterdir():
        shutil.copy(file, crashed / file.name)
    outbox.close()
    assert (crashed / "outbox.sqlite-wal").stat().st_size > 0
    return crashed


@pytest.fixture
def crashed(grown: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    for file in grown.iterdir():
        shutil.copy(file, tmp_path / file.name)
    return tmp_path / "outbox.sqlite"


def flip_bits(file: Path, rng: random.Random) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(rng.choice((1, 8, 64))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    file.write_bytes(content)


def zero_a_run(file: Path, rng: random.Random) -> None:
    content = bytearray(file.read_bytes())
    start, length = rng.randrange(len(content)), rng.choice((512, 4096, 40_000))
    content[start : start + length] = bytes(len(content[start : start + length]))
    file.write_bytes(content)


def zero_a_page(file: Path, rng: random.Random) -> None:
    content = bytearray(file.read_bytes())
    start = 4096 * rng.randrange(len(content) // 4096)
    content[start : start + 4096] = bytes(4096)
    file.write_bytes(content)


def truncate(file: Path, rng: random.Random) -> None:
    with file.open("r+b") as opened:
        opened.truncate(rng.randrange(file.stat().st_size))


def tear_the_log(file: Path, rng: random.Random) -> None:
    log = file.with_name(file.name + "-wal")
    (truncate if rng.random() < 0.5 else flip_bits)(log, rng)


def damage_both(file: Path, rng: random.Random) -> None:
    flip_bits(file, rng)
    tear_the_log(file, rng)


HARM = (flip_bits, zero_a_run, zero_a_page, truncate, tear_the_log, damage_both)
SEEDS = int(os.environ.get("EDGE_AGENT_SALVAGE_SEEDS", "12"))
SEEDED = [(harm, seed) for harm, seed in itertools.product(HARM, range(SEEDS))]


def readable(file: Path) -> set[int]:
    """Numbers of the events that SQLite itself reads whole, looked up one by one in a copy."""
    copy = file.parent / "independent"
    copy.mkdir()
    for ending in ("", "-wal"):
        if file.with_name(file.name + ending).exists():
            shutil.copy(file.with_name(file.name + ending), copy / f"o{ending}")
    found = set()
    with contextlib.closing(sqlite3.connect(copy / "o")) as connection:
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        for seq in range(1, EVENTS + 4):
            with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
                sql = "SELECT seq, topic, payload, checksum FROM event WHERE seq = ?"
                found |= {row[0] for row in connection.execute(sql, (seq,)) if row[0] == seq and intact(*row)}
    return found


def all_kept(file: Path) -> set[int]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return {seq for (seq,) in connection.execute("SELECT seq FROM event")}


@pytest.mark.parametrize(("harm", "seed"), SEEDED, ids=[f"{harm.__name__}-{seed}" for harm, seed in SEEDED])
def test_whatever_happens_to_the_file_what_sqlite_reads_is_kept_and_no_number_comes_twice(
    crashed: Path, harm: Callable[[Path, random.Random], None], seed: int
) -> None:
    harm(crashed, random.Random(seed))
    expected = readable(crashed)
    outbox = outbox_at(crashed)
    outbox.open()
    assert outbox.storage.state in ("ok", "salvaged")
    pending = seqs(outbox)
    following = append(outbox)
    kept = all_kept(crashed)
    assert expected <= kept
    assert following > EVENTS + 3
    assert following <= EVENTS + 4 + 1000
    ranges = outbox.dropped_ranges()
    dropped = {seq for item in ranges for seq in range(item.first, item.last + 1)}
    assert set(range(1, following)) == dropped | (kept - {following}), "each number is there, or told as lost"
    spanned = range(ranges[0].first, ranges[0].last + 1) if len(ranges) == 16 else ()
    assert dropped.isdisjoint(set(pending) - set(spanned))
    in_log = 290  # what the broker has is forgotten where the log is torn
    assert not [seq for seq in pending if seq <= in_log and seq % 3 == 0], "nothing acknowledged comes back"
    assert outbox.stats().dropped <= EVENTS + 3
    outbox.close()
    again = outbox_at(crashed)
    again.open()
    assert (again.storage.state, append(again)) == ("ok", following + 1)
    again.close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 1000, bytes(65536)])
def test_a_foreign_or_empty_file_is_put_aside_and_numbers_go_on(crashed: Path, content: bytes) -> None:
    crashed.write_bytes(content)
    crashed.with_name("outbox.sqlite-wal").unlink()
    outbox = outbox_at(crashed)
    outbox.open()
    assert outbox.storage.state == "salvaged"
    assert append(outbox) > EVENTS + 3
    assert outbox.dropped_ranges()[0].first == 1
    outbox.close()
    if content:
        (aside,) = outbox_salvage.damaged_files(crashed)
        assert aside.read_bytes() == content


def test_a_database_of_somebody_else_is_put_aside_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "outbox.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);")
    before = file.read_bytes()
    outbox = outbox_at(file)
    outbox.open()
    assert append(outbox) == 1
    outbox.close()
    (aside,) = outbox_salvage.damaged_files(file)
    assert aside.read_bytes() == before


def test_open_incidents_are_carried_over(crashed: Path) -> None:
    whole = outbox_at(crashed)
    whole.open()
    incidents = whole.open_incidents()
    whole.close()
    with contextlib.closing(sqlite3.connect(crashed)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event_by_worth'").fetchone()
    with crashed.open("r+b") as file:
        file.seek(4096 * (root - 1))
        file.write(bytes(4096))
    outbox = outbox_at(crashed)
    outbox.open()
    assert outbox.storage.state == "salvaged"
    assert outbox.open_incidents() == incidents != ()
    assert len(all_kept(crashed)) == EVENTS + 3, "an index holds nothing of its own"
    assert outbox.stats().dropped == 0
    assert outbox.stats().quarantined == 4
    outbox.close()


def test_without_its_first_page_everything_else_is_kept(crashed: Path) -> None:
    outbox = outbox_at(crashed)
    outbox.open()
    before = seqs(outbox)
    outbox.close()  # the log is in the file now
    with crashed.open("r+b") as file:
        file.write(bytes(4096))
    outbox = outbox_at(crashed)
    outbox.open()
    assert (outbox.storage.state, seqs(outbox)) == ("salvaged", before)
    assert (outbox.dropped_ranges(), append(outbox)) == ((), EVENTS + 4)
    outbox.close()


def test_damage_that_shows_while_it_runs_is_salvaged_at_the_next_use(crashed: Path) -> None:
    clock = MediaClock(1_700_000_000.0)
    outbox = outbox_at(crashed, clock)
    outbox.open()
    with outbox._file.reading() as connection:
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
        connection.execute("PRAGMA cache_size = 0")  # so that pages come from the disk
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event_pending'").fetchone()
    with crashed.open("r+b") as file:
        file.seek(4096 * (root - 1))
        file.write(b"\xa5" * 4096)
    clock.set(60.0)
    with pytest.raises(OutboxError, match="damaged"):
        append(outbox)
    assert outbox.storage.state == "memory_only"
    number = append(outbox)
    assert outbox.storage.state == "salvaged"
    assert number > EVENTS + 3
    assert len(all_kept(crashed)) == number
    outbox.close()


def test_a_flipped_bit_in_an_event_is_never_published(crashed: Path) -> None:
    outbox = outbox_at(crashed)
    outbox.open()
    with outbox._file.transaction() as connection:
        connection.execute("UPDATE event SET payload = X'7B7D' WHERE seq = 5")
    assert 5 not in seqs(outbox)
    assert [(item.first, item.last) for item in outbox.dropped_ranges()] == [(5, 5)]
    outbox.close()


def test_a_counter_that_fell_behind_uses_no_number_twice(crashed: Path) -> None:
    with contextlib.closing(sqlite3.connect(crashed)) as connection:
        connection.execute("UPDATE counter SET next_seq = 17")
        connection.commit()
    outbox = outbox_at(crashed)
    outbox.open()
    assert append(outbox) > EVENTS + 3
    outbox.close()


def test_an_older_copy_of_the_file_is_noticed(crashed: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copy(crashed, backup)
    outbox = outbox_at(crashed)
    outbox.open()
    last = [append(outbox) for _ in range(40)][-1]
    outbox.close()
    shutil.copy(backup, crashed)
    restored = outbox_at(crashed)
    restored.open()
    assert append(restored) == last + 1
    assert restored.storage.state == "salvaged"
    assert restored.dropped_ranges()[-1].last == last
    restored.close()


@pytest.mark.parametrize("step", range(1, 7))
def test_a_crash_in_the_middle_of_a_salvage_loses_nothing(
    crashed: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    zero_a_page(crashed, random.Random(3))
    expected = readable(crashed)
    countdown = itertools.count(1)

    def failing(method: str) -> None:
        genuine = getattr(Path, method)

        def once(self: Path, *arguments: object, **options: object) -> object:
            if next(countdown) == step:
                raise KeyboardInterrupt  # as if the process ended here
            return genuine(self, *arguments, **options)

        monkeypatch.setattr(Path, method, once)

    for method in ("rename", "write_text"):
        failing(method)
    with contextlib.suppress(KeyboardInterrupt):
        outbox_at(crashed).open()
    monkeypatch.undo()
    outbox = outbox_at(crashed)
    outbox.open()
    assert expected <= all_kept(crashed)
    assert append(outbox) > EVENTS + 3
    outbox.close()


def test_no_more_than_three_damaged_files_are_kept(crashed: Path) -> None:
    clock = MediaClock(1_700_000_000.0)
    for number in range(6):
        clock.set(10.0 * number)
        zero_a_page(crashed, random.Random(number))
        outbox = outbox_at(crashed, clock)
        outbox.open()
        append(outbox)
        outbox.close()
    assert 1 <= len(outbox_salvage.damaged_files(crashed)) <= 3


def test_an_outbox_of_the_first_agents_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "outbox.sqlite"
    outbox = outbox_at(file)
    outbox.open()
    append(outbox)
    outbox.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE event DROP COLUMN checksum")
    outbox = outbox_at(file)
    outbox.open()
    assert append(outbox) == 2
    assert seqs(outbox) == [1, 2]
    outbox.close()


@pytest.mark.parametrize("name", [b"seasop TEXT", b"\xf2\xe5as\xef\xee TEXT"])
def test_a_flipped_bit_in_the_name_of_a_column_costs_nothing(crashed: Path, name: bytes) -> None:
    outbox = outbox_at(crashed)
    outbox.open()
    before = seqs(outbox)
    outbox.close()
    content = crashed.read_bytes()
    crashed.write_bytes(content[:4096].replace(b"reason TEXT", name) + content[4096:])
    outbox = outbox_at(crashed)
    outbox.open()
    assert (outbox.storage.state, seqs(outbox)) == ("salvaged", before)
    outbox.close()


def test_what_looks_sound_and_fails_again_and_again_is_salvaged(crashed: Path) -> None:
    clock = MediaClock(1_700_000_000.0)
    outbox = outbox_at(crashed, clock)
    outbox.open()
    with contextlib.closing(sqlite3.connect(crashed)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON event BEGIN SELECT RAISE (ABORT, 'malformed'); END")
    with pytest.raises(OutboxError, match="damaged"):
        append(outbox)
    clock.set(6.0)
    assert append(outbox) == EVENTS + 4
    assert outbox.storage.state == "salvaged"
    outbox.close()
