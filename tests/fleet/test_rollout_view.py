"""What an operator sees of a rollout on a terminal of eighty columns, and what a program reads."""

from __future__ import annotations

import io
import json

from rich.console import Console
from test_decide import PLAN

from edge_agent.fleet.plan import PlanState
from edge_agent.fleet.rollout_view import rollout_to_document, rollout_to_view
from edge_agent.fleet.tally import Counts

COUNTS = (
    Counts(
        group="lab", percent=100, known=10, taking_part=10, committed=10, in_progress=0, failed=0, rolled_back=0,
        canceled=0, silent=0,
    ),
    Counts(
        group="plant-1", percent=10, known=190, taking_part=23, committed=12, in_progress=3, failed=1, rolled_back=4,
        canceled=1, silent=0, unproven=2, mute=1, steps=(("QUEUED", 2), ("TRIAL", 1)),
        reasons=(("trial_crash", 4), ("disk_full", 1)),
    ),
)  # fmt: skip


def seen() -> str:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(rollout_to_view(PLAN, COUNTS))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_number_has_its_place() -> None:
    lines = seen().splitlines()
    assert "edge-pose-n 1.1 running" in lines[0]
    assert "lab 100 % > plant-1 10 % > plant-1 100 %" in lines[1]
    assert " ".join(lines[2].split()) == "group devices committed trying failed went back neither silent"
    assert lines[4].split() == ["plant-1", "10", "%", "23", "of", "190", "12", "3", "1", "4", "3", "0"]


def test_failures_are_told_with_their_reasons() -> None:
    assert "plant-1: 4 x trial_crash" in seen()
    assert "plant-1: 1 x disk_full" in seen()


def test_who_waits_is_told_and_where() -> None:
    assert "plant-1: 2 x QUEUED" in seen()
    assert "plant-1: 1 not heard of for too long" in seen()
    assert "plant-1: 2 gave up at the deadline, with no verdict" in seen()


def test_a_program_reads_the_same() -> None:
    document = json.loads(json.dumps(rollout_to_document(PLAN, COUNTS)))
    assert document["state"] == PlanState.RUNNING.value
    assert document["counts"][1]["reasons"] == {"trial_crash": 4, "disk_full": 1}
    assert document["counts"][1]["steps"] == {"QUEUED": 2, "TRIAL": 1}
    assert document["counts"][1]["taking_part"] == 23
