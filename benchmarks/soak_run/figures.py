"""What the samples and the messages of a soak say."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scipy import stats

BLOCKS = 20
"""Samples that follow each other are alike, so that a line through all of them would look surer than it is; a line
through the means of so many stretches is not. Our own: a soak of 25 minutes has stretches of 75 s, longer than any
rhythm in it (24 s of the clip, 30 s of the updater)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """A straight line through measurements, by least squares.

    Attributes:
        mb_per_10_min: How steep it is.
        low: Lower end of the interval that holds the true one with 95 % (Student's t).
        high: Upper end.
    """

    mb_per_10_min: float
    low: float
    high: float


def slope(at_s: Sequence[float], mb: Sequence[float]) -> Slope:
    """Of memory over time; three measurements or more."""
    blocks = min(BLOCKS, len(at_s))
    edges = [round(index * len(at_s) / blocks) for index in range(blocks + 1)]
    means = [
        (statistics.fmean(at_s[low:high]), statistics.fmean(mb[low:high])) for low, high in itertools.pairwise(edges)
    ]
    line = stats.linregress([time_s for time_s, _ in means], [value_mb for _, value_mb in means])
    half = float(stats.t.ppf(0.975, blocks - 2)) * float(line.stderr)
    each = [600.0 * value for value in (float(line.slope), float(line.slope) - half, float(line.slope) + half)]
    return Slope(mb_per_10_min=round(each[0], 3), low=round(each[1], 3), high=round(each[2], 3))


def begin_and_end(counts: Sequence[int]) -> dict[str, float]:
    """Medians of the first and the last third, and the most: one more that stays shows, one that comes and goes not."""
    third = max(1, len(counts) // 3)
    return {
        "begin": statistics.median_low(counts[:third]),
        "end": statistics.median_low(counts[-third:]),
        "max": max(counts),
    }


def delivery(events: Sequence[dict[str, Any]]) -> dict[str, int]:
    """What was lost between agent and subscriber, and what came twice, by the running number of each event."""
    numbers = Counter(event["seq"] for event in events)
    return {
        "received": len(events),
        "lost": max(numbers) - min(numbers) + 1 - len(numbers) if numbers else 0,
        "twice": sum(numbers.values()) - len(numbers),
    }


def incidents_by_round(
    events: Sequence[dict[str, Any]], rules: Sequence[str], round_s: float, until_s: float
) -> dict[str, dict[str, int]]:
    """How often each rule raised, and in how many rounds of the clip it did not, or more than once.

    Args:
        events: Of the looped camera.
        rules: Which must raise once in each round.
        round_s: Duration of the clip.
        until_s: Unix seconds; what came later is not looked at.
    """
    raised = [event for event in events if event["data"]["phase"] == "raised"]
    found: dict[str, dict[str, int]] = {}
    for rule in sorted({*rules, *(event["data"]["rule"] for event in raised)}):
        times_s = [at for event in raised if event["data"]["rule"] == rule and (at := observed_s(event)) <= until_s]
        found[rule] = {"raised": len(times_s)}
        if rule in rules and times_s:
            rounds = Counter(round((at - times_s[0]) / round_s) for at in times_s)
            last = round((until_s - times_s[0]) / round_s - 0.5)
            found[rule]["rounds_without"] = sum(number not in rounds for number in range(last + 1))
            found[rule]["rounds_with_more"] = sum(often > 1 for often in rounds.values())
    return found


def observed_s(event: dict[str, Any]) -> float:
    """Unix seconds of the frame that decided an event."""
    # fromisoformat takes no Z before Python 3.11.
    return datetime.fromisoformat(event["data"]["observed_at"].replace("Z", "+00:00")).timestamp()
