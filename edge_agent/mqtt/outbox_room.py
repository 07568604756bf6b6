"""Giving up events, and telling which: space within the budget, and the ranges that `health` reports."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from edge_agent.mqtt.outbox_rows import SeqRange, joined
from edge_agent.mqtt.outbox_schema import WAL_PAGES

ACKNOWLEDGED, QUARANTINED = 0, 1
_DROP_AT_ONCE = 8  # rows; enough to make room, few enough to keep the log small


def make_room(connection: sqlite3.Connection, budget_bytes: int) -> list[int]:
    """Give up what is worth least, oldest first, until file and log fit the budget; returns what is lost."""
    lost: list[int] = []
    page_bytes = int(connection.execute("PRAGMA page_size").fetchone()[0])
    allowed_bytes = budget_bytes - (WAL_PAGES + 16) * page_bytes
    while bytes_used(connection) > allowed_bytes:
        rows = connection.execute("SELECT seq, worth FROM event ORDER BY worth, seq LIMIT ?", (_DROP_AT_ONCE,))
        least = rows.fetchall()
        if len(least) < _DROP_AT_ONCE:
            break
        connection.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq, _ in least])
        lost += [seq for seq, worth in least if worth != ACKNOWLEDGED]
    if lost:
        note_dropped(connection, (SeqRange(seq, seq) for seq in lost), len(lost))
    return lost


def note_dropped(connection: sqlite3.Connection, ranges: Iterable[SeqRange], count: int) -> None:
    """Remember for ever that these numbers will not come."""
    connection.execute("UPDATE counter SET dropped = dropped + ?", (count,))
    all_ranges = joined([*dropped_ranges(connection), *ranges])
    connection.execute("DELETE FROM dropped")
    connection.executemany("INSERT INTO dropped VALUES (?, ?)", [(item.first, item.last) for item in all_ranges])


def dropped_ranges(connection: sqlite3.Connection) -> tuple[SeqRange, ...]:
    """What was dropped, ever; at most 16 ranges by number."""
    rows = connection.execute("SELECT first_seq, last_seq FROM dropped ORDER BY first_seq").fetchall()
    return tuple(SeqRange(*row) for row in rows)


def bytes_used(connection: sqlite3.Connection) -> int:
    """Bytes of the pages in use."""
    pages, free, page_bytes = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page_bytes


def oldest_pending_s(connection: sqlite3.Connection, boot_id: str, now_s: float) -> float:
    """Age in seconds of the oldest event that waits. Of one from before this boot: since the boot, at least."""
    row = connection.execute(
        "SELECT boot_id, stored_monotonic_s FROM event WHERE worth >= 2 ORDER BY seq LIMIT 1"
    ).fetchone()
    if row is None:
        return 0.0
    return max(0.0, now_s - row[1] if row[0] == boot_id else now_s)
