"""``edge-agent outbox``, as an operator uses it while the agent runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.cli.main import main
from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox import Outbox

Output = pytest.CaptureFixture[str]


def stored(outbox: Outbox, severity: Severity = Severity.CRITICAL) -> int:
    event = Event(
        id="id",
        incident_id="incident",
        rev=0,
        phase=Phase.RAISED,
        rule="fall",
        severity=severity,
        verdict=Verdict.YES,
        confidence=0.9,
        camera="hall",
        zone="hall",
        observed_s=0.0,
        duration_s=1.0,
    )
    payload = json.dumps({"data": {"severity": severity.value}}).encode()
    return outbox.append(event, lambda _: Message("root/event/fall", payload, "id", severity))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Outbox]:
    """The outbox of an agent that runs: two events put aside, one acknowledged, two pending."""
    outbox = Outbox(tmp_path / "outbox.sqlite", OutboxSettings(), MediaClock(1_700_000_000.0), "boot-1")
    outbox.open()
    for _ in range(5):
        stored(outbox)
    outbox.quarantine(2, "9000 bytes, and the broker takes packets of 2000")
    outbox.quarantine(4, "the broker refused it: Packet too large")
    outbox.acknowledge([1])
    yield outbox
    outbox.close()


def outbox_command(tmp_path: Path, *arguments: str) -> int:
    return main(["outbox", *arguments, "--state-dir", str(tmp_path)])


def test_list_tells_states_ranges_and_reasons(running: Outbox, tmp_path: Path, capsys: Output) -> None:
    assert outbox_command(tmp_path, "list") == 0
    said = capsys.readouterr().out
    assert "pending            2  3-3, 5-5" in said
    assert "put aside          2" in said
    assert "4  2023-11-14T22:13:20.000Z  root/event/fall  the broker refused it: Packet too large" in said
    assert outbox_command(tmp_path, "list", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pending"], told["acknowledged"], told["next_seq"], told["damaged_files"]) == (2, 1, 6, [])
    assert [letter["seq"] for letter in told["dead_letters"]] == [2, 4]


def test_what_is_requeued_the_running_agent_sends_again(running: Outbox, tmp_path: Path, capsys: Output) -> None:
    assert outbox_command(tmp_path, "requeue", "2") == 0
    assert [item.seq for item in running.pending(10)] == [2, 3, 5]
    assert outbox_command(tmp_path, "requeue", "--all") == 0
    assert [item.seq for item in running.pending(10)] == [2, 3, 4, 5]
    assert running.stats().quarantined == 0
    assert outbox_command(tmp_path, "requeue", "1") == 1
    assert "requeued 0 of 1: none" in capsys.readouterr().out
    assert stored(running) == 6


def test_requeue_wants_to_know_which(running: Outbox, tmp_path: Path, capsys: Output) -> None:
    assert outbox_command(tmp_path, "requeue") == 2
    assert "or give --all" in capsys.readouterr().err


def test_export_prints_a_line_for_each_dead_letter(running: Outbox, tmp_path: Path, capsys: Output) -> None:
    assert outbox_command(tmp_path, "export") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seq"] for line in lines] == [2, 4]
    assert json.loads(lines[0]["payload"])["data"]["severity"] == "critical"


def test_where_there_is_no_outbox_the_line_says_what_to_name(tmp_path: Path, capsys: Output) -> None:
    assert outbox_command(tmp_path, "list") == 1
    assert "name the agent's state directory with --state-dir" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
