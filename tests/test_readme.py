"""What README promises an installer is true: its configuration, its commands and its event."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from edge_agent.cli.main import build_parser
from edge_agent.mqtt.payload import EventPayload
from edge_agent.settings.file_to_settings import load_settings

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"(?:^    .*\n|^\n(?=    ))+", README, re.MULTILINE)
COMMANDS = [line.strip() for block in BLOCKS for line in block.splitlines() if line.startswith("    edge-agent ")]


def block_with(words: str) -> str:
    (found,) = (block for block in BLOCKS if words in block)
    return "\n".join(line[4:] for line in found.strip("\n").splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command: str) -> None:
    assert build_parser().parse_args(shlex.split(command, comments=True)[1:]).handler is not None


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) >= 5


def test_the_least_configuration_is_good(tmp_path: Path) -> None:
    config = tmp_path / "edge-agent.yaml"
    config.write_text(block_with("site: plant-1"), "utf-8")
    settings = load_settings(config)
    assert settings.state_dir == tmp_path / "state"
    assert settings.cameras[0].zones[0].name == "press-danger"


def test_the_event_is_one() -> None:
    event = EventPayload.model_validate_json(block_with('"specversion"').replace("-...", "-0000"))
    assert event.data.rule == "fall"


def test_the_first_command_is_the_demonstration_and_needs_nothing_before() -> None:
    first = next(line.strip() for block in BLOCKS for line in block.splitlines() if line.strip())
    assert first == "sh packaging/demo.sh"
    script = (PROJECT / "packaging" / "demo.sh").read_text("utf-8")
    (extra,) = re.findall(r'setup\.sh" (\S+)', script)
    assert extra in re.findall(r"^(\w+) = \[", (PROJECT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    (command,) = re.findall(r'/bin/edge-agent" (\S+) "\$@"', script)
    assert build_parser().parse_args([command]).handler is not None


@pytest.mark.parametrize("script", re.findall(r"^    sh (\S+)", README, re.MULTILINE))
def test_every_script_is_there(script: str) -> None:
    assert (PROJECT / script).is_file()
