"""`edge-agent doctor` as a person or a program calls it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from edge_agent.app.doctor import check_model
from edge_agent.cli.main import main

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(tmp_path: Path, free_port: int) -> Path:
    file = tmp_path / "edge-agent.yaml"
    file.write_text(
        f"site: plant-1\ndevice: dev-1\nstate_dir: {tmp_path / 'state'}\n"
        f"cameras:\n  - name: hall\n    source: {{type: clip, path: {PROJECT / 'edge_agent/demo/clip.mp4'}}}\n"
        f"mqtt: {{host: 127.0.0.1, port: {free_port}}}\n"
    )
    return file


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's own process stays as nice as it is."""
    monkeypatch.setattr("os.nice", lambda _: 0)


@pytest.fixture
def quick_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """How fast this machine is just now is no matter."""
    monkeypatch.setattr(check_model, "measure", lambda *_: check_model.Speed(40.0, 60.0))


@pytest.mark.usefixtures("quick_device")
def test_each_line_has_a_verdict_and_what_is_no_pass_has_a_next_step(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--config", str(config)]) == 1, "there is no broker"
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines[:-1]} <= {"pass", "warn", "fail", "->"}
    for line, after in pairwise(lines):
        if line.startswith(("warn", "fail")):
            assert after.startswith("      -> ")
    assert any(line.startswith("pass  camera hall: 640x480 at 15.0") for line in lines)
    assert any(line.startswith("pass  model: edge-pose-n") for line in lines)
    assert any(line.startswith("fail  broker tcp: ") for line in lines)
    assert lines[-1].endswith("1 fail")


def test_a_program_gets_the_same_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--quick", "--json", "--config", str(config)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    checks = {check["check"]: check["verdict"] for check in report["checks"]}
    assert checks["broker tcp"] == "fail"
    assert not any(name.startswith(("camera", "model", "speed")) for name in checks), "quick"


def test_a_broken_configuration_is_told_with_its_lines_and_the_rest_is_looked_at(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text().replace("site: plant-1", "sit: plant-1"))
    assert main(["doctor", "--config", str(config)]) == 1
    out = capsys.readouterr().out
    assert f"fail  config: {config}:1: sit" in out
    assert "temperature" in out


def test_without_a_file_the_usual_place_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDGE_AGENT_CONFIG", str(tmp_path / "none.yaml"))
    assert main(["doctor"]) == 1
    assert f"{tmp_path / 'none.yaml'}: cannot be read" in capsys.readouterr().out
