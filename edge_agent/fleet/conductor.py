"""Turns decisions into steps. Stopped at any instant it fails closed: only a signed pointer lets a device begin."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge_agent.fleet.bench import Bench
from edge_agent.fleet.decide import Advance, Decision, Halt, Wait, decide
from edge_agent.fleet.known_devices import remember
from edge_agent.fleet.plan import Plan, read_plan
from edge_agent.fleet.rollout import advance, halt
from edge_agent.fleet.tally import Counts, count
from edge_agent.fleet.workspace import Workspace
from edge_agent.update.status_payload import UpdateStatus


class Fleet(Protocol):
    """Who knows what devices said."""

    def settled(self) -> bool:
        """Whether nothing is missing."""
        ...

    def statuses(self) -> dict[str, UpdateStatus]:
        """By the device's name."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What was seen and done.

    Attributes:
        plan: As it is now.
        counts: As they were when it was decided.
        decision: What was decided.
    """

    plan: Plan
    counts: tuple[Counts, ...]
    decision: Decision


class Conductor:
    """Looks, decides, and does one step at a time.

    Args:
        workspace: Where the plan is.
        fleet: What devices say.
        bench: Opens the repository for one step.
    """

    def __init__(self, workspace: Workspace, fleet: Fleet, bench: Callable[[], AbstractContextManager[Bench]]) -> None:
        self._workspace = workspace
        self._fleet = fleet
        self._bench = bench

    def turn(self, group: str, now: datetime) -> Turn:
        """Look once, and do what follows.

        Args:
            group: Whose plan.
            now: UTC.

        Raises:
            FleetError: The plan or the repository cannot be used, or a key is missing; nothing has advanced.
        """
        plan = read_plan(self._workspace.rollouts, group)
        if not self._fleet.settled():
            return Turn(plan, (), Wait("listening: not every device has been heard yet"))
        statuses = self._fleet.statuses()
        counts = count(plan, statuses, remember(self._workspace.rollouts, statuses), now)
        decision = decide(plan, counts, now)
        if isinstance(decision, Wait):
            return Turn(plan, counts, decision)
        with self._bench() as bench:
            if read_plan(self._workspace.rollouts, group) != plan:
                return Turn(plan, counts, Wait("somebody else has changed the plan"))
            return Turn(_step(bench, plan, decision), counts, decision)


def _step(bench: Bench, plan: Plan, decision: Advance | Halt) -> Plan:
    return halt(bench, plan, decision.text) if isinstance(decision, Halt) else advance(bench, plan)
