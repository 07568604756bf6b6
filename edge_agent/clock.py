"""Time as an argument: what decides never asks the machine."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import Protocol

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised to a reliable server
_TIMEX_BYTES = 208  # sizeof(struct timex) on 64-bit Linux
# Touched at each answer of a time server (systemd-timesyncd.service(8)).
_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
# The kernel lets its error grow by 500 ppm without an answer, and says TIME_ERROR from 16 s on (NTP_PHASE_LIMIT).
_GOOD_FOR_S = 16.0 / 500e-6


class Clock(Protocol):
    """The agent's time.

    Durations are differences of `monotonic_s`; `wall_s` is only ever shown to people and subscribers.
    """

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary origin; never goes back."""
        ...

    def wall_s(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        ...

    def synchronised(self) -> bool:
        """Whether the wall clock is known to follow a time server."""
        ...


class SystemClock:
    """The machine's own clocks.

    Args:
        timesyncd: What systemd-timesyncd touches.
    """

    def __init__(self, timesyncd: Path = _TIMESYNCD) -> None:
        self._timesyncd = timesyncd

    def monotonic_s(self) -> float:
        """CLOCK_MONOTONIC in seconds."""
        return time.monotonic()

    def wall_s(self) -> float:
        """CLOCK_REALTIME in seconds."""
        return time.time()

    def synchronised(self) -> bool:
        """Whether the kernel says that a time daemon disciplines the clock (adjtimex(2), read only).

        A unit with ``ProtectClock=yes`` may not even ask. There the file of systemd-timesyncd answers for as long as
        the kernel would; with another time daemon the answer is no.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        timex = ctypes.create_string_buffer(_TIMEX_BYTES)
        state = int(libc.adjtimex(timex))
        return state < _TIME_ERROR if state >= 0 else self._answered_lately()

    def _answered_lately(self) -> bool:
        try:
            return 0.0 <= time.time() - self._timesyncd.stat().st_mtime <= _GOOD_FOR_S
        except OSError:
            return False


class MediaClock:
    """The clock of a clip: it shows what it was last set to."""

    def __init__(self, epoch_s: float = 0.0) -> None:
        self._epoch_s = epoch_s
        self._now_s = 0.0

    def set(self, media_s: float) -> None:
        """Show this media time, in seconds from the clip's first frame."""
        self._now_s = media_s

    def monotonic_s(self) -> float:
        """Media time in seconds."""
        return self._now_s

    def wall_s(self) -> float:
        """Media time since the epoch that was given."""
        return self._epoch_s + self._now_s

    def synchronised(self) -> bool:
        """A recording has no time server."""
        return False


def wall_at(clock: Clock, monotonic_s: float) -> float:
    """Wall time, in seconds since the Unix epoch, of an instant on the monotonic clock."""
    return clock.wall_s() - (clock.monotonic_s() - monotonic_s)
