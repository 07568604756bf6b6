"""Where a session takes events from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from edge_agent.mqtt.outbox_rows import OutboxStats, Pending
from edge_agent.mqtt.unstored import Unstored


class EventSource(Protocol):
    """What a session needs of the outbox; each method may raise OutboxError."""

    @property
    def unstored(self) -> Unstored:
        """What the disk does not take."""
        ...

    def pending(self, limit: int, busy: Collection[int | str] = (), paused: Collection[str] = ()) -> list[Pending]:
        """What to send next."""
        ...

    def acknowledge(self, seqs: Iterable[int]) -> None:
        """The broker has these events."""
        ...

    def quarantine(self, seq: int, reason: str) -> None:
        """The broker will never take this event."""
        ...

    def kept_event(self, seq: int) -> Pending | None:
        """An event that the broker had, to be sent again."""
        ...

    def stats(self) -> OutboxStats:
        """How many wait."""
        ...


class NoEvents:
    """Of a process that has no outbox: its events are answers, which are in memory only."""

    def __init__(self) -> None:
        self.unstored = Unstored()

    def pending(self, limit: int, busy: Collection[int | str] = (), paused: Collection[str] = ()) -> list[Pending]:
        """None."""
        return []

    def acknowledge(self, seqs: Iterable[int]) -> None:
        """Nothing to note."""

    def quarantine(self, seq: int, reason: str) -> None:
        """Nothing to put aside."""

    def kept_event(self, seq: int) -> Pending | None:
        """None."""
        return None

    def stats(self) -> OutboxStats:
        """Nothing waits."""
        return OutboxStats(0, 0, 0, 0)
