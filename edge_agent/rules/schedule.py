"""Which zones are there at an instant: shifts in local time, over the changes of daylight saving.

A shift begins and ends when the clock on the wall says so: from 22:00 to 06:00 is a night of 7 or 9 hours where the
clock is changed in it. In that night some times exist twice and others not at all; PEP 495 gives both readings of such
a time (`fold` 0 and 1). Of a zone that raises something the longest reading counts, of one that excuses something the
shortest: no doubt about the time makes anybody less safe. An instant is judged by itself and nothing is remembered, so
that a clock that was set forward or back needs no care.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from edge_agent.data.shift import Day, Shift
from edge_agent.data.zone import Zone

_DAYS = tuple(Day)
# A shift of yesterday may last into today; where the clock is changed at midnight it may be one day more either way.
_DAYS_AROUND = (-2, -1, 0, 1)


class _Span(NamedTuple):
    """From the first instant on, and before the second: seconds since the Unix epoch."""

    from_s: float
    to_s: float


def zones_at(zones: Iterable[Zone], wall_s: float, timezone: tzinfo, *, trusted: bool) -> tuple[Zone, ...]:
    """The zones that are there.

    Args:
        zones: All of them.
        wall_s: Seconds since the Unix epoch.
        timezone: In which their shifts are meant.
        trusted: Whether `wall_s` may be believed. Where not, of the zones with shifts those that raise something are
            there, and those that excuse something are not.
    """
    return tuple(zone for zone in zones if not zone.active or _is_active(zone, wall_s, timezone, trusted=trusted))


def _is_active(zone: Zone, wall_s: float, timezone: tzinfo, *, trusted: bool) -> bool:
    if not trusted:
        return not zone.kind.excuses
    today = datetime.fromtimestamp(wall_s, timezone).date()
    spans = (span for shift in zone.active for span in _spans(shift, today, timezone, longest=not zone.kind.excuses))
    return any(span.from_s <= wall_s < span.to_s for span in spans)


def _spans(shift: Shift, today: date, timezone: tzinfo, *, longest: bool) -> Iterator[_Span]:
    """When a shift is on around a day."""
    begins, ends = time.fromisoformat(shift.from_), time.fromisoformat(shift.to)
    nights = 1 if ends <= begins else 0
    for offset in _DAYS_AROUND:
        day = today + timedelta(days=offset)
        if _DAYS[day.weekday()] in shift.days:
            first = _readings_s(day, begins, timezone)
            last = _readings_s(day + timedelta(days=nights), ends, timezone)
            yield _Span(min(first), max(last)) if longest else _Span(max(first), min(last))


def _readings_s(day: date, at: time, timezone: tzinfo) -> tuple[float, float]:
    """Both instants that a local time may mean (PEP 495); one and the same on nearly every day."""
    local = datetime.combine(day, at, timezone)
    return local.replace(fold=0).timestamp(), local.replace(fold=1).timestamp()
