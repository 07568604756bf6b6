"""`edge-agent command`, from a new key to a command that a device obeys."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml

from edge_agent.cli.main import main
from edge_agent.clock import SystemClock
from edge_agent.command.bytes_to_command import BytesToCommand
from edge_agent.command.bytes_to_config import BytesToConfig
from edge_agent.command.command_settings import CommandSettings, KeySettings
from edge_agent.command.gate import Gate, Place
from edge_agent.command.ledger import CommandLedger


class Synced(SystemClock):
    def synchronised(self) -> bool:
        return True


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, CommandSettings]:
    file = tmp_path / "desk.key"
    assert main(["command", "keygen", str(file), "--kid", "desk"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)["commands"]["keys"][0]
    allowed = KeySettings(kid=printed["kid"], public_key=printed["public_key"], allow=("snooze", "identify", "config"))
    return file, CommandSettings(keys=(allowed,))


def test_a_signed_command_is_obeyed(
    key: tuple[Path, CommandSettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, settings = key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    words = ["sign", "--key", str(file), "--kid", "desk", "--aud", "plant-1/dev-1", "snooze"]
    ledger = CommandLedger(tmp_path / "commands.sqlite", Synced())
    ledger.open()
    assert main(["command", *words, "zone=press", "seconds=60", "reason=maintenance"]) == 0
    signed = capsys.readouterr().out.encode()
    judge = BytesToCommand(settings, Gate(settings, Place("plant-1", "dev-1"), Synced()), ledger, Synced())
    command = judge("snooze", signed, retained=False)
    ledger.close()
    assert command.arguments.model_dump()["seconds"] == 60


def test_a_signed_configuration_is_taken(
    key: tuple[Path, CommandSettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, settings = key
    document = tmp_path / "zones.json"
    document.write_text(json.dumps({"score": 0.5}))
    words = ["--key", str(file), "--kid", "desk", "--aud", "plant-1/dev-1", "--version", "3"]
    assert main(["command", "config", *words, str(document)]) == 0
    gate = Gate(settings, Place("plant-1", "dev-1"), Synced())
    desired = BytesToConfig(gate)(capsys.readouterr().out.encode())
    assert (desired.version, desired.document) == (3, {"score": 0.5})


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["sign", "dance"], "no such command"),
        (["sign", "snooze", "zone=press"], "seconds: Field required"),
        (["sign", "snooze", "zone=press", "seconds=1", "reason=a", "colour=red"], "snooze: "),
        (["config", "--version", "1", "absent.json"], "absent.json"),
    ],
)
def test_what_cannot_be_signed_is_said_in_one_line(
    key: tuple[Path, CommandSettings], capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    signer = ["--key", str(key[0]), "--kid", "desk", "--aud", "plant-1/dev-1"]
    assert main(["command", words[0], *signer, *words[1:]]) == 1
    assert complaint in capsys.readouterr().err


def test_a_key_that_others_may_read_and_one_that_is_none_are_refused(
    key: tuple[Path, CommandSettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--kid", "desk", "--aud", "plant-1/dev-1", "identify"]
    key[0].chmod(0o644)
    assert main(["command", "sign", "--key", str(key[0]), *words]) == 1
    assert "chmod 600" in capsys.readouterr().err
    none = tmp_path / "none.key"
    none.write_text("nothing")
    none.chmod(0o600)
    assert main(["command", "sign", "--key", str(none), *words]) == 1
    assert "PEM" in capsys.readouterr().err
    assert main(["command", "keygen", str(none), "--kid", "desk"]) == 1, "an existing file is never overwritten"
