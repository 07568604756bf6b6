"""The state machine of one rule on one person in one place: from verdicts to an incident's life.

Pure: `advance` takes a state and a judgement, and returns the next state and what happened. The states are tuples,
since one is made for every person with an incident in every frame.

What begins between two frames is timed from the earlier one, up to a frame too early, and told at the first frame after
its time, up to a frame too late: no event moves by more than one frame with the rate. Half of a hold must lie between
frames that say so: a single frame proves nothing.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from edge_agent.data.event import Severity, Verdict
from edge_agent.rules.rule import Judgement
from edge_agent.rules.timing import Timing

# Frame times are sums of fractions: a hold of three seconds is over after thirty tenths.
_ROUNDING_S = 1e-6
# A `yes` that is interrupted by frames that cannot be judged goes on if it comes back within so long.
_BRIDGE_S = 0.5


class Change(Enum):
    """What one frame did to an incident."""

    RAISED = auto()
    CONFIRMED = auto()
    ESCALATED = auto()
    CLEARED = auto()
    LOST = auto()


class Running(NamedTuple):
    """An incident that has been raised and not cleared.

    Attributes:
        raised: The judgement that raised it.
        since_s: When its condition began.
        judged_s: When it was last judged yes or no.
        no_since_s: Start of the present run of `no`, moved on by what could not be judged of it; None outside one.
        no_seen_s: First frame of that run, likewise.
        unobserved_s: Seconds of the incident that could not be judged, or without a frame.
        severity: Its present severity.
        confirmed: Whether it was told that it lasts (`Timing.confirm_s`).
    """

    raised: Judgement
    since_s: float
    judged_s: float
    no_since_s: float | None
    no_seen_s: float
    unobserved_s: float
    severity: Severity
    confirmed: bool = False


class Watch(NamedTuple):
    """Where a rule stands with one person.

    Attributes:
        now_s: Monotonic seconds of the frame before, judged or not.
        yes_since_s: Start of the present run of `yes`; None outside one.
        yes_seen_s: First frame of that run.
        last_yes_s: Its latest `yes`.
        running: The incident, where there is one.
        quiet_until_s: No new incident before, unless it is more severe than the last one.
        last_severity: Of the last incident in the end; None before there was one.
    """

    now_s: float = float("-inf")
    yes_since_s: float | None = None
    yes_seen_s: float = float("-inf")
    last_yes_s: float = float("-inf")
    running: Running | None = None
    quiet_until_s: float = float("-inf")
    last_severity: Severity | None = None


class Step(NamedTuple):
    """The next state and what happened, if anything."""

    watch: Watch
    change: Change | None


def advance(watch: Watch, judgement: Judgement, now_s: float, timing: Timing, severity: Severity) -> Step:
    """Take in one frame's judgement.

    Args:
        watch: The state before.
        judgement: Of this frame.
        now_s: Monotonic seconds of the frame.
        timing: Of the rule.
        severity: Of the rule's incidents when they are raised.
    """
    if watch.running is not None:
        return _go_on(watch, watch.running, judgement, now_s, timing)
    held = _hold(watch, judgement, now_s, timing)
    if judgement.verdict is not Verdict.YES or held.yes_since_s is None:
        return Step(held, None)
    onset_s = timing.onset_s if judgement.onset_s is None else judgement.onset_s
    if not _lasted(held.yes_since_s, held.yes_seen_s, now_s, onset_s):
        return Step(held, None)
    if now_s < watch.quiet_until_s:
        # The cooldown spares people the same again, and hides nothing that is worse.
        if watch.last_severity is Severity.CRITICAL or not _is_escalated(held.yes_since_s, judgement, now_s, timing):
            return Step(held, None)
        severity = Severity.CRITICAL
    running = Running(judgement, held.yes_since_s, now_s, None, now_s, 0.0, severity)
    return Step(held._replace(running=running), Change.RAISED)


def start_cooldown(watch: Watch, stored_s: float, timing: Timing) -> Watch:
    """An event of this rule is safe in the outbox: be quiet from now on for the cooldown."""
    return watch._replace(quiet_until_s=max(watch.quiet_until_s, stored_s + timing.cooldown_s))


def withhold(watch: Watch) -> Watch:
    """The incident that was just raised is somebody else's: keep the hold, and be ready to raise it later."""
    return watch._replace(running=None)


