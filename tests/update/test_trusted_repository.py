"""Only what the repository's keys vouch for."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from securesystemslib.signer import CryptoSigner
from signed_repository import SignedRepository
from tuf.api.metadata import MetaFile, Root, Snapshot, Targets, Timestamp
from update_device import Device, refused

from edge_agent.errors import UpdateRefused


def test_a_refresh_asks_for_each_role_once_and_keeps_it(device: Device) -> None:
    device.refresh()
    asked = ["metadata/2.root.json", "metadata/timestamp.json", "metadata/1.snapshot.json", "metadata/1.targets.json"]
    assert device.server.paths() == asked
    device.server.asked.clear()
    device.refresh()
    assert device.server.paths() == asked[:2]


def test_a_target_is_found_under_the_hash_in_its_name(device: Device, repo: SignedRepository) -> None:
    repo.add("models/a/1/model.tflite", b"weights")
    repo.publish()
    target = device.repository().target("models/a/1/model.tflite")
    assert target.url == f"{device.server.url}/targets/models/a/1/{target.sha256}.model.tflite"
    assert (target.length, target.path) == (7, "models/a/1/model.tflite")


def test_a_group_speaks_only_of_its_own_paths(device: Device, repo: SignedRepository) -> None:
    repo.delegate("group-a", ["groups/a/*"])
    repo.add("groups/a/pointer.json", b"{}", "group-a")
    repo.add("groups/b/pointer.json", b"{}", "group-a")
    repo.publish()
    trusted = device.repository()
    assert trusted.small_target("groups/a/pointer.json", 100) == b"{}"
    with refused("no_artifact"):
        trusted.target("groups/b/pointer.json")


def test_a_star_in_a_delegation_does_not_cross_a_directory(device: Device, repo: SignedRepository) -> None:
    repo.delegate("group-a", ["groups/*"])
    repo.add("groups/a/pointer.json", b"{}", "group-a")
    repo.publish()
    with refused("no_artifact"):
        device.repository().target("groups/a/pointer.json")


def test_a_terminating_delegation_ends_the_search(device: Device, repo: SignedRepository) -> None:
    repo.delegate("first", ["groups/*"], terminating=True)
    repo.delegate("second", ["groups/*"])
    repo.add("groups/x", b"from the second", "second")
    repo.publish()
    with refused("no_artifact"):
        device.repository().target("groups/x")


def test_the_first_of_two_roles_that_know_a_path_is_believed(device: Device, repo: SignedRepository) -> None:
    repo.delegate("first", ["groups/*"], terminating=False)
    repo.delegate("second", ["groups/*"])
    repo.add("groups/x", b"from the first", "first")
    repo.add("groups/x", b"from the second", "second")
    repo.publish()
    assert device.repository().small_target("groups/x", 100) == b"from the first"


def test_more_delegations_than_tuf_visits_end_in_nothing(device: Device, repo: SignedRepository) -> None:
    for number in range(34):
        repo.delegate(f"role-{number}", ["groups/*"], terminating=False)
    repo.add("groups/x", b"in the last", "role-33")
    repo.publish()
    with refused("no_artifact"):
        device.repository().target("groups/x")


@pytest.mark.parametrize("role", [Root.type, Timestamp.type, Snapshot.type, Targets.type])
def test_metadata_of_another_key_is_refused(device: Device, repo: SignedRepository, role: str) -> None:
    device.refresh()
    repo.signers[role] = [CryptoSigner.generate_ed25519()]
    repo.publish(*dict.fromkeys((role, Targets.type, Snapshot.type, Timestamp.type)))
    with refused("signature_invalid"):
        device.refresh()


@pytest.mark.parametrize(("signing", "good"), [(1, False), (2, True), (3, True)])
def test_a_threshold_counts_keys(device: Device, repo: SignedRepository, signing: int, good: bool) -> None:
    signers = [CryptoSigner.generate_ed25519() for _ in range(3)]
    for signer in signers:
        repo.root.add_key(signer.public_key, Targets.type)
    repo.root.roles[Targets.type].threshold = 2
    repo.signers[Targets.type] = signers[:signing]
    repo.publish(Root.type, Targets.type, Snapshot.type, Timestamp.type)
    if good:
        device.refresh()
    else:
        with refused("signature_invalid"):
            device.refresh()


def test_one_key_under_two_names_counts_once(device: Device, repo: SignedRepository) -> None:
    key = repo.signers[Snapshot.type][0].public_key
    repo.root.add_key(type(key)("f" * 64, key.keytype, key.scheme, key.keyval), Snapshot.type)
    repo.root.roles[Snapshot.type].threshold = 2
    twice = json.loads(repo.files["metadata/1.snapshot.json"])
    twice["signatures"].append({**twice["signatures"][0], "keyid": "f" * 64})
    repo.files["metadata/1.snapshot.json"] = json.dumps(twice).encode()
    repo.timestamp.snapshot_meta = MetaFile(1)
    repo.publish(Root.type, Timestamp.type)
    with refused("signature_invalid"):
        device.refresh()


def test_roots_are_followed_one_by_one_to_the_newest(device: Device, repo: SignedRepository) -> None:
    for _ in range(3):
        repo.rotate(Root.type)
    repo.publish()
    device.refresh()
    assert device.version("root") == 4


def test_a_root_that_the_one_before_did_not_sign_is_refused(device: Device, repo: SignedRepository) -> None:
    repo.rotate(Root.type)
    repo.signers[Root.type] = repo.signers[Root.type][:1]
    repo.sign(Root.type)
    with refused("signature_invalid"):
        device.refresh()
    assert device.version("root") == 1


@pytest.mark.parametrize("role", [Timestamp.type, Snapshot.type, Targets.type, Root.type])
def test_expired_metadata_is_refused(device: Device, repo: SignedRepository, role: str) -> None:
    repo.roles[role].expires = repo.now - timedelta(seconds=1)
    repo.publish(*dict.fromkeys((role, Targets.type, Snapshot.type, Timestamp.type)))
    with refused("metadata_expired"):
        device.refresh()


def test_a_repository_that_is_frozen_is_noticed_when_it_expires(device: Device, repo: SignedRepository) -> None:
    device.refresh()
    device.clock.now += timedelta(days=8)
    with refused("metadata_expired"):
        device.refresh()


@pytest.mark.parametrize("role", [Snapshot.type, Targets.type])
def test_metadata_of_another_version_than_announced_is_refused(
    device: Device, repo: SignedRepository, role: str
) -> None:
    old = repo.files[f"metadata/1.{role}.json"]
    repo.publish()
    repo.files[f"metadata/2.{role}.json"] = old
    with pytest.raises(UpdateRefused):
        device.refresh()
    assert not (device.state / "metadata" / "targets.json").exists()


def test_metadata_that_was_changed_on_the_way_is_refused(device: Device, repo: SignedRepository) -> None:
    content = repo.files["metadata/timestamp.json"]
    repo.files["metadata/timestamp.json"] = content.replace(b'"version":1}', b'"version":9}')
    with refused("signature_invalid"):
        device.refresh()
    repo.files["metadata/timestamp.json"] = content[:-20]
    with refused("signature_invalid"):
        device.refresh()


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../b", "a//b", "", "a\\b", "a\0b", "."])
def test_a_path_that_leads_out_of_its_directory_is_nothing_that_is_asked_for(device: Device, path: str) -> None:
    with refused("no_artifact"):
        device.repository().target(path)
    assert device.server.asked == []


def test_a_small_target_that_is_not_what_was_signed_is_refused(device: Device, repo: SignedRepository) -> None:
    repo.add("groups/a", b"signed")
    repo.publish()
    trusted = device.repository()
    path = trusted.target("groups/a").url.removeprefix(f"{device.server.url}/")
    for other, reason in (
        (b"SIGNED", "length_or_hash"),
        (b"signed and more", "length_or_hash"),
        (b"sig", "length_or_hash"),
    ):
        repo.files[path] = other
        with refused(reason):
            trusted.small_target("groups/a", 100)
    with refused("length_or_hash"):
        trusted.small_target("groups/a", 5)
