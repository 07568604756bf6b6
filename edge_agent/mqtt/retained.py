"""Retained state: what a subscriber that comes late must still find."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetainedState:
    """The current content of one retained topic.

    Attributes:
        topic: Full topic.
        payload: What to publish; empty removes the topic's state from the broker.
        version: Grows with every change in the table.
    """

    topic: str
    payload: bytes
    version: int


class RetainedTable:
    """Topic to payload. Any thread sets; the publisher sends what the broker does not have, all at each connect."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, RetainedState] = {}
        self._version = 0

    def set(self, topic: str, payload: bytes) -> bool:
        """Make this the state of a topic.

        Returns:
            Whether it differs from before; wake the publisher if so.
        """
        with self._lock:
            before = self._states.get(topic)
            if before is not None and before.payload == payload:
                return False
            self._version += 1
            self._states[topic] = RetainedState(topic, payload, self._version)
            return True

    def since(self, version: int) -> tuple[RetainedState, ...]:
        """What changed after a version, oldest change first; after 0 it is everything."""
        with self._lock:
            states = (state for state in self._states.values() if state.version > version)
            return tuple(sorted(states, key=lambda state: state.version))
