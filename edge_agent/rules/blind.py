"""Rule `blind`: a camera gives frames, but nobody could be seen in them."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.rules.timing import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSettings:
    """Times of `blind`. What counts as blind needs no setting: see `edge_agent/flow/grey_to_sight.py`."""

    enabled: bool = True
    """Whether the rule runs."""
    hold_s: Seconds = 10.0
    """Seeing nothing for so long is reported: whoever cleans the lens or walks past close by is faster."""
    clear_s: Seconds = 3.0
    """Seeing again for so long ends it."""
