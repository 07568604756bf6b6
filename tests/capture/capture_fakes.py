"""A clock that tests turn, an event whose waits turn it, and a source that follows a script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from edge_agent.capture.source import Reading
from edge_agent.errors import EndOfClip

Step = Callable[[], Reading]


class FakeClock:
    """Monotonic time that only tests move."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return 1.7e9 + self.now_s

    def synchronised(self) -> bool:
        return True


class FakeStop(threading.Event):
    """A stop event on which waiting takes no time but turns the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.waits_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if self.is_set() or timeout is None:
            return self.is_set()
        self.waits_s.append(timeout)
        self._clock.now_s += timeout
        return False


def picture(width_px: int = 4, height_px: int = 3, value: int = 0) -> np.ndarray:
    return np.full((height_px, width_px, 3), value, np.uint8)


@dataclass
class ScriptedSource:
    """Gives the steps of a script: a Reading, or an error to raise; a callable is called first."""

    script: Iterator[object]
    opened: int = 0
    closed: int = 0
    on_open: Callable[[], None] = field(default=lambda: None)

    def open(self) -> None:
        self.opened += 1
        self.on_open()

    def read(self) -> Reading:
        step = next(self.script, EndOfClip("the script is over"))
        if callable(step):
            step = step()
        if isinstance(step, BaseException):
            raise step
        assert isinstance(step, Reading)
        return step

    def close(self) -> None:
        self.closed += 1
