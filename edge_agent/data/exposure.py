"""How long people worked in a posture, and how long nobody could tell."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Verdict

FRAME_SPEAKS_S = 1.0
"""A frame speaks for so long; what held in a longer gap nobody knows."""


@dataclass(slots=True)
class Exposure:
    """Seconds of persons since the start; two persons count twice.

    Attributes:
        yes_s: In the posture.
        no_s: Surely not.
        indeterminate_s: In view, but not to be told.
    """

    yes_s: float = 0.0
    no_s: float = 0.0
    indeterminate_s: float = 0.0

    def add(self, verdict: Verdict, seconds: float) -> None:
        """Take in what one person did for so long."""
        match verdict:
            case Verdict.YES:
                self.yes_s += seconds
            case Verdict.NO:
                self.no_s += seconds
            case Verdict.INDETERMINATE:
                self.indeterminate_s += seconds
