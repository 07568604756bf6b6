"""The state machine of one rule on one person in one place: from verdicts to an incident's life.

Pure: `advance` takes a state and a judgement, and returns the next state and what happened. The states are tuples,
since one is made for every person with an incident in every frame.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from edge_agent.data.event import Severity, Verdict
from edge_agent.rules.rule import Judgement
from edge_agent.rules.timing import Timing

# A `yes` that is interrupted by frames that cannot be judged goes on if it comes back within so long.
_BRIDGE_S = 0.5


class Change(Enum):
    """What one frame did to an incident."""

    RAISED = auto()
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
        unobserved_s: Seconds of the incident that could not be judged, or without a frame.
        severity: Its present severity.
    """

    raised: Judgement
    since_s: float
    judged_s: float
    no_since_s: float | None
    unobserved_s: float
    severity: Severity


class Watch(NamedTuple):
    """Where a rule stands with one person.

    Attributes:
        now_s: Monotonic seconds of the last judgement.
        yes_since_s: Start of the present run of `yes`; None outside one.
        last_yes_s: Its latest `yes`.
        running: The incident, where there is one.
        quiet_until_s: No new incident before.
    """

    now_s: float = float("-inf")
    yes_since_s: float | None = None
    last_yes_s: float = float("-inf")
    running: Running | None = None
    quiet_until_s: float = float("-inf")


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
    onset_s = timing.onset_s if judgement.onset_s is None else judgement.onset_s
    ripe = (
        judgement.verdict is Verdict.YES
        and held.yes_since_s is not None
        and now_s - held.yes_since_s >= onset_s
        and now_s >= watch.quiet_until_s
    )
    if not ripe or held.yes_since_s is None:
        return Step(held, None)
    running = Running(judgement, held.yes_since_s, now_s, None, 0.0, severity)
    return Step(held._replace(running=running), Change.RAISED)


def start_cooldown(watch: Watch, stored_s: float, timing: Timing) -> Watch:
    """An event of this rule is safe in the outbox: be quiet from now on for the cooldown."""
    return watch._replace(quiet_until_s=max(watch.quiet_until_s, stored_s + timing.cooldown_s))


def withhold(watch: Watch) -> Watch:
    """The incident that was just raised is somebody else's: keep the hold, and be ready to raise it later."""
    return watch._replace(running=None)


def withdraw(watch: Watch, now_s: float, timing: Timing) -> Watch:
    """The person says that no help is needed: end the incident, and be quiet for the cooldown at once."""
    return _end(start_cooldown(watch, now_s, timing), now_s, Change.CLEARED).watch


def _hold(watch: Watch, judgement: Judgement, now_s: float, timing: Timing) -> Watch:
    """The run of `yes` after this judgement."""
    gap_s, pause_s = now_s - watch.now_s, timing.pause_s
    broken = gap_s > max(timing.longest_gap_s, pause_s) or now_s - watch.last_yes_s > max(_BRIDGE_S, pause_s, gap_s)
    since_s = None if broken else watch.yes_since_s
    if judgement.verdict is Verdict.YES:
        return watch._replace(now_s=now_s, yes_since_s=now_s if since_s is None else since_s, last_yes_s=now_s)
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
        no_since_s = now_s if running.no_since_s is None else running.no_since_s
        judged = running._replace(judged_s=now_s, no_since_s=no_since_s)
        over = now_s - no_since_s >= timing.clear_s
        return _end(watch, now_s, Change.CLEARED) if over else _keep(watch, judged, now_s, None)
    judged = running._replace(judged_s=now_s, no_since_s=None)
    may_escalate = timing.escalate_s and judgement.escalates and judged.severity is not Severity.CRITICAL
    if may_escalate and now_s - running.since_s >= timing.escalate_s:
        return _keep(watch, judged._replace(severity=Severity.CRITICAL), now_s, Change.ESCALATED)
    return _keep(watch, judged, now_s, None)


def _unobserved(running: Running, gap_s: float) -> Running:
    """So much time was not observed; it does not count towards clearing."""
    no_since_s = None if running.no_since_s is None else running.no_since_s + gap_s
    return running._replace(unobserved_s=running.unobserved_s + gap_s, no_since_s=no_since_s)


def _keep(watch: Watch, running: Running, now_s: float, change: Change | None) -> Step:
    return Step(watch._replace(now_s=now_s, running=running), change)


def _end(watch: Watch, now_s: float, change: Change) -> Step:
    return Step(watch._replace(now_s=now_s, running=None, yes_since_s=None), change)
