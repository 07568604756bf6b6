"""Events that the disk does not take, on their way to the broker all the same."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass

from edge_agent.mqtt.event_to_mqtt import Message


@dataclass(frozen=True, slots=True)
class UnstoredMessage:
    """A message without a number.

    Attributes:
        message: Of the event.
        since_s: Monotonic seconds when the event was made.
    """

    message: Message
    since_s: float


class Unstored:
    """Messages without a number, by the identifier of their event. Any thread; the order is that of arrival.

    They are published from memory since a lost alert is worse than one that comes twice: once the disk takes the
    event, it is published again under its number, with the same `id` (docs/decisions/013).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: dict[str, UnstoredMessage] = {}
        self._heard: set[str] = set()
        self._refused: set[str] = set()
        self._news: list[str] = []

    def put(self, message: Message, since_s: float) -> None:
        """Publish this as soon as there is a connection; once is enough."""
        with self._lock:
            self._messages.setdefault(message.event_id, UnstoredMessage(message, since_s))

    def forget(self, event_id: str) -> bool:
        """The event is on disk now, or given up.

        Returns:
            Whether the broker had it.
        """
        with self._lock:
            self._messages.pop(event_id, None)
            self._refused.discard(event_id)
            heard = event_id in self._heard
            self._heard.discard(event_id)
            return heard

    def hear(self, event_id: str) -> None:
        """The broker has it."""
        with self._lock:
            if event_id in self._messages and event_id not in self._heard:
                self._heard.add(event_id)
                self._news.append(event_id)

    def refuse(self, event_id: str) -> None:
        """The broker will never take it: it is not sent again, and put aside once it has a number."""
        with self._lock:
            if event_id in self._messages:
                self._refused.add(event_id)

    def was_heard(self, event_id: str) -> bool:
        """Whether the broker has it."""
        with self._lock:
            return event_id in self._heard

    def newly_heard(self) -> tuple[str, ...]:
        """What the broker has taken since the last call."""
        with self._lock:
            news, self._news = tuple(self._news), []
            return news

    def waits(self, event_id: str) -> bool:
        """Whether it is still to be sent."""
        with self._lock:
            return event_id in self._messages and event_id not in self._heard and event_id not in self._refused

    def pending(
        self, limit: int, busy: Collection[int | str], paused: Collection[str], live_after_s: float
    ) -> list[UnstoredMessage]:
        """What to send next: what is live first, each lane in the order of arrival.

        Args:
            limit: At most so many.
            busy: Identifiers that are left out; numbers among them mean nothing here.
            paused: Topics that are left out.
            live_after_s: Monotonic seconds; what was made before is late.
        """
        with self._lock:
            if len(self._heard) + len(self._refused) == len(self._messages):
                return []
            done = self._heard | self._refused
            waiting = [
                each
                for event_id, each in self._messages.items()
                if event_id not in done and event_id not in busy and each.message.topic not in paused
            ]
        waiting.sort(key=lambda each: each.since_s <= live_after_s)  # stable: each lane keeps its order
        return waiting[:limit]
