"""`edge-agent run` with a posture log, and what `edge-agent replay` finds in it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agent_process import AgentProcess

from edge_agent.cli.main import main

pytestmark = pytest.mark.shared

FALL = Path(__file__).resolve().parents[3] / "shared" / "clips" / "upfall" / "a04_t1_c1.mp4"
HALL = {"name": "hall", "source": {"type": "clip", "path": str(FALL), "loop": True}}
NO_BROKER = 1


def until_logged_fall(running: AgentProcess) -> None:
    running.until_logged("camera hall: fall raised", timeout_s=40.0)


def until_fall_synced(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wait until the disk has the fall, which it has some seconds after it was logged."""
    deadline = time.monotonic() + 30.0
    said = ""
    while "edge-agent.fall" not in said:
        assert time.monotonic() < deadline, "the fall was not synced within 30 s"
        time.sleep(0.1)
        main(["replay", "--json", str(root)])  # at first there may be nothing to read
        said = capsys.readouterr().out


def replayed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["replay", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_by_default_nothing_is_recorded(agent: Callable[..., AgentProcess], tmp_path: Path) -> None:
    running = agent(NO_BROKER, [HALL]).start()
    until_logged_fall(running)
    running.stop()
    assert not (tmp_path / "state" / "postures").exists()


def test_a_recorded_run_replays_to_the_incidents_that_it_raised(
    agent: Callable[..., AgentProcess], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = agent(NO_BROKER, [HALL], posture_log={"enabled": True}).start()
    until_logged_fall(running)
    running.stop()
    raised = running.text.count(" raised in ")
    *_, summary = replayed(capsys, str(tmp_path / "state" / "postures"), "--config", str(running.config))
    assert sum(summary["events"].values()) == raised
    assert not summary["truncated"]


def test_after_a_kill_all_but_the_last_seconds_can_be_read(
    agent: Callable[..., AgentProcess], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = agent(NO_BROKER, [HALL], posture_log={"enabled": True}).start()
    until_logged_fall(running)
    until_fall_synced(tmp_path / "state" / "postures", capsys)
    running.kill()
    lines = replayed(capsys, str(tmp_path / "state" / "postures"))
    assert lines[-1]["truncated"]
    assert [line["data"]["rule"] for line in lines[:-1]][:1] == ["fall"]


def test_a_log_that_cannot_be_written_does_not_end_the_watching(
    agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "postures").write_text("in the way")
    running = agent(NO_BROKER, [HALL], posture_log={"enabled": True}).start()
    until_logged_fall(running)
    running.stop()
    assert running.text.count("posture log:") == 1
