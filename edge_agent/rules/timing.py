"""How long a condition must hold, and how soon it may be reported again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from edge_agent.data.exposure import FRAME_SPEAKS_S

Seconds = Annotated[float, Ge(0.0), Le(86_400.0)]
Degrees = Annotated[float, Ge(0.0), Le(180.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Times of one rule, all in seconds.

    Attributes:
        onset_s: The verdict must be `yes` for so long before an incident is raised.
        clear_s: The verdict must be `no` for so long before the incident is cleared.
        unseen_s: An incident that could not be judged for so long is cleared as `indeterminate`.
        cooldown_s: After an event of an incident was stored, no new incident of this rule on the same person for
            so long.
        pause_s: A `yes` that is interrupted for less than this goes on: somebody who steps aside for a moment does not
            start a long hold anew. 0 where any `no` breaks it.
        longest_gap_s: A frame speaks for so long; what held in a longer gap nobody knows, and a hold starts anew.
        confirm_s: An incident is only suspected until its condition has lasted so long, which is told; 0 where it is
            certain at once.
        escalate_s: An incident whose condition lasts so long becomes critical; 0 for never.
    """

    onset_s: Seconds
    clear_s: Seconds
    unseen_s: Seconds
    cooldown_s: Seconds
    confirm_s: Seconds = 0.0
    escalate_s: Seconds = 0.0
    pause_s: Seconds = 0.0
    longest_gap_s: Seconds = FRAME_SPEAKS_S
