"""What was obeyed stays known, whatever happens to the clock and the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from signers import NOW, JudgingDevice, envelope, signed

from edge_agent.command.ledger import StoredConfig

Build = Callable[..., JudgingDevice]


def test_a_clock_that_goes_back_does_not_make_an_old_command_new(device: Build) -> None:
    one = device()
    assert one.reason(signed(envelope())) == "obeyed"
    one.clock.pass_s(200.0)
    assert one.reason(signed(envelope(cmd_id="id-00000002", iat=NOW + 200, exp=NOW + 260))) == "obeyed", "forgets"
    one.clock.wall = NOW + 10.0
    assert one.reason(signed(envelope())) == "stale"


def test_a_ledger_that_was_lost_refuses_what_was_issued_before_it(device: Build, tmp_path: Path) -> None:
    one, good = device(), signed(envelope())
    assert one.reason(good) == "obeyed"
    one.ledger.close()
    (tmp_path / "commands.sqlite").unlink()
    one.clock.pass_s(5.0)
    one.restart()
    assert one.reason(good) == "stale"
    assert one.reason(signed(envelope(cmd_id="id-00000002", iat=NOW + 5))) == "obeyed"


@pytest.mark.parametrize("damage", [b"not a database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_ledger_is_moved_aside_and_refuses_what_was_issued_before(
    device: Build, tmp_path: Path, damage: bytes
) -> None:
    one, good = device(), signed(envelope())
    assert one.reason(good) == "obeyed"
    one.ledger.close()
    (tmp_path / "commands.sqlite").write_bytes(damage)
    one.clock.pass_s(5.0)
    one.restart()
    assert one.reason(good) == "stale"
    assert (tmp_path / "commands.damaged").exists()


def test_the_floor_of_a_new_ledger_is_when_it_was_made_though_the_time_came_later(device: Build) -> None:
    one = device()
    one.clock.synced = False
    one.clock.wall = 50.0
    one.ledger.close()
    one.restart()
    one.clock.pass_s(100.0)
    one.clock.wall, one.clock.synced = NOW + 100.0, True
    assert one.reason(signed(envelope(iat=NOW - 1, exp=NOW + 101))) == "stale"
    assert one.reason(signed(envelope(iat=NOW + 1, exp=NOW + 101))) == "obeyed"


def test_a_disk_that_takes_nothing_means_that_nothing_is_obeyed_until_it_does(device: Build, tmp_path: Path) -> None:
    one = device()
    one.ledger.close()
    aside = tmp_path.with_name(tmp_path.name + "-aside")
    tmp_path.rename(aside)
    one.restart()
    assert one.reason(signed(envelope())) == "state_unavailable"
    aside.rename(tmp_path)
    assert one.reason(signed(envelope())) == "obeyed"


def test_a_full_ledger_refuses(device: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.command.ledger._MAX_SEEN", 2)
    one = device()
    reasons = [one.reason(signed(envelope(cmd_id=f"id-{number:08}"))) for number in range(3)]
    assert reasons == ["obeyed", "obeyed", "state_unavailable"]


def test_the_configuration_survives(device: Build) -> None:
    one = device()
    assert one.ledger.config() == StoredConfig(0, "{}", 0)
    one.ledger.store_config(StoredConfig(7, '{"score": 0.5}', 1))
    one.ledger.close()
    one.restart()
    assert one.ledger.config() == StoredConfig(7, '{"score": 0.5}', 1)
