"""Rule `bend_hold`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BendHoldSettings:
    """Thresholds of `bend_hold`."""

    enabled: bool = True
    """Whether the rule runs."""
