"""How long people worked at which action level of RULA and REBA, and how much of that one camera could tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

_RULA_LEVELS = 4
_REBA_LEVELS = 5
# Highest score of every action level but the last (Hignett and McAtamney, Applied Ergonomics 31, 2000).
_REBA_TOPS = (1, 3, 7, 10)


class AtLeast(NamedTuple):
    """The scores that a posture has at least.

    Attributes:
        rula: Grand score, 1..7.
        reba: Score, 1..15.
        observed: Whether trunk, neck and an upper arm were told; what was not is taken as neutral.
    """

    rula: int
    reba: int
    observed: bool


@dataclass(slots=True)
class Strain:
    """Seconds of persons on their feet or seated since the start; two persons count twice. Nobody's in particular.

    Attributes:
        calibrated: Whether the angles are those in the room (the smaller of both solutions), or only the picture's.
        rula_s: By action level, scores 1-2, 3-4, 5-6 and 7 (McAtamney and Corlett, Applied Ergonomics 24(2), 1993).
        reba_s: By action level, scores 1, 2-3, 4-7, 8-10 and 11-15.
        unscored_s: In view, but not even the trunk could be told.
        observed_s: Of the seconds with a score, those in which trunk, neck and an upper arm were told.
    """

    calibrated: bool
    rula_s: list[float] = field(default_factory=lambda: [0.0] * _RULA_LEVELS)
    reba_s: list[float] = field(default_factory=lambda: [0.0] * _REBA_LEVELS)
    unscored_s: float = 0.0
    observed_s: float = 0.0

    def add(self, scores: AtLeast | None, seconds: float) -> None:
        """Take in how one person worked for so long; None where that could not be told."""
        if scores is None:
            self.unscored_s += seconds
            return
        self.rula_s[(scores.rula - 1) // 2] += seconds
        self.reba_s[sum(scores.reba > top for top in _REBA_TOPS)] += seconds
        if scores.observed:
            self.observed_s += seconds

    @property
    def total_s(self) -> float:
        """All seconds of persons in view."""
        return sum(self.rula_s) + self.unscored_s

    @property
    def observable_share(self) -> float:
        """Share of the seconds in view in which trunk, neck and an upper arm were told, 0..1; 0 where nobody was."""
        total_s = self.total_s
        return self.observed_s / total_s if total_s > 0.0 else 0.0
