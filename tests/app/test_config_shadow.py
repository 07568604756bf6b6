"""The configuration that somebody asked for from afar, where the disk fails under it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from edge_agent.app.config_shadow import ConfigShadow, InForce
from edge_agent.clock import SystemClock
from edge_agent.command.ledger import CommandLedger, StoredConfig

DOCUMENT = {"rules": {"fall": {"enabled": True}}}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[CommandLedger]:
    made = CommandLedger(tmp_path / "commands.sqlite", SystemClock())
    made.open()
    made.store_config(StoredConfig(3, json.dumps(DOCUMENT), 0))
    yield made
    made.close()


def started(ledger: CommandLedger, problems: tuple[str, ...] = ()) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """What the agent was told to start with, and the last report."""
    told: list[Mapping[str, Any]] = []
    reports: list[bytes] = []

    def start_with(document: Mapping[str, Any]) -> tuple[str, ...]:
        told.append(document)
        return problems

    nothing = InForce(check=lambda _: (), apply=lambda _: (), config_hash=lambda: "0" * 12, publish=reports.append)
    ConfigShadow(ledger, SystemClock(), nothing).at_start(start_with)
    return told, json.loads(reports[-1])


def test_what_was_in_force_is_taken_up_and_the_start_counted(ledger: CommandLedger) -> None:
    told, report = started(ledger)
    assert told == [DOCUMENT]
    assert (report["state"], report["version"]) == ("applied", 3)
    assert ledger.config().starts == 1


def test_it_is_taken_up_from_a_disk_that_takes_no_writes_too(ledger: CommandLedger) -> None:
    ledger._opened().execute("PRAGMA query_only = 1")
    told, report = started(ledger)
    assert told == [DOCUMENT]
    assert (report["state"], report["version"]) == ("applied", 3)
    assert ledger.config().starts == 0, "the disk took nothing"


def test_what_no_longer_fits_the_file_is_reported_with_its_problems(ledger: CommandLedger) -> None:
    _, report = started(ledger, ("rules.fall: no such zone",))
    assert (report["state"], report["version"]) == ("refused", 0)
    assert "no such zone" in json.dumps(report)
