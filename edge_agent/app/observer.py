"""Who looks over the vision thread's shoulder, for numbers."""

from __future__ import annotations

from typing import Protocol

from edge_agent.data.event import Event
from edge_agent.pipeline import Outcome


class Observer(Protocol):
    """Told by the vision thread; must be quick, and must not fail."""

    def step(self, camera: str, outcome: Outcome, latency_s: float) -> None:
        """A frame was judged.

        Args:
            camera: Name of the camera.
            outcome: What it gave.
            latency_s: From the stamp of the frame to the end of its step.
        """
        ...

    def event(self, event: Event) -> None:
        """An event is about to be stored."""
        ...


class Unobserved:
    """Nobody wants numbers."""

    def step(self, camera: str, outcome: Outcome, latency_s: float) -> None:
        """Nothing."""

    def event(self, event: Event) -> None:
        """Nothing."""
