"""A rollout on a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge_agent.fleet.plan import Plan, PlanState
from edge_agent.fleet.tally import Counts

_COLOURS = {
    PlanState.RUNNING: "cyan",
    PlanState.PAUSED: "yellow",
    PlanState.HALTED: "red",
    PlanState.ROLLED_BACK: "red",
    PlanState.DONE: "green",
}
_COLUMNS = ("devices", "committed", "trying", "failed", "went back", "neither", "silent")


def rollout_to_document(plan: Plan, counts: Iterable[Counts]) -> dict[str, object]:
    """All of it, for ``--json``."""
    return {
        "group": plan.group,
        "rollout": plan.rollout,
        "name": plan.name,
        "version": plan.version,
        "release": plan.release_sha256,
        "state": plan.state.value,
        "reason": plan.reason,
        "stage": plan.stage,
        "stage_since": plan.stage_since.isoformat(),
        "stages": [asdict(stage) for stage in plan.stages],
        "counts": [asdict(row) | {"steps": dict(row.steps), "reasons": dict(row.reasons)} for row in counts],
    }


def rollout_to_view(plan: Plan, counts: Iterable[Counts]) -> RenderableType:
    """For people."""
    colour = _COLOURS[plan.state]
    head = Text.assemble(
        (f"{plan.name} {plan.version} ", "bold"), (plan.state.value, colour), f"  {plan.reason}".rstrip()
    )
    way = Text("  ")
    for index, stage in enumerate(plan.stages):
        style = colour if index == plan.stage else ("green" if index < plan.stage else "dim")
        way.append(f"{stage.group} {stage.percent} %", style)
        way.append(" > " if index + 1 < len(plan.stages) else "")
    table = Table("group", *_COLUMNS, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    notes = []
    for row in counts:
        bad = "red" if row.bad else ""
        table.add_row(
            f"{row.group} {row.percent} %", f"{row.taking_part} of {row.known}", str(row.committed),
            str(row.in_progress), Text(str(row.failed), bad if row.failed else ""),
            Text(str(row.rolled_back), bad if row.rolled_back else ""), str(row.canceled + row.unproven),
            str(row.silent),
        )  # fmt: skip
        notes += [Text(f"  {row.group}: {number} x {state}", "yellow") for state, number in row.steps]
        if row.mute:
            notes.append(Text(f"  {row.group}: {row.mute} not heard of for too long", "yellow"))
        if row.unproven:
            notes.append(Text(f"  {row.group}: {row.unproven} gave up at the deadline, with no verdict", "yellow"))
        notes += [Text(f"  {row.group}: {number} x {reason}", "red") for reason, number in row.reasons]
    return Group(head, way, table, *notes)
