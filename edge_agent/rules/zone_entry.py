"""Rule `zone_entry`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneEntrySettings:
    """Thresholds of `zone_entry`."""

    enabled: bool = True
    """Whether the rule runs."""
