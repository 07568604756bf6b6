"""What the rules about frequent movements share: a verdict on a count, and the times."""

from __future__ import annotations

from edge_agent.data.event import Evidence, Verdict
from edge_agent.rules.excursions import WINDOW_S, Excursions
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Timing

# While it lasts, three quarters of the limit keep it: nobody works to the second.
_GOES_ON = 0.75
# With less of the window seen, few movements do not mean that there were few.
_SEEN_RATIO = 0.5


def judge_frequency(name: str, moves: Excursions, per_minute: float, *, raised: bool) -> Judgement:
    """Whether a movement was made too often over the whole window.

    Args:
        name: Of the evidence; ends in ``_count``.
        moves: Those that were seen: the least that there were.
        per_minute: From here on it is a yes.
        raised: Whether an incident lasts.
    """
    least = per_minute * WINDOW_S / 60.0 * (_GOES_ON if raised else 1.0)
    confidence = min(1.0, moves.seen_s / WINDOW_S)
    if moves.count >= least:
        return Judgement(Verdict.YES, confidence, (Evidence(name, float(moves.count)),))
    return Judgement(Verdict.NO, confidence) if confidence >= _SEEN_RATIO else UNKNOWN


def frequency_timing(cooldown_s: float) -> Timing:
    """Raised at once, since the window is the hold; half a minute under the limit, or a minute unseen, end it."""
    return Timing(onset_s=0.0, clear_s=30.0, unseen_s=60.0, cooldown_s=cooldown_s)
