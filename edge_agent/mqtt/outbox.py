"""Events on disk before anybody hears of them, until the broker has them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.data.event import Event, Phase, Severity
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox_file import WAL_PAGES, OutboxFile
from edge_agent.mqtt.outbox_rows import KeptEvents, OpenIncident, OutboxStats, Pending, SeqRange, joined, kept_events

logger = logging.getLogger(__name__)

LIVE_S = 60.0  # design, section 7: what waited longer is back-fill
_PURGE_EVERY_S = 600.0
_DROP_AT_ONCE = 8  # rows; enough to make room, few enough to keep the log small
_ACKNOWLEDGED, _QUARANTINED = 0, 1
# An event is pending where its worth is 2 or more.
_WORTH = {Severity.INFO: 2, Severity.WARNING: 3, Severity.CRITICAL: 4}


class Outbox:
    """The queue between the rules and the broker. Every method may be called from any thread.

    Sequence numbers start at 1 and have no gap, for ever: the counter is stored with the event, in one transaction.
    """

    def __init__(self, path: Path, settings: OutboxSettings, clock: Clock, boot_id: str) -> None:
        """Name the parts; `open` opens the file.

        Args:
            path: The SQLite file; its directory exists.
            settings: Size and retention.
            clock: Tells live events from back-fill.
            boot_id: Changes when the device boots, since the monotonic clock then starts again.
        """
        self._file = OutboxFile(path)
        self._clock = clock
        self._boot_id = boot_id
        self._budget_bytes = int(settings.max_mb * 1_000_000)
        self._keep_s = settings.keep_acknowledged_h * 3600.0
        self._purge_due_s = 0.0

    def open(self) -> None:
        """Open or create the file.

        Raises:
            OutboxError: It cannot be used; the text says why and what to do.
        """
        self._file.open()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, event: Event, make: Callable[[int], Message]) -> int:
        """Store one event. When this returns, no crash can lose it.

        Args:
            event: Opens or closes its incident in the same transaction.
            make: Serialises the event under the sequence number that it is given.

        Returns:
            The sequence number.

        Raises:
            OutboxError: Not stored, and the number not used; the same call may be made again later.
        """
        with self._file.transaction() as connection:
            seq = int(connection.execute("SELECT next_seq FROM counter").fetchone()[0])
            message = make(seq)
            connection.execute("UPDATE counter SET next_seq = next_seq + 1")
            connection.execute(
                "INSERT INTO event (seq, worth, boot_id, stored_monotonic_s, topic, payload) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    seq,
                    _WORTH[message.severity],
                    self._boot_id,
                    self._clock.monotonic_s(),
                    message.topic,
                    message.payload,
                ),
            )
            self._note_incident(connection, event)
            lost = self._make_room(connection)
        if lost:
            logger.error(
                "the outbox is full: gave up %d events, %d to %d; is the broker away, or outbox.max_mb too small?",
                len(lost),
                min(lost),
                max(lost),
            )
        return seq

    def pending(self, limit: int, in_flight: Collection[int] = (), paused: Collection[str] = ()) -> list[Pending]:
        """What to send next: live events by `seq`, then back-fill by `seq`.

        Args:
            limit: At most so many.
            in_flight: Numbers that are on their way already.
            paused: Topics that are left out.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            # Live events are the last ones stored, so one number parts the lanes.
            row = connection.execute(
                "SELECT seq FROM event WHERE worth >= 2 AND NOT (boot_id = ? AND stored_monotonic_s > ?)"
                " ORDER BY seq DESC LIMIT 1",
                (self._boot_id, self._clock.monotonic_s() - LIVE_S),
            ).fetchone()
            last_late = row[0] if row else 0
            live = connection.execute(
                "SELECT seq, topic, payload FROM event WHERE worth >= 2 AND seq > ? ORDER BY seq", (last_late,)
            )
            late = connection.execute(
                "SELECT seq, topic, payload FROM event WHERE worth >= 2 AND seq <= ? ORDER BY seq", (last_late,)
            )
            with closing(live), closing(late):  # rows are read one by one, and a query left open would hold up the log
                wanted = (
                    Pending(seq, topic, payload, seq <= last_late)
                    for seq, topic, payload in chain(live, late)
                    if seq not in in_flight and topic not in paused
                )
                return list(islice(wanted, limit))

    def acknowledge(self, seqs: Iterable[int]) -> None:
        """The broker has these events; they stay for a while, to be sent again on request.

        Raises:
            OutboxError: Not recorded; try again, or the events are sent once more after a restart.
        """
        now_s = self._clock.monotonic_s()
        with self._file.transaction() as connection:
            self._settle(connection, seqs, _ACKNOWLEDGED, None)
            if self._keep_s == 0.0 or now_s >= self._purge_due_s:
                self._purge_due_s = now_s + _PURGE_EVERY_S
                connection.execute(
                    "DELETE FROM event WHERE worth = ? AND settled_wall_s <= ?",
                    (_ACKNOWLEDGED, self._clock.wall_s() - self._keep_s),
                )

    def quarantine(self, seq: int, reason: str) -> None:
        """The broker will never take this event: keep it, with the reason, and do not send it again.

        Raises:
            OutboxError: Not recorded.
        """
        with self._file.transaction() as connection:
            self._settle(connection, (seq,), _QUARANTINED, reason)

    def dropped_ranges(self) -> tuple[SeqRange, ...]:
        """The numbers that were ever dropped for space, as at most 16 ranges by number.

        They are never forgotten, since nobody can know who has heard of them: whoever hears one report knows all
        losses. Where there would be more ranges, the first spans the older ones and what arrived between them.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            return _dropped(connection)

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
                (first, end, _QUARANTINED, limit + 1),
            ).fetchall()
        return kept_events([(seq, worth == _ACKNOWLEDGED) for seq, worth in rows], first, end, limit)

    def kept_event(self, seq: int) -> Pending | None:
        """An event that the broker has had; None where it is gone by now.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT seq, topic, payload FROM event WHERE seq = ? AND worth = ?", (seq, _ACKNOWLEDGED)
            ).fetchone()
        return Pending(row[0], row[1], row[2], historical=True) if row else None

    def open_incidents(self) -> tuple[OpenIncident, ...]:
        """Incidents that were raised and not cleared: after a crash, the app clears them.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT incident_id, rev, rule, severity, camera, zone, raised_wall_s FROM open_incident"
                " ORDER BY raised_wall_s, incident_id"
            ).fetchall()
        return tuple(
            OpenIncident(incident_id, rev, rule, Severity(severity), camera, zone, raised_wall_s)
            for incident_id, rev, rule, severity, camera, zone, raised_wall_s in rows
        )

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
                bytes_used=_bytes_used(connection),
            )

    def _settle(self, connection: sqlite3.Connection, seqs: Iterable[int], worth: int, reason: str | None) -> None:
        wall_s = self._clock.wall_s()
        connection.executemany(
            "UPDATE event SET worth = ?, settled_wall_s = ?, reason = ? WHERE seq = ? AND worth >= 2",
            [(worth, wall_s, reason, seq) for seq in seqs],
        )

    def _note_incident(self, connection: sqlite3.Connection, event: Event) -> None:
        if event.phase is Phase.CLEARED:
            connection.execute("DELETE FROM open_incident WHERE incident_id = ?", (event.incident_id,))
            return
        connection.execute(
            "INSERT INTO open_incident VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (incident_id)"
            " DO UPDATE SET rev = excluded.rev, severity = excluded.severity",
            (
                event.incident_id,
                event.rev,
                event.rule,
                event.severity.value,
                event.camera,
                event.zone,
                self._clock.wall_s(),
            ),
        )

    def _make_room(self, connection: sqlite3.Connection) -> list[int]:
        """Give up what is worth least, oldest first, until file and log fit the budget; returns what is lost."""
        lost: list[int] = []
        page_bytes = int(connection.execute("PRAGMA page_size").fetchone()[0])
        allowed_bytes = self._budget_bytes - (WAL_PAGES + 16) * page_bytes
        while _bytes_used(connection) > allowed_bytes:
            rows = connection.execute(
                "SELECT seq, worth FROM event ORDER BY worth, seq LIMIT ?", (_DROP_AT_ONCE,)
            ).fetchall()
            if len(rows) < _DROP_AT_ONCE:
                break
            connection.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq, _ in rows])
            lost += [seq for seq, worth in rows if worth != _ACKNOWLEDGED]
        if lost:
            connection.execute("UPDATE counter SET dropped = dropped + ?", (len(lost),))
            ranges = joined([*_dropped(connection), *(SeqRange(seq, seq) for seq in lost)])
            connection.execute("DELETE FROM dropped")
            connection.executemany("INSERT INTO dropped VALUES (?, ?)", [(item.first, item.last) for item in ranges])
        return lost


def _bytes_used(connection: sqlite3.Connection) -> int:
    pages, free, page_bytes = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page_bytes


def _dropped(connection: sqlite3.Connection) -> tuple[SeqRange, ...]:
    rows = connection.execute("SELECT first_seq, last_seq FROM dropped ORDER BY first_seq").fetchall()
    return tuple(SeqRange(*row) for row in rows)
