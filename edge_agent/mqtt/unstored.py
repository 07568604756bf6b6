"""Events that the disk does not take, on their way to the broker all the same."""

from __future__ import annotations

import threading
from collections.abc import Collection

from edge_agent.mqtt.event_to_mqtt import Message


class Unstored:
    """Messages without a number, by the identifier of their event. Any thread; the order is that of arrival.

    They are published from memory since a lost alert is worse than one that comes twice: once the disk takes the
    event, it is published again under its number, with the same `id` (docs/decisions/013).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: dict[str, Message] = {}
        self._taken: set[str] = set()

    def put(self, message: Message) -> None:
        """Publish this as soon as there is a connection; once is enough."""
        with self._lock:
            self._messages.setdefault(message.event_id, message)

    def forget(self, event_id: str) -> bool:
        """The event is on disk now, or given up.

        Returns:
            Whether the broker had it.
        """
        with self._lock:
            self._messages.pop(event_id, None)
            taken = event_id in self._taken
            self._taken.discard(event_id)
            return taken

    def settle(self, event_id: str) -> None:
        """The broker has it, or will never take it."""
        with self._lock:
            if event_id in self._messages:
                self._taken.add(event_id)

    def is_settled(self, event_id: str) -> bool:
        """Whether it need not be sent any more."""
        with self._lock:
            return event_id in self._taken

    def pending(self, limit: int, in_flight: Collection[str], paused: Collection[str]) -> list[Message]:
        """What to send next, at most so many, without those on their way and those of these topics."""
        with self._lock:
            if len(self._taken) == len(self._messages):
                return []
            waiting = [
                message
                for event_id, message in self._messages.items()
                if event_id not in self._taken and event_id not in in_flight and message.topic not in paused
            ]
        return waiting[:limit]