def withdraw(watch: Watch, now_s: float, timing: Timing) -> Watch:
    """The person says that no help is needed: end the incident, and be quiet for the whole cooldown at once."""
    ended = _end(start_cooldown(watch, now_s, timing), now_s, Change.CLEARED).watch
    return ended._replace(last_severity=Severity.CRITICAL)


def _hold(watch: Watch, judgement: Judgement, now_s: float, timing: Timing) -> Watch:
    """The run of `yes` after this judgement."""
    gap_s, pause_s = now_s - watch.now_s, timing.pause_s
    broken = gap_s > max(timing.longest_gap_s, pause_s) or now_s - watch.last_yes_s > max(_BRIDGE_S, pause_s, gap_s)
    since_s = None if broken else watch.yes_since_s
    if judgement.verdict is Verdict.YES:
        if since_s is not None:
            return watch._replace(now_s=now_s, yes_since_s=since_s, last_yes_s=now_s)
        since_s = now_s if gap_s > timing.longest_gap_s else watch.now_s
        return watch._replace(now_s=now_s, yes_since_s=since_s, yes_seen_s=now_s, last_yes_s=now_s)
    if judgement.verdict is Verdict.NO and now_s - watch.last_yes_s >= pause_s:
        since_s = None
    return watch._replace(now_s=now_s, yes_since_s=since_s)


def _go_on(watch: Watch, running: Running, judgement: Judgement, now_s: float, timing: Timing) -> Step:
    """Advance an incident that has been raised."""
    gap_s = now_s - watch.now_s
    if judgement.verdict is Verdict.INDETERMINATE:
        running = _unobserved(running, gap_s)
    elif gap_s > timing.longest_gap_s:
        running = _unobserved(running, gap_s - timing.longest_gap_s)
    if judgement.verdict is Verdict.INDETERMINATE:
        lost = now_s - running.judged_s >= timing.unseen_s
        return _end(watch, now_s, Change.LOST) if lost else _keep(watch, running, now_s, None)
    if judgement.verdict is Verdict.NO:
        since_s, seen_s = running.no_since_s, running.no_seen_s
        if since_s is None:
            frame_before = watch.now_s == running.judged_s and gap_s <= timing.longest_gap_s
            since_s, seen_s = watch.now_s if frame_before else now_s, now_s
        judged = running._replace(judged_s=now_s, no_since_s=since_s, no_seen_s=seen_s)
        over = _lasted(since_s, seen_s, now_s, timing.clear_s)
        return _end(watch, now_s, Change.CLEARED) if over else _keep(watch, judged, now_s, None)
    judged = running._replace(judged_s=now_s, no_since_s=None)
    if judged.severity is not Severity.CRITICAL and _is_escalated(running.since_s, judgement, now_s, timing):
        return _keep(watch, judged._replace(severity=Severity.CRITICAL), now_s, Change.ESCALATED)
    if timing.confirm_s and not judged.confirmed and now_s - running.since_s >= timing.confirm_s - _ROUNDING_S:
        return _keep(watch, judged._replace(confirmed=True), now_s, Change.CONFIRMED)
    return _keep(watch, judged, now_s, None)


def _is_escalated(since_s: float, judgement: Judgement, now_s: float, timing: Timing) -> bool:
    """Whether what began then has lasted for long enough to be critical."""
    escalate_s = timing.escalate_s if judgement.escalate_s is None else judgement.escalate_s
    return escalate_s > 0.0 and now_s - since_s >= escalate_s - _ROUNDING_S


def _unobserved(running: Running, gap_s: float) -> Running:
    """So much time was not observed; it does not count towards clearing."""
    no_since_s = None if running.no_since_s is None else running.no_since_s + gap_s
    unobserved_s = running.unobserved_s + gap_s
    return running._replace(unobserved_s=unobserved_s, no_since_s=no_since_s, no_seen_s=running.no_seen_s + gap_s)


def _lasted(since_s: float, seen_s: float, now_s: float, hold_s: float) -> bool:
    """Whether what began then has lasted for the hold, and was seen for half of it."""
    return now_s - since_s >= hold_s - _ROUNDING_S and now_s - seen_s >= 0.5 * hold_s - _ROUNDING_S


def _keep(watch: Watch, running: Running, now_s: float, change: Change | None) -> Step:
    return Step(watch._replace(now_s=now_s, running=running), change)


def _end(watch: Watch, now_s: float, change: Change) -> Step:
    severity = watch.running.severity if watch.running else None
    return Step(watch._replace(now_s=now_s, running=None, yes_since_s=None, last_severity=severity), change)
