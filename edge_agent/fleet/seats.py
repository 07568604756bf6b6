"""How many connections a server holds at once, and of whom."""

from __future__ import annotations

import threading
from collections import Counter


class Seats:
    """Taken and left by any thread.

    Args:
        most: In all.
        most_each: Of one address, so that no single machine takes them all.
    """

    def __init__(self, most: int, most_each: int) -> None:
        self._most, self._most_each = most, most_each
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        """Whether there is a free one for this address, which is then taken."""
        with self._lock:
            free = self._taken.total() < self._most and self._taken[address] < self._most_each
            if free:
                self._taken[address] += 1
            return free

    def leave(self, address: str) -> None:
        """Give one back."""
        with self._lock:
            self._taken[address] -= 1
            self._taken += Counter()  # which drops those that hold none
