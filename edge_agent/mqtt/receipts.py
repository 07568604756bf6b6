"""What the broker has said about events, until the outbox knows it, too."""

from __future__ import annotations

import logging

from edge_agent.clock import Clock
from edge_agent.errors import OutboxError
from edge_agent.mqtt.event_source import EventSource

logger = logging.getLogger(__name__)

# Our own: what the broker has is noted on disk once a second or by the hundred, since each note rewrites whole pages of
# flash. A crash in between costs duplicates, which subscribers drop. Measured: benchmarks/outbox_writes.py.
NOTE_EVERY_S = 1.0
NOTE_AT_MOST = 100
_RETRY_S = 1.0


class Receipts:
    """Collects answers and notes them together. Used by the publisher's thread alone."""

    def __init__(self, outbox: EventSource, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._taken: set[int] = set()
        self._refused: dict[int, str] = {}
        self._due_s = 0.0
        self._retry_due_s = 0.0
        self._told = False

    @property
    def seqs(self) -> frozenset[int]:
        """Events that the broker answered, and that are still pending on disk."""
        return frozenset(self._taken) | self._refused.keys()

    def taken(self, seq: int) -> None:
        """The broker has it."""
        if not self._taken:
            self._due_s = self._clock.monotonic_s() + NOTE_EVERY_S
        self._taken.add(seq)

    def refused(self, seq: int, reason: str) -> None:
        """The broker will never take it."""
        logger.error("event %d is put aside and not sent again: %s", seq, reason)
        self._refused[seq] = reason

    def note(self, *, at_once: bool = False) -> None:
        """Tell the outbox what is due: a refusal at once, the rest a second after the first, or by the hundred."""
        now_s = self._clock.monotonic_s()
        due = self._refused or len(self._taken) >= NOTE_AT_MOST or (self._taken and now_s >= self._due_s)
        if at_once or (due and now_s >= self._retry_due_s):
            self._note(now_s)

    def _note(self, now_s: float) -> None:
        try:
            if self._taken:
                self._outbox.acknowledge(self._taken)
                self._taken.clear()
            for seq in list(self._refused):
                self._outbox.quarantine(seq, self._refused[seq])
                del self._refused[seq]
        except OutboxError as error:
            # Worst case is a duplicate after a restart, which subscribers drop: no reason to stop publishing.
            if not self._told:
                logger.warning("cannot note what the broker has: %s; trying again", error)
            self._told = True
            self._retry_due_s = now_s + _RETRY_S
