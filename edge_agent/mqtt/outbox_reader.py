"""Reading a damaged outbox as far as SQLite can read it, row by row and past what it cannot."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.mqtt.outbox_incidents import is_whole
from edge_agent.mqtt.outbox_rows import WORTH, SeqRange
from edge_agent.mqtt.outbox_schema import TABLES, checksum, connect, decoded, intact

_COLUMNS = "seq, worth, boot_id, stored_monotonic_s, settled_wall_s, reason, topic, payload, checksum"
_FIRST_COLUMNS = "seq, worth, boot_id, stored_monotonic_s, settled_wall_s, reason, topic, payload, NULL"
# Our own: the mark is never more than 500 behind (`SeqMark`).
SLACK = 1000
_WORTHS = range(5)
# The second: Python cannot decode SQLite's own message, which names what is damaged.
_CANNOT_READ = (sqlite3.Error, UnicodeDecodeError, OverflowError)
_WORTH_UNKNOWN = 3
# Our own: so many numbers are tried one by one where scans do not get through (some seconds on a Raspberry Pi).
_MOST_LOOKUPS = 200_000
_SIZE_IN_HEADER = 28  # sqlite.org/fileformat.html, section 1.3: pages of the file
_PAGE = 4096  # sqlite.org/pragma.html#pragma_page_size: the default since 2016


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One row of the event table; the fields are its columns."""

    seq: int
    worth: int
    boot_id: str
    stored_monotonic_s: float
    settled_wall_s: float | None
    reason: str | None
    topic: str
    payload: bytes

    def columns(self) -> tuple[Any, ...]:
        """As they are inserted."""
        return (
            self.seq,
            self.worth,
            self.boot_id,
            self.stored_monotonic_s,
            self.settled_wall_s,
            self.reason,
            self.topic,
            self.payload,
            checksum(self.seq, self.topic, self.payload),
        )


@dataclass(frozen=True, slots=True)
class Remains:
    """What could be read.

    Attributes:
        events: Those whose content is as it was stored, by number.
        incidents: Rows of open incidents.
        dropped: Numbers that were lost before.
        dropped_count: How many.
        next_seq: Of the counter; None where it cannot be read.
    """

    events: tuple[StoredEvent, ...]
    incidents: tuple[tuple[Any, ...], ...]
    dropped: tuple[SeqRange, ...]
    dropped_count: int
    next_seq: int | None


def read_remains(path: Path, mark: int) -> Remains:
    """Read all that SQLite reads.

    Args:
        path: A copy of the damaged file, with its log; it may be changed.
        mark: The highest number known to be in use.

    Raises:
        OSError: The copy cannot be opened at all.
    """
    if path.stat().st_size < _PAGE or not _has_tables(path):
        _renew_first_page(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.text_factory = decoded
        next_seq, dropped_count = _counter(connection) or (None, 0)
        if mark and next_seq is not None and next_seq > mark + SLACK:
            next_seq = None  # the mark is never so far behind: somebody flipped a bit
        last = mark + SLACK if mark else (next_seq or 1) - 1
        events = {event.seq: event for event in _events(connection, last)}
        known = max(last, *events, 0)
        dropped = tuple(
            SeqRange(first, end)
            for first, end in _until_error(connection, "SELECT first_seq, last_seq FROM dropped")
            if _is_int(first) and _is_int(end) and 1 <= first <= end <= known
        )
        incidents = tuple(row for row in _until_error(connection, "SELECT * FROM open_incident") if is_whole(row))
        return Remains(tuple(events[seq] for seq in sorted(events)), incidents, dropped, dropped_count, next_seq)


def _has_tables(path: Path) -> bool:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return all(_first_row(connection, f"{table} LIMIT 0") is not None for table in TABLES)


def _renew_first_page(path: Path) -> None:
    """Give the copy the first page of a new outbox: it names the tables, which every outbox has in the same places."""
    new = path.with_name(path.name + ".page")
    connect(new).close()
    first_page = bytearray(new.read_bytes()[:_PAGE])
    new.unlink()
    pages = max(1, path.stat().st_size // _PAGE)
    first_page[_SIZE_IN_HEADER : _SIZE_IN_HEADER + 4] = pages.to_bytes(4, "big")
    with path.open("r+b") as file:
        file.write(first_page)


def _events(connection: sqlite3.Connection, highest: int) -> Iterator[StoredEvent]:
    """Forwards to the first damage, backwards to the last, and number by number; some come more than once."""
    columns = _COLUMNS
    if _first_row(connection, "SELECT checksum FROM event LIMIT 0") is None:
        columns = _FIRST_COLUMNS
    select = f"SELECT {columns} FROM event"  # noqa: S608 - one of two constants
    found: set[int] = set()
    for order in ("", " DESC"):
        for row in _until_error(connection, f"{select} ORDER BY seq{order}"):
            for event in _event(row):
                found.add(event.seq)
                yield event
    # A damaged page can send a scan anywhere: what it did not bring is looked up by number.
    highest = max(highest, *found, 0)
    for seq in range(max(1, highest - _MOST_LOOKUPS), highest + 1):
        if seq not in found:
            for row in _first_row(connection, f"{select} WHERE seq = ?", (seq,)) or ():
                yield from _event(row)


def _event(row: tuple[Any, ...]) -> Iterator[StoredEvent]:
    """The row as an event, where it is one, and whole."""
    seq, worth, boot_id, stored_monotonic_s, settled_wall_s, reason, topic, payload, stored_checksum = row
    if not _is_int(seq) or seq < 1 or not intact(seq, topic, payload, stored_checksum):
        return
    settled = isinstance(settled_wall_s, float | int)
    if settled != (worth in (0, 1)) or worth not in _WORTHS:
        worth = 0 if settled else _worth(payload)
    yield StoredEvent(
        seq=seq,
        worth=worth,
        boot_id=boot_id if isinstance(boot_id, str) else "",
        stored_monotonic_s=stored_monotonic_s if isinstance(stored_monotonic_s, float) else 0.0,
        settled_wall_s=settled_wall_s if settled else None,
        reason=reason if isinstance(reason, str) else None,
        topic=topic,
        payload=payload,
    )


def _counter(connection: sqlite3.Connection) -> tuple[int, int] | None:
    rows = _first_row(connection, "SELECT next_seq, dropped FROM counter")
    for next_seq, dropped in rows or ():
        if _is_int(next_seq) and _is_int(dropped) and next_seq >= 1 and dropped >= 0:
            return next_seq, dropped
    return None


def _until_error(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows before the first that SQLite cannot read; each is handed on only once it was read."""
    try:
        with closing(connection.execute(sql, values)) as rows:
            yield from _guarded(rows)
    except _CANNOT_READ:
        return


def _guarded(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if not _is_int(row[0]) and not isinstance(row[0], str):
            return
        yield row


def _first_row(
    connection: sqlite3.Connection, sql: str, values: tuple[Any, ...] = ()
) -> tuple[tuple[Any, ...], ...] | None:
    """At most one row; None where SQLite cannot tell."""
    try:
        with closing(connection.execute(sql, values)) as rows:
            return tuple(rows.fetchmany(1))
    except _CANNOT_READ:
        return None


def _worth(payload: bytes) -> int:
    try:
        return WORTH.get(json.loads(payload)["data"]["severity"], _WORTH_UNKNOWN)
    except (ValueError, LookupError, TypeError):
        return _WORTH_UNKNOWN


def _is_int(value: object) -> bool:
    return isinstance(value, int)
