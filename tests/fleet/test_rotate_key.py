"""Every key can be replaced, whether the former one is there or lost, and every device follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from operator_and_device import Operator
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata

from edge_agent.fleet.key_files import KeyFiles

ROLES = ("root", "targets", "snapshot", "timestamp", "group-plant-1")


def rotate(operator: Operator, role: str, *, lost: bool) -> list[Path]:
    """Replace a key of a role; the former key's file, moved away."""
    former = next(file for name, file in operator.key_files().items() if name.startswith(f"{role}-"))
    kept = operator.workspace.root / "stolen" / former.name
    kept.parent.mkdir()
    content = former.read_bytes()
    if lost:
        former.unlink()
    assert operator.run("rotate-key", role, "--key", former.stem.rpartition("-")[2]) == 0
    kept.write_bytes(content)
    kept.chmod(0o600)
    former.unlink(missing_ok=True)
    return [kept]


@pytest.mark.parametrize("lost", [False, True], ids=["there", "lost"])
@pytest.mark.parametrize("role", ROLES)
def test_devices_follow_a_new_key(operator: Operator, tmp_path: Path, role: str, lost: bool) -> None:
    old = operator.device(tmp_path / "old")
    assert old.follow("plant-1") == (1, "model 1.0")
    rotate(operator, role, lost=lost)
    assert operator.run("publish", "--group", "plant-1", "edge-pose-n", "1.1") == 0
    assert old.follow("plant-1") == (2, "model 1.1"), "a device that was there before"
    assert operator.device(tmp_path / "new").follow("plant-1") == (2, "model 1.1"), "a device that comes later"
    assert operator.run("verify") == 0


@pytest.mark.parametrize("role", ["targets", "snapshot", "timestamp", "group-plant-1"])
def test_what_the_former_key_signs_is_refused(operator: Operator, tmp_path: Path, role: str) -> None:
    device = operator.device(tmp_path / "device")
    device.follow("plant-1")
    with operator.bench() as bench:
        (former,) = bench.edition.keys(role)[0]
    stolen = rotate(operator, role, lost=False)
    (thief,) = KeyFiles([stolen[0].parent]).signers([former])
    directory = operator.workspace.repository / "metadata"
    with operator.bench() as bench:
        file = bench.files.metadata_path(role, bench.edition.metadata(role).signed.version)
    forged = Metadata.from_file(str(file))
    forged.sign(thief)
    forged.to_file(str(directory / file.name))
    with pytest.raises(RepositoryError):
        operator.device(tmp_path / "another").follow("plant-1")


def test_a_device_that_slept_through_many_rotations_follows(operator: Operator, tmp_path: Path) -> None:
    device = operator.device(tmp_path / "device")
    device.follow("plant-1")
    for role in ("timestamp", "snapshot", "targets", "timestamp", "group-plant-1"):
        assert operator.run("rotate-key", role) == 0
    for _ in range(3):  # every key of root was another one in the end
        with operator.bench() as bench:
            oldest = bench.edition.keys("root")[0][0].keyid[:8]
        assert operator.run("rotate-key", "root", "--key", oldest) == 0
    assert device.follow("plant-1") == (1, "model 1.0")


def test_root_asks_which_of_its_keys(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("rotate-key", "root") == 1
    assert "name the one to replace with --key" in capsys.readouterr().err


def test_an_unknown_role_is_named_with_those_that_there_are(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.run("rotate-key", "mirror") == 1
    assert "root, targets, snapshot, timestamp, group-plant-1" in capsys.readouterr().err
