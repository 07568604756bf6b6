"""Nothing older than what was seen, even when the metadata that was seen is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from odd_server import say
from signed_repository import SignedRepository
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp
from update_device import Device, refused

from edge_agent.errors import UpdateDelayed


def test_an_older_repository_is_refused_while_the_metadata_is_there(device: Device, repo: SignedRepository) -> None:
    old = dict(repo.files)
    repo.publish()
    device.refresh()
    device.server.files = old
    with refused("rollback_refused"):
        device.refresh()


@pytest.mark.parametrize("lost", [("timestamp",), ("timestamp", "snapshot"), ("timestamp", "snapshot", "targets")])
def test_an_older_repository_is_refused_when_local_metadata_was_lost(
    device: Device, repo: SignedRepository, lost: tuple[str, ...]
) -> None:
    old = dict(repo.files)
    repo.publish()
    device.refresh()
    device.server.files = old
    for role in lost:
        (device.state / "metadata" / f"{role}.json").unlink()
    with refused("rollback_refused"):
        device.refresh()
    with refused("rollback_refused"):  # and again, with what the first try may have left
        device.refresh()
    device.server.files = repo.files
    device.refresh()
    assert device.version("timestamp") == 2


def test_an_older_repository_is_refused_when_all_metadata_was_lost(device: Device, repo: SignedRepository) -> None:
    repo.rotate(Root.type)
    old = dict(repo.files)
    repo.publish()
    device.refresh()
    device.lose_metadata()
    device.server.files = old
    with refused("rollback_refused"):
        device.refresh()


def test_an_older_root_is_refused_when_all_metadata_was_lost(device: Device, repo: SignedRepository) -> None:
    old = dict(repo.files)
    repo.rotate(Timestamp.type)
    repo.publish()
    device.refresh()
    device.lose_metadata()
    device.server.files = old  # its keys would forgive everything
    with refused("rollback_refused"):
        device.refresh()


@pytest.mark.parametrize("copy", [1, 2])
@pytest.mark.parametrize("how", ["removed", "emptied", "cut", "flipped", "not ours"])
def test_either_copy_of_the_floors_is_enough(device: Device, repo: SignedRepository, copy: int, how: str) -> None:
    old = dict(repo.files)
    repo.publish()
    device.refresh()
    path = device.state / "floors" / f"floors-{copy}.twin"
    whole = path.read_bytes()
    damage: dict[str, Callable[[], object]] = {
        "removed": path.unlink,
        "emptied": lambda: path.write_bytes(b""),
        "cut": lambda: path.write_bytes(whole[:-3]),
        "flipped": lambda: path.write_bytes(whole[:-9] + bytes((whole[-9] ^ 1,)) + whole[-8:]),
        "not ours": lambda: path.write_bytes(b"\xff\x00" * 50),
    }
    damage[how]()
    device.lose_metadata()
    device.server.files = old
    with refused("rollback_refused"):
        device.refresh()
    assert path.read_bytes().split(b"\n", 1)[1] == whole.split(b"\n", 1)[1]


def test_floors_that_are_lost_are_made_anew_from_the_metadata(device: Device, repo: SignedRepository) -> None:
    old = dict(repo.files)
    repo.publish()
    device.refresh()
    shutil.rmtree(device.state / "floors")
    device.server.odd["metadata/timestamp.json"] = [say(503)]
    with refused("network", UpdateDelayed):
        device.refresh()
    device.server.odd.clear()
    device.lose_metadata()
    device.server.files = old
    with refused("rollback_refused"):
        device.refresh()


def test_what_was_seen_of_a_refresh_that_failed_counts(device: Device, repo: SignedRepository) -> None:
    old = dict(repo.files)
    repo.publish()
    del repo.files["metadata/2.targets.json"]
    with refused("http_4xx"):
        device.refresh()
    device.lose_metadata()
    device.server.files = old
    with refused("rollback_refused"):
        device.refresh()


@pytest.mark.parametrize("lose", [False, True])
def test_new_keys_of_the_timestamp_end_a_fast_forward(device: Device, repo: SignedRepository, lose: bool) -> None:
    repo.timestamp.version = 2**31
    repo.sign(Timestamp.type)
    device.refresh()
    repo.rotate(Timestamp.type)
    repo.timestamp.version = 1
    repo.publish(Timestamp.type)
    if lose:
        device.lose_metadata()
    device.refresh()
    assert device.version("timestamp") == 2


def test_new_keys_of_snapshot_and_timestamp_end_a_fast_forward_of_snapshot_and_targets(
    device: Device, repo: SignedRepository
) -> None:
    repo.snapshot.version = repo.targets.version = 99_999
    for role in (Targets.type, Snapshot.type):
        repo.sign(role)
    repo.publish(Timestamp.type)
    device.refresh()
    for role in (Snapshot.type, Timestamp.type):
        repo.rotate(role)
    repo.snapshot.version = repo.targets.version = 1
    repo.publish()
    device.refresh()
    assert (device.version("snapshot"), device.version("targets")) == (2, 2)


def test_another_root_with_the_same_keys_forgives_nothing(device: Device, repo: SignedRepository) -> None:
    repo.publish()
    repo.publish()
    device.refresh()
    repo.rotate(Targets.type)
    repo.timestamp.version = repo.snapshot.version = 1
    repo.publish()
    device.lose_metadata()
    with refused("rollback_refused"):
        device.refresh()


def test_a_delegated_role_may_not_fall_either(device: Device, repo: SignedRepository) -> None:
    repo.delegate("group-a", ["groups/a/*"])
    repo.publish()
    repo.publish("group-a", Snapshot.type, Timestamp.type)
    device.refresh()
    repo.roles["group-a"].version = 0
    repo.publish("group-a", Snapshot.type, Timestamp.type)
    device.lose_metadata()
    with refused("rollback_refused"):
        device.refresh()


def test_another_trusted_root_begins_anew_where_its_keys_are_others(
    device: Device, repo: SignedRepository, caplog: pytest.LogCaptureFixture
) -> None:
    """Two keys of root are stolen: the operator begins with `init`, and brings the new root by hand."""
    repo.rotate(Root.type)
    repo.publish()
    device.refresh()
    new = SignedRepository()
    device.server.files, device.root = new.files, new.trusted_root
    device.refresh()
    assert "another file than before" in caplog.text
    caplog.clear()
    device.refresh()
    assert caplog.text == ""
    former = dict(new.files)
    new.publish()
    device.refresh()
    device.server.files = former
    device.lose_metadata()
    with refused("rollback_refused"):
        device.refresh()


def test_another_trusted_root_with_the_same_keys_forgives_nothing(device: Device, repo: SignedRepository) -> None:
    repo.rotate(Root.type)
    old = dict(repo.files)
    repo.publish(Timestamp.type)
    device.refresh()
    device.root = repo.files["metadata/2.root.json"]
    device.server.files = old
    device.lose_metadata()
    with refused("rollback_refused"):
        device.refresh()
