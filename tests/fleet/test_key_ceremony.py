"""The first day: which keys there are, where they lie, and that two people are needed for root."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest
from operator_and_device import Operator
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from edge_agent.fleet.key_files import KeyFiles
from edge_agent.update.issued import issued_s


def test_every_private_key_is_its_owners_alone_and_outside_of_what_is_hosted(tmp_path: Path) -> None:
    operator = Operator(tmp_path / "fleet")
    assert operator.run("init") == 0
    keys = operator.key_files()
    assert sorted(name.split("-")[0] for name in keys) == ["root", "root", "root", "snapshot", "targets", "timestamp"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in keys.values()} == {0o600}
    assert not [file for file in operator.workspace.repository.rglob("*") if b"PRIVATE" in _content(file)]
    assert {file.parent.name for name, file in keys.items() if name.startswith(("root", "targets"))} == {"keys-offline"}


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def test_a_device_trusts_the_first_repository(tmp_path: Path) -> None:
    operator = Operator(tmp_path / "fleet").init()
    assert operator.device(tmp_path / "device").pointer("plant-1") is None
    assert operator.metadata() == ["1.root.json", "1.snapshot.json", "1.targets.json", "timestamp.json"]


def test_keys_are_ed25519_and_root_needs_two_of_three(operator: Operator) -> None:
    root = Metadata[Root].from_file(str(operator.workspace.repository / "metadata" / "1.root.json")).signed
    assert {key.keytype for key in root.keys.values()} == {"ed25519"}
    assert (len(root.roles["root"].keyids), root.roles["root"].threshold) == (3, 2)
    assert root.consistent_snapshot


def test_every_signature_says_when_it_was_made(operator: Operator) -> None:
    """Devices whose clock says 1970 learn from it that it is later."""
    for name in operator.metadata():
        signed = Metadata.from_file(str(operator.workspace.repository / "metadata" / name)).signed
        assert abs(issued_s(signed) - time.time()) < 3600, name


def test_a_directory_that_is_in_use_is_left_alone(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    before = operator.metadata()
    assert operator.run("init") == 1
    assert "is not empty" in capsys.readouterr().err
    assert operator.metadata() == before


def test_one_key_of_root_is_too_few(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    roots = [file for name, file in operator.key_files().items() if name.startswith("root")]
    roots[0].unlink()
    roots[1].unlink()
    before = operator.metadata(), sorted(operator.key_files())
    assert operator.run("rotate-key", "timestamp") == 1
    said = capsys.readouterr().err
    assert "root needs 2 of its 3 keys to sign, and 1 is at hand; nothing was written" in said
    assert roots[0].name.removeprefix("root") in said, "it says which file to bring"
    assert (operator.metadata(), sorted(operator.key_files())) == before, "not even the new key stays"


def test_a_new_key_of_root_does_not_count_towards_its_own_admission(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one former key and the new one, the new root would have its two signatures, and devices refuse it."""
    roots = [file for name, file in operator.key_files().items() if name.startswith("root")]
    roots[0].unlink()
    roots[1].unlink()
    before = operator.metadata(), sorted(operator.key_files())
    assert operator.run("rotate-key", "root", "--key", roots[0].stem.rpartition("-")[2]) == 1
    assert "root needs 2 of its 3 keys to sign, and 1 is at hand" in capsys.readouterr().err
    assert (operator.metadata(), sorted(operator.key_files())) == before


def test_a_root_that_one_thief_signed_is_refused(operator: Operator, tmp_path: Path) -> None:
    directory = operator.workspace.repository / "metadata"
    forged = Metadata[Root].from_file(str(directory / "1.root.json"))
    forged.signed.version = 2
    forged.signed.roles["root"].threshold = 1
    ring = KeyFiles((operator.workspace.offline_keys,))
    (thief, *_) = ring.signers(forged.signed.keys.values())
    forged.sign(thief)
    forged.to_file(str(directory / "2.root.json"))
    with pytest.raises(RepositoryError):
        operator.device(tmp_path / "device").pointer("plant-1")


def test_encrypted_keys_open_with_their_passphrase_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    for file in (right, wrong):
        file.write_text(f"{file.name} horse battery\n")
        file.chmod(0o600)
    operator = Operator(tmp_path / "fleet")
    assert operator.run("init", "--passphrase-file", str(right)) == 0
    offline = list(operator.workspace.offline_keys.iterdir())
    assert len(offline) == 4
    assert all(b"ENCRYPTED" in file.read_bytes() for file in offline)
    assert not any(b"ENCRYPTED" in file.read_bytes() for file in operator.workspace.online_keys.iterdir())
    assert operator.run("add-group", "plant-1", "--passphrase-file", str(wrong)) == 1
    assert operator.run("add-group", "plant-1") == 1
    assert "pass --passphrase-file" in capsys.readouterr().err
    assert operator.run("add-group", "plant-1", "--passphrase-file", str(right)) == 0
    assert operator.run("rotate-key", "targets", "--passphrase-file", str(right)) == 0
    assert operator.run("verify") == 0


def test_a_key_that_others_can_read_is_not_used(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    for name, file in operator.key_files().items():
        if name.startswith("targets"):
            file.chmod(0o644)
    assert operator.run("add-group", "plant-2") == 1
    assert "chmod 600" in capsys.readouterr().err


def test_a_key_under_another_ones_name_is_not_used(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    files = operator.key_files()
    (snapshot,) = (file for name, file in files.items() if name.startswith("snapshot"))
    (timestamp,) = (file for name, file in files.items() if name.startswith("timestamp"))
    snapshot.write_bytes(timestamp.read_bytes())
    assert operator.run("resign", "snapshot") == 1
    assert "another key than its name says" in capsys.readouterr().err


def test_offline_keys_work_from_wherever_they_are_brought(operator: Operator, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    operator.workspace.offline_keys.rename(stick)
    assert operator.run("add-group", "plant-2") == 1
    assert operator.run("add-group", "plant-2", "--keys", str(stick)) == 0
    assert operator.run("publish", "--group", "plant-2", "edge-pose-n", "1.1") == 0, "no offline key is needed"


def test_no_key_is_put_into_the_repository(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("rotate-key", "timestamp", "--to", str(operator.workspace.repository / "targets")) == 1
    assert "which everybody can read" in capsys.readouterr().err


def test_without_a_fleet_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Operator(tmp_path).run("verify") == 1
    assert "edge-agent-fleet init" in capsys.readouterr().err


def test_settings_that_make_no_sense_are_refused(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    file = operator.workspace.settings_file
    document = json.loads(file.read_text())
    document["lifetimes_days"]["timestamp"] = -1
    file.write_text(json.dumps(document))
    assert operator.run("resign") == 1
    assert "lifetimes_days.timestamp" in capsys.readouterr().err
