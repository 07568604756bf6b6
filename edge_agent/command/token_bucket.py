"""How often something may happen."""

from __future__ import annotations


class TokenBucket:
    """Lets `burst` through at once and `per_s` a second in the long run. Pure: time comes in."""

    def __init__(self, burst: float, per_s: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._tokens = burst
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Take one token.

        Args:
            now_s: Monotonic seconds.

        Returns:
            Whether there was one.
        """
        elapsed_s = 0.0 if self._at_s is None else max(0.0, now_s - self._at_s)
        self._at_s = now_s
        self._tokens = min(self._burst, self._tokens + elapsed_s * self._per_s)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
