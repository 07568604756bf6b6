"""What is counted of one place within an hour."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from edge_agent.data.event import Event, Phase

# What is older is not "now". Our own: a camera that is silent for so long counts as lost.
_NOW_S = 5.0
# A sample speaks for so long; samples are a second apart, and two cover the jitter of slow cameras.
_SPEAKS_S = 2.0

SeverityWord = Literal["info", "warning", "critical"]


@dataclass(slots=True, eq=False)
class ZoneTally:
    """Counts of one zone, or of a camera's whole view.

    Attributes:
        observed_s: Seconds in which the camera saw the place.
        persons_most: The most persons that were seen there at once.
        person_s: Seconds of persons there.
    """

    observed_s: float = 0.0
    persons_most: int = 0
    person_s: float = 0.0
    _persons: int = 0
    _seen_s: float | None = None
    _raised: dict[str, tuple[str, SeverityWord]] = field(default_factory=dict)  # incident -> rule, severity

    def see(self, persons: int, t_s: float, passed_s: float) -> None:
        """Take in how many persons a sample shows, and the seconds since the sample before."""
        seconds = min(passed_s, _SPEAKS_S)
        self.observed_s += seconds
        self.person_s += persons * seconds
        self.persons_most = max(self.persons_most, persons)
        self._persons, self._seen_s = persons, t_s

    def note(self, event: Event) -> None:
        """Take in a phase of an incident of this place; only those count that were raised within the hour."""
        if event.phase is Phase.RAISED or event.incident_id in self._raised:
            self._raised[event.incident_id] = event.rule, event.severity.value

    def persons(self, now_s: float) -> int | None:
        """How many are seen there now; None where the camera does not see now."""
        return None if self._seen_s is None or now_s - self._seen_s > _NOW_S else self._persons

    @property
    def incidents(self) -> dict[str, dict[SeverityWord, int]]:
        """How many were raised, by rule and by severity, which is the one that they have by now."""
        counts = Counter(self._raised.values())
        rules = sorted({rule for rule, _ in counts})
        return {rule: {word: n for (r, word), n in sorted(counts.items()) if r == rule} for rule in rules}
