"""The runbook knows every warning and error that the daemon writes, and every reason behind them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import edge_agent
from edge_agent.data.sight import SightFault
from edge_agent.mqtt import refusals

PACKAGE = Path(edge_agent.__file__).parent
RUNBOOK = " ".join((PACKAGE.parent / "docs" / "runbook.md").read_text().split())
# Commands at a terminal; what they say is read where it is said.
NOT_THE_DAEMON = {"replay.py", "replay_postures.py"}
AT_A_TERMINAL = {"demo", "fleet"}
LEVELS = ("warning", "error", "critical")


def messages() -> Iterator[tuple[str, str]]:
    """Module and text of every warning and error."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.name in NOT_THE_DAEMON or AT_A_TERMINAL.intersection(file.parts):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("logger", "log")
            ):
                text = node.args[0]
                assert isinstance(text, ast.Constant), f"{file.name}:{node.lineno}: write the text as one constant"
                yield file.name, re.sub(r"%(?:\.\d+)?[sdf]", "…", str(text.value))


@pytest.mark.parametrize(("module", "text"), sorted(set(messages())))
def test_every_line_of_the_journal_is_explained(module: str, text: str) -> None:
    if text.strip("… ;:"):  # a bare reason is one of those below
        assert f"`{text}`" in RUNBOOK, f"{module}: add it to docs/runbook.md"


def test_nothing_is_explained_that_is_never_written() -> None:
    table = RUNBOOK.partition("## What stands in the journal")[2].partition("## Flash")[0]
    explained = re.findall(r"\| `([^|]+)` \| [^|]+ \| [^|]+ \|", table)
    assert len(explained) > 40
    assert set(explained) <= {text for _, text in messages()}


def test_there_are_many() -> None:
    assert len(set(messages())) > 40


def core(words: str) -> str:
    """The part of a reason that does not differ and says what it is."""
    start = words.partition(":")[0].partition("{")[0].partition(",")[0]
    return " ".join(start.split()).removeprefix("the broker's ")


@pytest.mark.parametrize("words", [*refusals._CONNACK.values(), *refusals._DISCONNECT.values()])
def test_every_reason_of_a_broker_is_explained(words: str) -> None:
    beginning = " ".join(core(words).split()[:5])
    assert beginning in RUNBOOK


@pytest.mark.parametrize("fault", list(SightFault))
def test_every_way_to_see_nothing_is_explained(fault: SightFault) -> None:
    assert f"| `{fault.value}` |" in RUNBOOK


@pytest.mark.parametrize(
    "words",
    [
        "the disk is full",
        "no permission to write there",
        "check the disk",
        "the file is damaged",
        "another process holds it",
    ],
)
def test_every_fault_of_the_disk_is_explained(words: str) -> None:
    assert words in (PACKAGE / "mqtt" / "outbox_faults.py").read_text()
    assert f"`{words}`" in RUNBOOK
