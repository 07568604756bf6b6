"""Where the updater stands, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from edge_agent.update.journal import Entry
from edge_agent.update.model_slots import Slots
from edge_agent.updater.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that a report needs.

    Attributes:
        entry: The last transition.
        memory: What must not be forgotten.
        slots: What runs, and what would take its place; None where the store cannot be read.
        watching: Name and version of the model that watches in place of the active one (`who_watches`).
    """

    entry: Entry
    memory: Memory
    slots: Slots | None
    watching: str | None = None


class Listener(Protocol):
    """Hears of the service. Nothing that it does may hold the service up or fail."""

    def changed(self, standing: Standing) -> None:
        """A transition was made."""
        ...

    def progress(self, release: str, done_bytes: int, total_bytes: int) -> None:
        """So much of a release is there."""
        ...


class Nobody:
    """Hears nothing."""

    def changed(self, standing: Standing) -> None:
        """Do nothing."""

    def progress(self, release: str, done_bytes: int, total_bytes: int) -> None:
        """Do nothing."""
