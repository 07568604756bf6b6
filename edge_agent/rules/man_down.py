"""Rule `man_down`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ManDownSettings:
    """Thresholds of `man_down`."""

    enabled: bool = True
    """Whether the rule runs."""
