"""Events on disk before anybody hears of them, until the broker has them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.data.event import Event
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox_damage import DamagedRows
from edge_agent.mqtt.outbox_file import OutboxFile
from edge_agent.mqtt.outbox_incidents import note_incident, read_open_incidents
from edge_agent.mqtt.outbox_room import (
    ACKNOWLEDGED,
    QUARANTINED,
    bytes_used,
    dropped_ranges,
    make_room,
    note_dropped,
    oldest_pending_s,
)
from edge_agent.mqtt.outbox_rows import (
    WORTH,
    KeptEvents,
    OpenIncident,
    OutboxStats,
    Pending,
    SeqRange,
    Storage,
    kept_events,
)
from edge_agent.mqtt.outbox_schema import checksum, intact
from edge_agent.mqtt.unstored import Unstored

logger = logging.getLogger(__name__)

LIVE_S = 60.0  # design, section 7: what waited longer is back-fill
_PURGE_EVERY_S = 600.0


class Outbox:
    """The queue between the rules and the broker. Every method may be called from any thread.

    Sequence numbers start at 1, are never used twice, and have no gap but those in `dropped_ranges`: the counter is
    stored with the event, in one transaction. See docs/decisions/013 for what happens when the disk fails.
    """

    def __init__(self, path: Path, settings: OutboxSettings, clock: Clock, boot_id: str) -> None:
        """Name the parts; `open` opens the file.

        Args:
            path: The SQLite file; its directory exists.
            settings: Size and retention.
            clock: Tells live events from back-fill.
            boot_id: Changes when the device boots, since the monotonic clock then starts again.
        """
        self._file = OutboxFile(path, clock)
        self.unstored = Unstored()
        """What the disk does not take: published from memory meanwhile."""
        self._clock = clock
        self._boot_id = boot_id
        self._budget_bytes = int(settings.max_mb * 1_000_000)
        self._keep_s = settings.keep_acknowledged_h * 3600.0
        self._purge_due_s = 0.0
        self._last_late = 0
        self._damaged = DamagedRows(self._file, clock)

    def open(self) -> None:
        """Open or create the file; a damaged one is salvaged, and one that cannot be used is tried again later.

        Raises:
            TooNewError: It was written by a newer agent.
        """
        self._file.open()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, event: Event, make: Callable[[int], Message], made_s: float | None = None) -> int:
        """Store one event. When this returns, no crash can lose it.

        Args:
            event: Opens or closes its incident in the same transaction.
            make: Serialises the event under the sequence number that it is given.
            made_s: When the event was made, in monotonic seconds, not before that of the event stored before; now
                where None.

        Returns:
            The sequence number.

        Raises:
            OutboxError: Not stored, and the number not used; the same call may be made again later.
        """
        with self._file.transaction() as connection:
            seq = _next_seq(connection)
            message = make(seq)
            connection.execute("UPDATE counter SET next_seq = next_seq + 1")
            connection.execute(
                "INSERT INTO event (seq, worth, boot_id, stored_monotonic_s, topic, payload, checksum)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    seq,
                    WORTH[message.severity],
                    self._boot_id,
                    self._clock.monotonic_s() if made_s is None else made_s,
                    message.topic,
                    message.payload,
                    checksum(seq, message.topic, message.payload),
                ),
            )
            note_incident(connection, event, self._clock.wall_s())
            lost = make_room(connection, self._budget_bytes)
        self._file.note_seq(seq)
        if lost:
            logger.error(
                "the outbox is full: gave up %d events, %d to %d; is the broker away, or outbox.max_mb too small?",
                len(lost),
                min(lost),
                max(lost),
            )
        return seq

    def pending(self, limit: int, busy: Collection[int | str] = (), paused: Collection[str] = ()) -> list[Pending]:
        """What to send next: live events by `seq`, then back-fill by `seq`.

        Args:
            limit: At most so many.
            busy: Numbers that are left out, since they are on their way already; texts among them mean nothing here.
            paused: Topics that are left out.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            last_late = self._late_up_to(connection)
            open_topics = f"topic NOT IN ({', '.join('?' * len(paused))})" if paused else "TRUE"
            select = f"SELECT seq FROM event WHERE worth >= 2 AND {open_topics} AND seq"  # noqa: S608 - question marks
            live = connection.execute(f"{select} > ? ORDER BY seq", (*paused, last_late))
            late = connection.execute(f"{select} <= ? ORDER BY seq", (*paused, last_late))
            with closing(live), closing(late):  # rows are read one by one, and a query left open would hold up the log
                numbers = (seq for (seq,) in chain(live, late) if seq not in busy and seq not in self._damaged.seqs)
                chosen = list(islice(numbers, limit))
            payload = "SELECT seq, topic, payload, checksum FROM event WHERE seq = ?"
            rows = [connection.execute(payload, (seq,)).fetchone() for seq in chosen]
        whole = self._damaged.sort_out(rows)
        return [Pending(seq, topic, payload, seq <= last_late) for seq, topic, payload, _ in whole]

    def acknowledge(self, seqs: Iterable[int]) -> None:
        """The broker has these events; they stay for a while, to be sent again on request.

        Raises:
            OutboxError: Not recorded; try again, or the events are sent once more after a restart.
        """
        now_s = self._clock.monotonic_s()
        with self._file.transaction() as connection:
            self._settle(connection, seqs, ACKNOWLEDGED, None)
            if self._keep_s == 0.0 or now_s >= self._purge_due_s:
                self._purge_due_s = now_s + _PURGE_EVERY_S
                connection.execute(
                    "DELETE FROM event WHERE worth = ? AND settled_wall_s <= ?",
                    (ACKNOWLEDGED, self._clock.wall_s() - self._keep_s),
                )

    def quarantine(self, seq: int, reason: str) -> None:
        """The broker will never take this event: keep it, with the reason, and do not send it again.

        Raises:
            OutboxError: Not recorded.
        """
        with self._file.transaction() as connection:
            self._settle(connection, (seq,), QUARANTINED, reason)

    def note_lost(self, count: int) -> None:
        """Events that were never stored are lost: give them numbers, and report these as dropped.

        Raises:
            OutboxError: Not recorded.
        """
        with self._file.transaction() as connection:
            first = _next_seq(connection)
            connection.execute("UPDATE counter SET next_seq = next_seq + ?", (count,))
            note_dropped(connection, [SeqRange(first, first + count - 1)], count)
        self._file.note_seq(first + count - 1)

    @property
    def storage(self) -> Storage:
        """How events are kept now; never raises, whatever the disk does."""
        return self._file.storage

    def dropped_ranges(self) -> tuple[SeqRange, ...]:
        """The numbers that were ever dropped for space, as at most 16 ranges by number.

        They are never forgotten, since nobody can know who has heard of them: whoever hears one report knows all
        losses. Where there would be more ranges, the first spans the older ones and what arrived between them.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            return dropped_ranges(connection)

    def kept(self, first: int, last: int, limit: int) -> KeptEvents:
        """What is left of a range of events.

        Args:
            first: Number of the first event.
            last: Number of the last.
            limit: Look at so many events at most.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            end = min(last + 1, int(connection.execute("SELECT next_seq FROM counter").fetchone()[0]))
            rows = connection.execute(
                "SELECT seq, worth FROM event WHERE seq >= ? AND seq < ? AND worth != ? ORDER BY seq LIMIT ?",
                (first, end, QUARANTINED, limit + 1),
            ).fetchall()
        return kept_events([(seq, worth == ACKNOWLEDGED) for seq, worth in rows], first, end, limit)

    def kept_event(self, seq: int) -> Pending | None:
        """An event that the broker has had; None where it is gone or no longer what was stored.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT seq, topic, payload, checksum FROM event WHERE seq = ? AND worth = ?", (seq, ACKNOWLEDGED)
            ).fetchone()
        return Pending(row[0], row[1], row[2], historical=True) if row and intact(*row) else None

    def open_incidents(self) -> tuple[OpenIncident, ...]:
        """Incidents that were raised and not cleared: after a crash, the app clears them.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            return read_open_incidents(connection)

    def stats(self) -> OutboxStats:
        """Numbers for the health report.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            return OutboxStats(
                pending=int(connection.execute("SELECT COUNT(*) FROM event WHERE worth >= 2").fetchone()[0]),
                quarantined=int(connection.execute("SELECT COUNT(*) FROM event WHERE worth = 1").fetchone()[0]),
                dropped=int(connection.execute("SELECT dropped FROM counter").fetchone()[0]),
                bytes_used=bytes_used(connection),
                oldest_pending_s=oldest_pending_s(connection, self._boot_id, self._clock.monotonic_s()),
            )

    def _late_up_to(self, connection: sqlite3.Connection) -> int:
        """The last number of the back-fill lane.

        Events are stored in the order of their times, so one number parts the lanes, and it only grows: what is known
        to be late is not looked at again, or a long queue would be read from end to end for each message.
        """
        live_after_s = self._clock.monotonic_s() - LIVE_S
        rows = connection.execute(
            "SELECT seq, boot_id, stored_monotonic_s FROM event WHERE worth >= 2 AND seq > ? ORDER BY seq",
            (self._last_late,),
        )
        with closing(rows):
            for seq, boot_id, stored_s in rows:
                if boot_id == self._boot_id and isinstance(stored_s, float) and stored_s > live_after_s:
                    break
                self._last_late = seq
        return self._last_late

    def _settle(self, connection: sqlite3.Connection, seqs: Iterable[int], worth: int, reason: str | None) -> None:
        wall_s = self._clock.wall_s()
        connection.executemany(
            "UPDATE event SET worth = ?, settled_wall_s = ?, reason = ? WHERE seq = ? AND worth >= 2",
            [(worth, wall_s, reason, seq) for seq in seqs],
        )


def _next_seq(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT next_seq FROM counter").fetchone()
    if row is None or not isinstance(row[0], int):
        raise sqlite3.DatabaseError("malformed: it has no counter")
    return row[0]
