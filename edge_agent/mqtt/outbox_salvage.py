"""Carrying what can be read of a damaged outbox into a new one."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from edge_agent.mqtt.outbox_reader import SLACK, Remains, read_remains
from edge_agent.mqtt.outbox_room import QUARANTINED, note_dropped
from edge_agent.mqtt.outbox_rows import SeqRange, joined
from edge_agent.mqtt.outbox_schema import connect
from edge_agent.runtime.durable import sync

_KEPT_ASIDE = 3  # our own: enough to see whether it happens again and again, and bounded
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of it.

    Attributes:
        kept: Events that were carried over.
        gap: Numbers that are not used again and whose events, if there were any, are gone; None for none.
        aside: Where the damaged file is now.
    """

    kept: int
    gap: tuple[SeqRange, ...]
    aside: Path


def salvage(path: Path, mark: int, wall_s: float) -> Salvaged:
    """Put a new outbox in the place of a damaged one. A crash at any point loses nothing; see `finish`.

    Args:
        path: The damaged file; nobody has it open.
        mark: The highest number known to be in use.
        wall_s: Now, for the name of the damaged file.

    Raises:
        OSError: The disk does not take the new file.
        sqlite3.Error: The same, in SQLite's words.
    """
    scratch, fresh = path.with_name(path.name + ".scratch"), path.with_name(path.name + ".new")
    _remove(scratch)
    _remove(fresh)
    try:
        for ending in ("", "-wal"):
            _copy(_beside(path, ending), _beside(scratch, ending))
        remains = read_remains(scratch, mark)
    finally:
        _remove(scratch)
    try:
        gap = _write(fresh, remains, mark)
        stamp = f"{datetime.fromtimestamp(wall_s, tz=timezone.utc):%Y%m%dT%H%M%SZ}"
        _beside(path, ".aside").write_text(f"{_next_number(path)}-{stamp}")
    except (OSError, sqlite3.Error):
        _remove(fresh)
        raise
    aside = _put_aside(path, fresh)
    return Salvaged(len(remains.events), gap, aside)


def finish(path: Path) -> None:
    """Complete a salvage that a crash cut short, or forget one that had not come far enough. Before each opening.

    Raises:
        OSError: The disk does not take it.
    """
    fresh = path.with_name(path.name + ".new")
    _remove(path.with_name(path.name + ".scratch"))
    if fresh.exists():
        if path.exists():
            _remove(fresh)
        else:
            _put_aside(path, fresh)


def damaged_files(path: Path) -> list[Path]:
    """The damaged files that were put aside, oldest first; by a running number, since a clock may start in 1970."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted((file for file in found if not file.name.endswith("-wal")), key=lambda file: (_number(file), file))


def _number(file: Path) -> int:
    """The running number in the name of a damaged file; 0 for those of earlier agents, which have only a time."""
    number, dash, _ = file.name.rpartition(".damaged-")[2].partition("-")
    return int(number) if dash and number.isdecimal() else 0


def _next_number(path: Path) -> int:
    return max((_number(file) for file in damaged_files(path)), default=0) + 1


def _put_aside(path: Path, fresh: Path) -> Path:
    """Main file, then its log, then the new one in its place: never an old log beside the new file."""
    note = _beside(path, ".aside")
    stamp = (note.read_text() if note.exists() else "") or f"{_next_number(path)}-interrupted"
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    if path.exists():
        path.rename(aside)
    if _beside(path, "-wal").exists():
        _beside(path, "-wal").rename(_beside(aside, "-wal"))
    _beside(path, "-shm").unlink(missing_ok=True)
    fresh.rename(path)
    note.unlink(missing_ok=True)
    for old in damaged_files(path)[:-_KEPT_ASIDE]:
        _remove(old)
    sync(path.parent)
    return aside


def _write(fresh: Path, remains: Remains, mark: int) -> tuple[SeqRange, ...]:
    known = max([mark, *(event.seq for event in remains.events), *(item.last for item in remains.dropped)])
    if remains.next_seq is not None and remains.next_seq > known:
        next_seq = remains.next_seq
    else:
        next_seq = known + 1 + (SLACK if remains.next_seq is None and known else 0)
    with closing(connect(fresh)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [event.columns() for event in remains.events]
        )
        connection.executemany("INSERT OR IGNORE INTO open_incident VALUES (?, ?, ?, ?, ?, ?, ?)", remains.incidents)
        connection.execute("UPDATE counter SET next_seq = ?, dropped = ?", (next_seq, remains.dropped_count))
        gap = _absent(remains, next_seq)
        note_dropped(connection, [*remains.dropped, *gap], _counted(remains, known))
        connection.execute("COMMIT")
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint (TRUNCATE)").fetchone()
    # Closing swallows a checkpoint that fails, and the log of the new file is not taken along.
    log = _beside(fresh, "-wal")
    if busy or (log.exists() and log.stat().st_size):
        raise OSError(errno.EIO, "the new outbox could not be written whole", str(fresh))
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    return gap


def _absent(remains: Remains, next_seq: int) -> tuple[SeqRange, ...]:
    """Every number that is not there: nobody can tell what was lost from what was delivered and purged long ago."""
    present = [event.seq for event in remains.events]
    return joined(
        SeqRange(before + 1, after - 1)
        for before, after in zip([0, *present], [*present, next_seq], strict=True)
        if after - before > 1
    )


def _counted(remains: Remains, known: int) -> int:
    """How many events were surely lost here: what is below the lowest that waits may have been delivered and purged."""
    first = min((event.seq for event in remains.events if event.worth > QUARANTINED), default=known + 1)
    told = joined(remains.dropped)
    there = sum(
        event.seq >= first and not any(item.first <= event.seq <= item.last for item in told)
        for event in remains.events
    )
    return known + 1 - first - there - sum(max(0, item.last + 1 - max(first, item.first)) for item in told)


def _copy(source: Path, target: Path) -> None:
    """Copy block by block; a block that the device cannot read becomes zeros."""
    if not source.exists():
        return
    with source.open("rb", buffering=0) as file, target.open("wb") as copy:
        size = file.seek(0, os.SEEK_END)
        for start in range(0, size, _BLOCK):
            file.seek(start)
            length = min(_BLOCK, size - start)
            try:
                block = file.read(length) or b""
            except OSError:
                block = b""
            copy.write(block.ljust(length, b"\0"))


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        if _beside(file, ending).exists():  # a read-only disk refuses to remove what is not there, too
            _beside(file, ending).unlink(missing_ok=True)


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)
