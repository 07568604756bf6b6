"""Looking at an outbox from outside, and sending again what was put aside; safe while the agent runs.

SQLite's locks keep the two apart; the agent looks for new work twice a second and finds what was requeued.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import OutboxError
from edge_agent.mqtt.outbox_faults import explained
from edge_agent.mqtt.outbox_room import ACKNOWLEDGED, QUARANTINED, dropped_ranges
from edge_agent.mqtt.outbox_rows import WORTH, DeadLetter, SeqRange
from edge_agent.mqtt.outbox_schema import SCHEMA_VERSION, refuse_damaged_head

_PATIENCE_S = 5.0  # our own: the agent holds the file for milliseconds


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in an outbox.

    Attributes:
        pending: Numbers that the broker does not have yet.
        acknowledged: Numbers that it has, and that are kept for a while.
        dropped: Numbers that were or may have been lost.
        next_seq: The next number.
        dead_letters: Events that were put aside, by number.
    """

    pending: tuple[int, ...]
    acknowledged: tuple[int, ...]
    dropped: tuple[SeqRange, ...]
    next_seq: int
    dead_letters: tuple[DeadLetter, ...]


def read_contents(path: Path) -> Contents:
    """All that is in the outbox.

    Raises:
        OutboxError: There is none, or it cannot be read.
    """
    with _outbox(path) as connection:
        connection.execute("BEGIN")
        dead = connection.execute(
            "SELECT seq, topic, payload, COALESCE(reason, ''), COALESCE(settled_wall_s, 0.0) FROM event"
            " WHERE worth = ? ORDER BY seq",
            (QUARANTINED,),
        )
        return Contents(
            dead_letters=tuple(DeadLetter(*row) for row in dead),
            pending=_numbers(connection, "worth >= 2"),
            acknowledged=_numbers(connection, f"worth = {ACKNOWLEDGED}"),
            dropped=dropped_ranges(connection),
            next_seq=int(connection.execute("SELECT next_seq FROM counter").fetchone()[0]),
        )


def requeue(path: Path, seqs: Sequence[int] | None) -> tuple[int, ...]:
    """Let the agent send events again that were put aside.

    Args:
        path: The outbox.
        seqs: Which; None for all.

    Returns:
        Those that are pending now.

    Raises:
        OutboxError: There is no outbox, or it cannot be written.
    """
    with _outbox(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute("SELECT seq, payload FROM event WHERE worth = ? ORDER BY seq", (QUARANTINED,))
        chosen = [(_worth(payload), seq) for seq, payload in rows if seqs is None or seq in seqs]
        connection.executemany("UPDATE event SET worth = ?, settled_wall_s = NULL, reason = NULL WHERE seq = ?", chosen)
        connection.execute("COMMIT")
    return tuple(seq for _, seq in chosen)


@contextmanager
def _outbox(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise OutboxError(f"there is no outbox at {path}: name the agent's state directory with --state-dir")
    try:
        refuse_damaged_head(path)
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version != SCHEMA_VERSION:
                raise OutboxError(f"{path} was not written by this version of edge-agent")
            yield connection
    except sqlite3.Error as error:
        raise explained(path, error) from error


def _numbers(connection: sqlite3.Connection, where: str) -> tuple[int, ...]:
    rows = connection.execute(f"SELECT seq FROM event WHERE {where} ORDER BY seq")  # noqa: S608 - ours
    return tuple(seq for (seq,) in rows)


def _worth(payload: bytes) -> int:
    """What a pending event is worth, from its own severity."""
    try:
        return WORTH.get(json.loads(payload)["data"]["severity"], min(WORTH.values()))
    except (ValueError, LookupError, TypeError):
        return min(WORTH.values())
