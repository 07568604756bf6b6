"""Stored events that the disk has changed since."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from edge_agent.clock import Clock
from edge_agent.errors import OutboxError
from edge_agent.mqtt.outbox_file import OutboxFile
from edge_agent.mqtt.outbox_room import note_dropped
from edge_agent.mqtt.outbox_rows import SeqRange
from edge_agent.mqtt.outbox_schema import intact

logger = logging.getLogger(__name__)

_AGAIN_S = 10.0  # our own: a disk that damages rows is often one that takes no more writes


class DamagedRows:
    """Nobody must hear them, and the gap is told as soon as the disk takes it. What is whole goes out meanwhile."""

    def __init__(self, file: OutboxFile, clock: Clock) -> None:
        """None is known.

        Args:
            file: Of the outbox.
            clock: For the next try.
        """
        self._file = file
        self._clock = clock
        self._due_s = 0.0
        self.seqs: set[int] = set()
        """Those that the disk does not let go yet."""

    def sort_out(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Those of the rows (seq, topic, payload, checksum) that are what was stored."""
        whole = []
        for row in rows:
            if intact(*row):
                whole.append(row)
            else:
                self.seqs.add(row[0])
        if self.seqs and self._clock.monotonic_s() >= self._due_s:
            self._give_up()
        return whole

    def _give_up(self) -> None:
        damaged = sorted(self.seqs)
        try:
            with self._file.transaction() as connection:
                connection.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq in damaged])
                note_dropped(connection, (SeqRange(seq, seq) for seq in damaged), len(damaged))
        except OutboxError as error:
            self._due_s = self._clock.monotonic_s() + _AGAIN_S
            logger.error("%d stored events are damaged and are not sent: %s", len(damaged), error)
            return
        self.seqs.clear()
        logger.error("the disk changed %d stored events, from number %d on: given up", len(damaged), damaged[0])
