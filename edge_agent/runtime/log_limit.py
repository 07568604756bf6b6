"""A trouble that comes back every second fills the journal and wears out the flash: it is told less and less often."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator

# Our own: a night of a broker that flaps is told in a thousand lines instead of thirty thousand, and the first twenty,
# which tell what began, are whole.
_AT_ONCE = 20
_EVERY_S = 30.0
_MOST_KINDS = 500
# A count or a time within a text, never a part of a name or an address, which would be another one's trouble.
_NUMBER = re.compile(r"(?<=\s)\d+(?:\.\d+)?(?=[\s,;:)]|$)")


class LogLimit(logging.Filter):
    """Lets a warning or an error through twenty times, then once in half a minute, with how many were left out.

    Messages that differ only in how many, or for how long, are of one kind; a camera that flaps hides no other. What is
    less severe is left alone, since each incident has such a line; so is what is critical, which comes once.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._lock = threading.Lock()  # a handler filters before it takes its own
        self._kinds: dict[tuple[object, ...], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is told; one that stands for others says for how many."""
        if not logging.WARNING <= record.levelno < logging.CRITICAL:
            return True
        text = record.getMessage()
        with self._lock:
            left_out = self._told((record.name, record.levelno, record.msg, *_words(record)))
        if left_out:
            record.msg, record.args = f"{text} (and {left_out} more like it)", ()
        return left_out is not None

    def _told(self, key: tuple[object, ...]) -> int | None:
        """For how many others this one stands; None where it is left out itself."""
        kind = self._kinds.pop(key, None) or _Kind(self._now_s())
        self._kinds[key] = kind  # the one that came last stays longest
        if len(self._kinds) > _MOST_KINDS:
            self._kinds.pop(next(iter(self._kinds)))
        if not kind.take(self._now_s()):
            kind.left_out += 1
            return None
        left_out, kind.left_out = kind.left_out, 0
        return left_out


def _words(record: logging.LogRecord) -> Iterator[str]:
    """What the message is about; numbers are none of it."""
    for each in record.args if isinstance(record.args, tuple) else ():
        if not isinstance(each, int | float):
            yield _NUMBER.sub("#", str(each))


class _Kind:
    """How often one kind of message may still be told: a bucket that holds twenty and gains one in half a minute."""

    def __init__(self, now_s: float) -> None:
        self.left_out = 0
        self._tokens = float(_AT_ONCE)
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        self._tokens = min(float(_AT_ONCE), self._tokens + (now_s - self._at_s) / _EVERY_S)
        self._at_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
