"""Whether a rollout goes on. Pure: the same counts give the same answer, and whatever is not known gives `Wait`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.fleet.plan import Plan, PlanState
from edge_agent.fleet.tally import Counts


@dataclass(frozen=True, slots=True)
class Wait:
    """Leave everything as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Advance:
    """Go on to the next stage, or be done after the last."""

    text: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop, and let everybody go back."""

    text: str


Decision = Wait | Advance | Halt


def decide(plan: Plan, counts: tuple[Counts, ...], now: datetime) -> Decision:
    """What to do next.

    Args:
        plan: As it stands.
        counts: Of every group that was reached, the current one last.
        now: UTC.
    """
    if plan.state is not PlanState.RUNNING:
        return Wait(f"the rollout is {plan.state.value}")
    *earlier, current = counts
    for group in earlier:
        if group.bad and group.bad > plan.abort.max_failure_rate * max(group.expected, plan.abort.min_finished):
            return Halt(f"{group.bad} of {group.expected} devices of {group.group} failed later")
    late = now - plan.stage_since >= timedelta(seconds=plan.silence_s)
    return _too_many_failed(plan, current, late=late) or _next(plan, current, now, late=late)


def _too_many_failed(plan: Plan, counts: Counts, *, late: bool) -> Halt | None:
    # After the deadline silence is failure: a device that a release has killed says nothing. Who waits, or tries no
    # longer than that takes, has a word.
    mute = counts.mute if late else 0
    failed = counts.bad + mute
    finished = counts.committed + failed
    if not failed or finished < plan.abort.min_finished or failed <= plan.abort.max_failure_rate * finished:
        return None
    silence = f", {mute} of them by silence" if mute else ""
    return Halt(f"{failed} of {finished} devices of {counts.group} failed{silence}")


def _next(plan: Plan, counts: Counts, now: datetime, *, late: bool) -> Wait | Advance:
    if not counts.known:
        return Wait(f"no device of group {counts.group} was ever heard of")
    if now - plan.stage_since < timedelta(seconds=plan.soak_s):
        return Wait("the stage is soaking")
    if not counts.taking_part:
        return Advance(f"no device of {counts.group} is among its first {counts.percent} %")
    done = f"{counts.committed} of {counts.expected} devices of {counts.group} have committed"
    if counts.expected and counts.committed >= plan.success_threshold * counts.expected:
        return Advance(done)
    if not late:
        return Wait(done)
    alive = counts.in_progress + counts.silent - counts.mute
    if alive:
        return Wait(f"{done}; {alive} wait or try beyond the deadline: `rollout status` tells where")
    return Wait(f"{done}; too few at the deadline, and too few failures to halt: look at them")
