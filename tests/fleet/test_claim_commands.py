"""The commands of an operator who gives devices their certificates."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from claim_bench import DEVICE, real_now, signed_request

from edge_agent.errors import FleetError
from edge_agent.fleet.claim_authority import read_authority
from edge_agent.fleet.claim_desk import ClaimDesk
from edge_agent.fleet.claim_place import ClaimPlace
from edge_agent.fleet.main import main


def run(root: Path, *arguments: str) -> int:
    return main(["claim", arguments[0], "--fleet", str(root), *arguments[1:]])


def test_the_commands_of_an_operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "fleet"
    assert run(root, "invite", DEVICE) == 1
    assert "make one with `edge-agent-fleet claim init`" in capsys.readouterr().err
    assert run(root, "init") == 0
    assert run(root, "init") == 1
    capsys.readouterr()
    assert run(root, "invite", DEVICE) == 0
    token = capsys.readouterr().out.strip()
    assert len(token) >= 43
    assert run(root, "approve", DEVICE) == 1
    assert "has asked for nothing yet" in capsys.readouterr().err
    asked = signed_request()
    desk = ClaimDesk(ClaimPlace(root), read_authority(ClaimPlace(root), lambda file: b""), by_hand=True)
    assert desk.enrol(DEVICE, token, asked, real_now()).status == 202
    assert row(root, capsys)["state"] == "waits"
    assert run(root, "approve", DEVICE) == 0
    assert row(root, capsys)["state"] == "approved"
    assert desk.enrol(DEVICE, token, asked, real_now()).status == 200
    assert row(root, capsys)["state"] == "has one"
    assert run(root, "broker", "--host", "broker.example", "--host", "10.0.0.7", "--to", str(tmp_path / "b")) == 0
    assert run(root, "broker", "--host", "broker.example", "--to", str(tmp_path / "b")) == 1
    assert stat.S_IMODE((tmp_path / "b" / "broker.key").stat().st_mode) == 0o600
    assert run(root, "forget", DEVICE) == 0
    assert run(root, "invite", "no-site") == 1
    assert run(root, "list") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "--name", ""),
        ("init", "--name", "n" * 70),
        ("init", "--name", "a\nb"),
        *(("invite", DEVICE, "--days", days) for days in ("nan", "1e9", "-5", "0", "x")),
        *(("serve", "--host", "h", "--days", days) for days in ("0", "5000000", "1.5")),
        *(("serve", "--host", "h", "--port", port) for port in ("99999", "-1", "x")),
        *(("serve", "--host", "h", "--retry-after", seconds) for seconds in ("-1", "0", "100000")),
    ],
)
def test_an_argument_out_of_bounds_is_told_and_nothing_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, *arguments)
    assert ended.value.code == 2
    assert f"argument {arguments[-2]}: {arguments[-1]!r} is no" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "größe.example"), "is no name and no address of a host"),
        (("--host", "\u212aelvin.example"), "is no name and no address of a host"),
        (("--host", "h", "--address", "a" * 70), "name another --address or --port"),
    ],
)
def test_a_host_that_can_be_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert run(tmp_path, "init") == 0
    assert run(tmp_path, "serve", "--port", "0", *arguments) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("left", ["ca.key", "ca.pem"])
def test_half_an_authority_is_named_by_every_command_with_a_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], left: str
) -> None:
    assert run(tmp_path, "init") == 0
    for file in (tmp_path / "claims").iterdir():
        if file.name != left:
            file.unlink()
    for arguments in (("init",), ("serve", "--host", "h"), ("broker", "--host", "h")):
        assert run(tmp_path, *arguments) == 1
        error = capsys.readouterr().err
        assert f"{left} is there without ca." in error
        assert f"delete {left} and make the authority anew" in error
    (tmp_path / "claims" / left).unlink()
    assert run(tmp_path, "init") == 0


def row(root: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert run(root, "list", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["devices"]
    return dict(found)


def test_an_encrypted_authority_needs_its_passphrase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "passphrase"
    secret.touch(0o600)
    secret.write_text("correct horse\n")
    root = tmp_path / "fleet"
    assert run(root, "init", "--passphrase-file", str(secret)) == 0
    place = ClaimPlace(root)
    assert b"ENCRYPTED" in place.ca_key.read_bytes()
    assert read_authority(place, lambda file: b"correct horse").device_days == 365
    with pytest.raises(FleetError, match="not with this passphrase"):
        read_authority(place, lambda file: b"wrong")
    place.ca_key.chmod(0o640)
    with pytest.raises(FleetError, match="others may read this private key"):
        read_authority(place, lambda file: b"correct horse")
