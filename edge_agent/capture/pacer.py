"""A recording at its own speed."""

from __future__ import annotations

import threading

from edge_agent.clock import Clock


class Pacer:
    """Maps media time onto the monotonic clock and waits until a frame is due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._origin_s: float | None = None

    def wait(self, media_s: float, stop: threading.Event) -> float:
        """Wait until a frame of the recording is due; the first one sets the origin.

        A frame that is late is due at once, and the ones after it catch up.

        Args:
            media_s: Seconds since the first frame of the recording.
            stop: Ends the wait early.

        Returns:
            Monotonic seconds at which the frame is due.
        """
        if self._origin_s is None:
            self._origin_s = self._clock.monotonic_s() - media_s
        due_s = self._origin_s + media_s
        while (wait_s := due_s - self._clock.monotonic_s()) > 0 and not stop.wait(wait_s):
            pass
        return due_s
