"""When each part of the agent was last seen working."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Silence:
    """How long one part has been silent.

    Attributes:
        name: Name of the part.
        age_s: Seconds since its last beat.
    """

    name: str
    age_s: float


class Heartbeats:
    """Beats from any thread; the main thread asks which part has been silent longest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_s: dict[str, float] = {}

    def beat(self, name: str, now_s: float) -> None:
        """This part works at `now_s`, in monotonic seconds; the first beat enrols it."""
        with self._lock:
            self._last_s[name] = now_s

    def forget(self, name: str) -> None:
        """This part has ended on purpose, as a clip that was played to its end."""
        with self._lock:
            self._last_s.pop(name, None)

    def stalest(self, now_s: float) -> Silence | None:
        """The part that has been silent longest, or None where none ever beat."""
        with self._lock:
            if not self._last_s:
                return None
            name = min(self._last_s, key=self._last_s.__getitem__)
            return Silence(name, now_s - self._last_s[name])
