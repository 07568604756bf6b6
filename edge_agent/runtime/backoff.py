"""How long to wait before trying again."""

from __future__ import annotations

import random

_MAX_DOUBLINGS = 62  # far beyond any cap, and still a finite float


class FullJitter:
    """Exponential backoff with full jitter: uniform in 0..min(cap, base * 2^n).

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: of the variants measured there
    full jitter makes the fewest calls when many clients lose the same server at the same moment.
    """

    def __init__(self, rng: random.Random, base_s: float = 0.5, cap_s: float = 30.0) -> None:
        self._rng = rng
        self._base_s = base_s
        self._cap_s = cap_s
        self._tries = 0

    def next_s(self) -> float:
        """Seconds to wait before the next try; the range doubles with each call until it reaches the cap."""
        ceiling_s = min(self._cap_s, self._base_s * 2.0**self._tries)
        self._tries = min(self._tries + 1, _MAX_DOUBLINGS)
        return self._rng.uniform(0.0, ceiling_s)

    def reset(self) -> None:
        """Begin again at the base: the last try succeeded."""
        self._tries = 0
