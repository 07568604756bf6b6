"""Did what happens in the clip arrive, once each, and nothing else?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edge_agent.app.demo.event_to_line import clip_time
from edge_agent.app.demo.story import ExpectedIncident

EARLY_S, LATE_S = 0.5, 8.0
"""How long before an incident begins, for want of exact clocks, and after it (a rule's hold of 4 s, a busy computer) it
may be raised."""


@dataclass(frozen=True, slots=True)
class Raised:
    """One incident that was raised.

    Attributes:
        rule: That raised it.
        at_s: Seconds since the first frame of the clip.
    """

    rule: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the summary.

    Attributes:
        expected: What happens in the clip; None for an incident that nothing in it explains.
        seen: The incident that was raised for it; None where none was.
    """

    expected: ExpectedIncident | None
    seen: Raised | None

    @property
    def good(self) -> bool:
        """Whether it happened and was raised."""
        return self.expected is not None and self.seen is not None

    @property
    def text(self) -> str:
        """For people."""
        rule = self.expected.rule if self.expected else self.seen.rule if self.seen else ""
        at = clip_time(self.expected.at_s) if self.expected else "-"
        seen = clip_time(self.seen.at_s) if self.seen else "-"
        what = self.expected.what if self.expected else "nothing in the clip explains it"
        return f"{'ok' if self.good else 'WRONG':<6} {rule:<12} {at:<8} {seen:<8} {what}"


HEADING = f"{'':<6} {'rule':<12} {'happens':<8} {'raised':<8}"


def compare(expected: Iterable[ExpectedIncident], raised: Iterable[Raised]) -> tuple[Row, ...]:
    """Give each incident of the script the first that its rule raised in its time; then tell the rest.

    An incident that is raised before it happens, or long after, is of something else.
    """
    left = sorted(raised, key=lambda each: each.at_s)
    rows = list(_rows(sorted(expected, key=lambda each: each.at_s), left))
    return (*rows, *(Row(None, seen) for seen in left))


def _rows(expected: Iterable[ExpectedIncident], left: list[Raised]) -> Iterator[Row]:
    for each in expected:
        seen = next((raised for raised in left if raised.rule == each.rule and _in_time(each, raised)), None)
        if seen is not None:
            left.remove(seen)
        yield Row(each, seen)


def _in_time(each: ExpectedIncident, raised: Raised) -> bool:
    return each.at_s - EARLY_S <= raised.at_s <= each.at_s + LATE_S


def conclusion(rows: tuple[Row, ...]) -> str:
    """One sentence."""
    counts = Counter("good" if row.good else "absent" if row.expected else "extra" for row in rows)
    if counts["good"] == len(rows):
        return f"all {len(rows)} incidents of the clip were raised exactly once, and no other"
    return f"{counts['absent']} incidents of the clip were not raised, {counts['extra']} were that should not"
