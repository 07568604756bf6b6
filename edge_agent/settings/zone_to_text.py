"""What one zone means, in a few words for the installer."""

from __future__ import annotations

from collections.abc import Iterator

from edge_agent.data.shift import Day, Shift
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.lone_in_zone import OUT_OF_SIGHT
from edge_agent.settings.settings import Settings

_DAYS = tuple(Day)


def zone_text(zone: Zone) -> str:
    """Its kind, what else is asked of people in it, and when."""
    parts = [zone.kind.value]
    if zone.one_way:
        parts.append("one way")
    if zone.never_alone:
        parts.append("never alone")
    if zone.active:
        parts.append(" and ".join(_shift_text(shift) for shift in zone.active))
    return ", ".join(parts)


def zone_notes(zone: Zone, settings: Settings) -> Iterator[str]:
    """What is allowed and does nothing."""
    if zone.never_alone and zone.kind in OUT_OF_SIGHT:
        yield f"zone {zone.name}: `never_alone` has no meaning in an {zone.kind.value}, where people are out of sight"
    elif zone.never_alone and not settings.rules.lone_in_zone.enabled:
        yield f"zone {zone.name}: `never_alone` raises nothing, since rules.lone_in_zone is off"
    if zone.never_alone and zone.kind is ZoneKind.RESTRICTED and settings.rules.zone_entry.enabled:
        yield f"zone {zone.name}: is restricted, so that zone_entry is raised for two people as well as for one"
    if zone.one_way and not settings.rules.wrong_way.enabled:
        yield f"zone {zone.name}: `one_way` raises nothing, since rules.wrong_way is off"


def _shift_text(shift: Shift) -> str:
    """As in ``mon-fri 06:00-22:00``."""
    text = f"{shift.from_}-{shift.to}"
    days = [_DAYS.index(day) for day in shift.days]
    if len(set(days)) == len(_DAYS):
        return text
    first, last = min(days), max(days)
    if len(days) > 2 and sorted(days) == list(range(first, last + 1)):
        return f"{_DAYS[first].value}-{_DAYS[last].value} {text}"
    return f"{' '.join(day.value for day in shift.days)} {text}"
