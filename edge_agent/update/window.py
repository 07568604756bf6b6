"""When a device may change its model: maintenance windows by the clock on its wall."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from annotated_types import MinLen
from pydantic import ConfigDict, Field

from edge_agent.data.shift import Day

_DAYS = tuple(Day)
WallTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A span of the device's local time that comes again every week."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    days: Annotated[tuple[Day, ...], MinLen(1)] = _DAYS
    """The days on which it begins; every day where absent."""
    start: WallTime
    """As in "22:00"."""
    end: WallTime
    """A time that is not after `start` is one of the next day: 22:00 to 22:00 is a whole day."""


def is_open(windows: Iterable[MaintenanceWindow], local: datetime) -> bool:
    """Whether one of the windows is open; always where there is none.

    Args:
        windows: Of the pointer.
        local: The time by the clock on the device's wall. Nothing is known of changes of that clock: an hour that
            comes twice is in the window twice, which costs nothing.
    """
    windows = tuple(windows)
    return not windows or any(_is_open(window, local) for window in windows)


def _is_open(window: MaintenanceWindow, local: datetime) -> bool:
    now = f"{local:%H:%M}"
    today = _DAYS[local.weekday()] in window.days
    if window.start < window.end:
        return today and window.start <= now < window.end
    yesterday = _DAYS[(local - timedelta(days=1)).weekday()] in window.days
    return (today and now >= window.start) or (yesterday and now < window.end)
