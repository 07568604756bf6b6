"""The name of a time zone to the zone.

The operating system's own database is read (`tzdata` of Debian and Ubuntu): governments change their clocks at short
notice, and the system's updates bring that; a copy among our dependencies would grow old. UTC needs no database.
"""

from __future__ import annotations

from datetime import timezone, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

UTC = "UTC"


def time_zone(name: str) -> tzinfo:
    """A zone of the IANA database.

    Args:
        name: As in ``Europe/Berlin``.

    Raises:
        ValueError: There is none of this name; the text says what to write.
    """
    if name == UTC:
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:  # absent, no name at all, a directory such as Europe
        raise ValueError(_advice(name)) from error


def _advice(name: str) -> str:
    known = available_timezones()
    if not known:
        return "this machine has no time zones: `apt install tzdata`"
    cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in sorted(known)}
    close = get_close_matches(name.lower().rsplit("/", 1)[-1].replace(" ", "_"), cities, n=1, cutoff=0.7)
    return f"write {cities[close[0]]}" if close else "write a name such as Europe/Berlin (`timedatectl list-timezones`)"
