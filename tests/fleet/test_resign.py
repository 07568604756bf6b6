"""The timer renews what ends soon with the online keys alone, and says in time what it cannot renew."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from operator_and_device import Operator

from edge_agent.fleet.edition import read_edition
from edge_agent.fleet.repository_files import RepositoryFiles


@pytest.fixture
def unattended(operator: Operator, tmp_path: Path) -> Operator:
    """The offline keys are in the safe."""
    operator.workspace.offline_keys.rename(tmp_path / "safe")
    return operator


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> datetime:
    now = datetime.now(timezone.utc) + timedelta(days=days)
    monkeypatch.setattr("edge_agent.fleet.bench.utc_now", lambda: now)
    return now


def expiry(operator: Operator, role: str) -> datetime:
    return read_edition(RepositoryFiles(operator.workspace.repository)).metadata(role).signed.expires


def test_what_is_good_for_long_enough_is_left_alone(unattended: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    before = unattended.metadata()
    assert unattended.run("resign") == 0
    assert "nothing" in capsys.readouterr().out
    assert unattended.metadata() == before


@pytest.mark.parametrize(
    ("days", "renewed"),
    [
        (4, ["timestamp"]),
        (16, ["snapshot", "timestamp"]),
        (50, ["group-plant-1", "snapshot", "timestamp"]),
    ],
)
def test_it_renews_what_ends_soon_and_nothing_else(
    unattended: Operator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    days: int,
    renewed: list[str],
) -> None:
    now = later(monkeypatch, days)
    assert unattended.run("resign", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"renewed": renewed, "left": []}
    assert expiry(unattended, "timestamp") > now + timedelta(days=6)
    assert unattended.run("resign", "--json") == 0, "and is then done"
    assert json.loads(capsys.readouterr().out)["renewed"] == []


def test_what_needs_an_offline_key_is_said_months_before(
    unattended: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    later(monkeypatch, 260)
    assert unattended.run("resign") == 1, "so that the timer's unit fails, and somebody looks"
    said = capsys.readouterr().err
    assert "root expires in 105.0 days: bring its key" in said
    assert "targets expires in 105.0 days" in said
    assert expiry(unattended, "timestamp") > datetime.now(timezone.utc) + timedelta(days=260)


def test_offline_roles_are_renewed_by_name(
    unattended: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = later(monkeypatch, 260)
    assert unattended.run("resign", "root", "targets", "--keys", str(tmp_path / "safe")) == 0
    assert expiry(unattended, "root") > now + timedelta(days=364)
    assert expiry(unattended, "targets") > now + timedelta(days=364)
    assert unattended.device(tmp_path / "device").follow("plant-1") == (1, "model 1.0")


def test_the_timer_never_asks_for_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the encrypted offline keys were left on the machine."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse")
    passphrase.chmod(0o600)
    operator = Operator(tmp_path / "fleet")
    assert operator.run("init", "--passphrase-file", str(passphrase)) == 0
    later(monkeypatch, 4)
    assert operator.run("resign") == 0


def test_after_everything_ran_out_it_is_still_renewed(unattended: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    now = later(monkeypatch, 100)
    assert unattended.run("resign") == 0
    assert expiry(unattended, "snapshot") > now
