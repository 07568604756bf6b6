"""The largest of a measure's last seconds, without looking at all of them in every frame."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple


class _Sample(NamedTuple):
    """A value and its monotonic seconds."""

    t_s: float
    value: float


class LatelyMost:
    """Keeps only values that may still become the largest: each larger than all after it, so that the first is it.

    Args:
        for_s: How long a value counts.
    """

    __slots__ = ("_for_s", "_samples")

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s
        self._samples: deque[_Sample] = deque()

    def add(self, t_s: float, value: float) -> None:
        """Take in this frame's value."""
        samples = self._samples
        while samples and samples[-1].value <= value:
            samples.pop()
        samples.append(_Sample(t_s, value))
        while t_s - samples[0].t_s > self._for_s:
            samples.popleft()

    @property
    def value(self) -> float:
        """The largest; minus infinity before the first."""
        return self._samples[0].value if self._samples else float("-inf")
