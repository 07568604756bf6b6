"""The newest item of each sender, and nothing older."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """One slot per key; a new item overwrites the one that nobody took.

    One consumer may serve several producers: `take` hands out the key that has waited longest, and a key that was
    served goes to the end of the line, so a fast producer cannot starve a slow one.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, T] = {}  # in the order in which the keys began to wait
        self._dropped: Counter[str] = Counter()
        self._closed = False

    def put(self, key: str, item: T) -> None:
        """Leave an item; where one still waits under this key it is dropped and counted. Never blocks."""
        with self._changed:
            if self._closed:
                return
            if key in self._waiting:
                self._dropped[key] += 1
            self._waiting[key] = item  # a dict keeps the place of a key that is already in it
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """The item of the key that has waited longest.

        Args:
            timeout_s: Seconds to wait for one.

        Returns:
            The item, or None where none came in time or the mailbox is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._waiting), timeout_s)
            if self._closed or not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def dropped(self, key: str) -> int:
        """How many items of this key were overwritten before anybody took them."""
        with self._changed:
            return self._dropped[key]

    def close(self) -> None:
        """Wake every taker; from now on `take` gives None and `put` does nothing."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
