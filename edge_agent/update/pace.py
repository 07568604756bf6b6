"""The rate of one download: slow enough for the line, fast enough for us, and an end to it."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge_agent.errors import UpdateDelayed
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.reason import UpdateReason

_LONGEST_BRAKE_S = 1.0  # our own: a wait after which whoever wants to cancel is heard


class Pace:
    """Counts bytes and looks at the clock. One for a whole download; `request` begins each request of it."""

    def __init__(
        self,
        limits: DownloadLimits,
        wait: Callable[[float], None] = time.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin now.

        Args:
            limits: Of the download.
            wait: Waits for some seconds; may raise to end the download.
            monotonic_s: Seconds from an arbitrary origin.
        """
        self.limits = limits
        self._wait = wait
        self._monotonic_s = monotonic_s
        self._end_s = monotonic_s() + limits.total_s
        self._window_s = monotonic_s()
        self._window_bytes = 0

    def left_s(self) -> float:
        """Seconds that are left of the download's time.

        Raises:
            UpdateDelayed: None are.
        """
        left_s = self._end_s - self._monotonic_s()
        if left_s <= 0.0:
            raise UpdateDelayed(UpdateReason.TOO_SLOW, f"not done within {self.limits.total_s:g} s")
        return left_s

    def request(self) -> None:
        """A request begins: what came before does not count for its rate."""
        self._window_s = self._monotonic_s()
        self._window_bytes = 0

    def pause(self, wait_s: float) -> None:
        """Wait between two requests, but not beyond the end.

        Raises:
            UpdateDelayed: The download's time is over.
        """
        self._wait(min(wait_s, self.left_s()))
        self.left_s()

    def block_bytes(self) -> int:
        """How much to read at once, so that the brake stays smooth."""
        fastest = self.limits.max_rate_bytes_s
        return 1 << 16 if fastest is None else max(1, min(1 << 16, int(fastest / 8)))

    def count(self, size_bytes: int) -> None:
        """Some bytes came.

        Raises:
            UpdateDelayed: Too few over the window, or the download's time is over.
        """
        self._window_bytes += size_bytes
        self._brake()
        self.left_s()
        passed_s = self._monotonic_s() - self._window_s
        if passed_s < self.limits.window_s:
            return
        if self._window_bytes < self.limits.min_rate_bytes_s * passed_s:
            raise UpdateDelayed(
                UpdateReason.TOO_SLOW,
                f"only {self._window_bytes} bytes in {passed_s:.0f} s, at least {self.limits.min_rate_bytes_s:g} a "
                "second are expected",
            )
        self.request()

    def _brake(self) -> None:
        if self.limits.max_rate_bytes_s is None:
            return
        due_s = self._window_s + self._window_bytes / self.limits.max_rate_bytes_s
        while (ahead_s := due_s - self._monotonic_s()) > 0.0:
            self._wait(min(ahead_s, _LONGEST_BRAKE_S, self.left_s()))
