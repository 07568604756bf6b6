"""What a step of an update has found out."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.update.reason import UpdateReason
from edge_agent.update.state import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A fact, and why.

    Attributes:
        fact: For the table of states.
        reason: Where it does not go on as hoped.
        text: For people.
    """

    fact: Fact
    reason: UpdateReason | None = None
    text: str = ""
