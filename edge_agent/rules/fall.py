"""Rule `fall`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FallSettings:
    """Thresholds of `fall`."""

    enabled: bool = True
    """Whether the rule runs."""
