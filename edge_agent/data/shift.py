"""When a zone is there: days of the week and times of the clock on the wall."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from annotated_types import MinLen


class Day(str, Enum):
    """A day of the week, in the order of `datetime.date.weekday`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_EVERY_DAY = tuple(Day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A span of local time that comes again every week."""

    days: Annotated[tuple[Day, ...], MinLen(1)] = _EVERY_DAY
    """The days on which it begins, from mon, tue, wed, thu, fri, sat, sun; every day where absent."""
    from_: str
    """When it begins, as in "06:00", by the clock on the wall in `timezone`."""
    to: str
    """When it ends; a time that is not after `from` is one of the next day, so that 22:00 to 06:00 is a night."""
