"""Watches a model on trial, and says when it has proven itself or must go back."""

from __future__ import annotations

from datetime import datetime, timezone

from edge_agent.update.model_slots import Slot, Slots, Trial
from edge_agent.update.model_statistics import StatisticsReport, read_statistics
from edge_agent.update.pointer import Pointer
from edge_agent.update.reason import UpdateReason
from edge_agent.update.release import Release
from edge_agent.update.state import Fact
from edge_agent.update.trial_quality import TrialBudget, Verdict, judge_at_deadline, judge_trial
from edge_agent.updater.memory import Task
from edge_agent.updater.news import News
from edge_agent.updater.parts import Parts

PROLONG_S = 86_400.0
"""For so long a trial is prolonged that has seen too few people, where the pointer has no deadline. Our own: a day has
every shift in it."""
_SILENT_S = 120.0
"""A daemon that has not written its report for so long watches nobody: sixty times its interval in a trial."""


def new_trial(candidate: Slot, release: Release, pointer: Pointer) -> Trial:
    """What the daemon is asked to run."""
    deadline_s = pointer.deadline.timestamp() if pointer.deadline else None
    return Trial(
        candidate=candidate,
        trial_s=pointer.trial_s,
        deadline_s=deadline_s,
        budget_latency_ms=release.budget.latency_ms,
        budget_rss_mb=release.budget.rss_mb,
    )


def watch_start(parts: Parts, task: Task, candidate: Slot) -> News | None:
    """Whether the daemon has the model open; None where nobody knows yet."""
    slots = parts.trials.slots
    over = _over(slots, candidate)
    if over is not None:
        return over
    report = read_statistics(parts.statistics)
    if report is not None and report.running.digest == candidate.digest:
        return News(fact=Fact.RUNS)
    if slots.trial is not None and _gives_up(slots.trial, task, parts):
        text = "the agent never ran it until the deadline: is it running, and is model.use left out?"
        return News(fact=Fact.TRIAL_OVER, reason=UpdateReason.DEADLINE, text=text)
    return None


def watch_trial(parts: Parts, task: Task, candidate: Slot) -> News | None:
    """Whether the model on trial is proven or must go back; None while it goes on."""
    slots = parts.trials.slots
    if slots.active is not None and slots.active.digest == candidate.digest:
        return News(fact=Fact.PROVEN)  # who was interrupted after the commit
    over = _over(slots, candidate)
    if over is not None or slots.trial is None:
        return over
    trial, report = slots.trial, read_statistics(parts.statistics)
    late = _gives_up(trial, task, parts)
    if report is None or report.running.digest != candidate.digest or _silent(report, parts):
        text = "the agent did not run it for long enough until the deadline"
        return News(fact=Fact.TRIAL_OVER, reason=UpdateReason.DEADLINE, text=text) if late else None
    return _judged(trial, report, late=late)


def _judged(trial: Trial, report: StatisticsReport, *, late: bool) -> News | None:
    budget = TrialBudget(latency_ms=trial.budget_latency_ms, rss_mb=trial.budget_rss_mb)
    long_enough = report.running.watched_s >= trial.trial_s
    judge = judge_at_deadline if late and long_enough else judge_trial
    judgement = judge(report.running, report.incumbent, budget)
    if judgement.verdict is Verdict.BAD:
        return News(fact=Fact.TRIAL_OVER, reason=judgement.reason, text=judgement.text)
    if not long_enough:
        return None
    # An operator who asks for no trial gets none; what is bad is bad all the same.
    if judgement.verdict is Verdict.GOOD or trial.trial_s == 0.0:
        return News(fact=Fact.PROVEN, text=judgement.text)
    return None


def _over(slots: Slots, candidate: Slot) -> News | None:
    """What became of a trial that the store does not have any more; None where it has it."""
    if slots.trial is not None and slots.trial.candidate.digest == candidate.digest:
        return None
    ended = slots.ended
    if ended is not None and ended.digest == candidate.digest:
        return News(fact=Fact.TRIAL_OVER, reason=UpdateReason(ended.reason), text=ended.text)
    return News(fact=Fact.TRIAL_OVER, reason=UpdateReason.CANCELED, text="somebody activated another model")


def _gives_up(trial: Trial, task: Task, parts: Parts) -> bool:
    now_s = parts.clock.wall_s()
    longest_s = task.begun_s + trial.trial_s + PROLONG_S
    end_s = longest_s if trial.deadline_s is None else min(longest_s, trial.deadline_s)
    return now_s >= end_s


def _silent(report: StatisticsReport, parts: Parts) -> bool:
    return abs(parts.clock.wall_s() - report.at_s) > _SILENT_S


def utc(wall_s: float) -> datetime:
    """An instant for a payload."""
    return datetime.fromtimestamp(wall_s, timezone.utc)
