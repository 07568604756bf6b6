"""How the command ends, for the unit that starts it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_agent.cli import provision_command
from edge_agent.cli.main import main


def test_a_disk_that_does_not_take_it_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: object, **options: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "umask", lambda mask: mask)
    monkeypatch.setattr(provision_command, "_provision", full)
    assert main(["provision", "--from", str(tmp_path)]) == os.EX_IOERR
    assert "the device's own disk: No space left on device" in capsys.readouterr().out
