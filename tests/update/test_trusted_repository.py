"""Only what the repository's keys vouch for, and nothing older than what was seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from odd_server import OddServer, cut, drip, lie, odd_server, redirect, say
from securesystemslib.signer import CryptoSigner
from signed_repository import SignedRepository
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from edge_agent.errors import UpdateDelayed, UpdateFailed, UpdateRefused
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.floors import Floors
from edge_agent.update.http_fetch import HttpFetch, HttpSettings
from edge_agent.update.trusted_repository import TrustedRepository

HTTP = HttpFetch(settings=HttpSettings(backoff_base_s=0.001, backoff_cap_s=0.002))
LIMITS = DownloadLimits(total_s=20.0, gap_s=2.0, window_s=0.3, min_rate_bytes_s=200.0, tries=3)


@dataclass
class WallClock:
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def monotonic_s(self) -> float:
        return 0.0

    def wall_s(self) -> float:
        return self.now.timestamp()

    def synchronised(self) -> bool:
        return False


@dataclass
class Device:
    state: Path
    server: OddServer
    root: bytes
    clock: WallClock = field(default_factory=WallClock)

    def repository(self) -> TrustedRepository:
        """As after a restart."""
        return TrustedRepository(
            metadata_dir=self.state / "metadata",
            metadata_url=f"{self.server.url}/metadata",
            target_url=f"{self.server.url}/targets",
            trusted_root=self.root,
            fetcher=HTTP,
            floors=Floors(self.state / "floors", self.clock),
            limits=LIMITS,
        )

    def refresh(self) -> None:
        self.repository().refresh()

    def version(self, role: str) -> int:
        version = json.loads((self.state / "metadata" / f"{role}.json").read_bytes())["signed"]["version"]
        assert isinstance(version, int)
        return version

    def lose_metadata(self) -> None:
        shutil.rmtree(self.state / "metadata")


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as server:
        yield server


@pytest.fixture
def repo(server: OddServer) -> SignedRepository:
    repo = SignedRepository()
    server.files = repo.files
    return repo


@pytest.fixture
def device(tmp_path: Path, server: OddServer, repo: SignedRepository) -> Device:
    return Device(tmp_path, server, repo.trusted_root)


def refused(reason: str, kind: type[UpdateFailed] = UpdateRefused) -> Refused:
    return Refused(reason, kind)


class Refused:
    def __init__(self, reason: str, kind: type[UpdateFailed]) -> None:
        self._reason, self._raises = reason, pytest.raises(kind)

    def __enter__(self) -> None:
        self._info = self._raises.__enter__()

    def __exit__(self, *what: object) -> bool:
        swallowed = bool(self._raises.__exit__(*what))  # type: ignore[arg-type]
        assert self._info.value.reason == self._reason, self._info.value
        return swallowed


# What the signatures say.


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


# What was seen.


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


# What the clock says.


def test_a_clock_in_1970_accepts_nothing(device: Device, repo: SignedRepository) -> None:
    device.clock.now = datetime(1970, 1, 1, 0, 5, tzinfo=timezone.utc)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()
    assert device.server.asked == []


def test_a_clock_behind_what_was_signed_is_not_believed(device: Device, repo: SignedRepository) -> None:
    device.clock.now -= timedelta(days=30)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()
    device.clock.now = repo.now
    device.refresh()


def test_a_clock_that_lags_by_minutes_is_forgiven(device: Device, repo: SignedRepository) -> None:
    device.clock.now = repo.now - timedelta(minutes=30)
    device.refresh()


def test_stale_metadata_is_refused_when_the_clock_falls_behind_what_was_seen(
    device: Device, repo: SignedRepository
) -> None:
    repo.now += timedelta(days=20)
    repo.timestamp.expires = repo.now + timedelta(days=7)
    repo.publish(Timestamp.type)
    device.clock.now = repo.now
    with refused("metadata_expired"):  # the root and the others hold for a week
        device.refresh()
    device.clock.now = repo.now - timedelta(days=20)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()


def test_a_clock_in_2040_finds_everything_expired(device: Device) -> None:
    device.clock.now = datetime(2040, 1, 1, tzinfo=timezone.utc)
    with refused("metadata_expired"):
        device.refresh()


def test_a_clock_that_had_jumped_ahead_blocks_nothing_later(device: Device, repo: SignedRepository) -> None:
    device.clock.now += timedelta(days=5)
    device.refresh()
    device.clock.now -= timedelta(days=5)
    device.refresh()


def test_a_timestamp_dated_ahead_is_mended_by_the_next(device: Device, repo: SignedRepository) -> None:
    day = repo.now
    repo.now += timedelta(days=400)
    repo.publish(Timestamp.type)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()
    repo.now = day
    repo.publish(Timestamp.type)
    device.refresh()


# What the network does.


@pytest.mark.parametrize(
    ("behaviour", "reason", "kind"),
    [
        (say(404), "http_4xx", UpdateRefused),
        (say(403), "http_4xx", UpdateRefused),
        (say(500), "network", UpdateDelayed),
        (say(304), "network", UpdateDelayed),
        (redirect("/metadata/timestamp.json"), "network", UpdateRefused),
        (cut(10), "network", UpdateDelayed),
        (drip, "too_slow", UpdateDelayed),
        (lie(10_000_000, b"x"), "length_or_hash", UpdateRefused),
        (lie(None, b"x" * 20_000), "length_or_hash", UpdateRefused),
    ],
)
def test_a_bad_server_has_a_reason(
    device: Device, behaviour: Callable[..., None], reason: str, kind: type[UpdateFailed]
) -> None:
    device.server.odd["metadata/timestamp.json"] = [behaviour]
    with refused(reason, kind):
        device.refresh()


def test_a_server_that_is_away_has_a_reason(device: Device) -> None:
    device.server.server_close()
    with refused("network", UpdateDelayed):
        device.refresh()


def test_5xx_and_cuts_are_tried_again(device: Device) -> None:
    device.server.odd["metadata/timestamp.json"] = [say(503), cut(5), lambda handler, content: _serve(handler, content)]
    device.refresh()
    assert device.server.paths().count("metadata/timestamp.json") == 3


def test_a_metadata_directory_that_cannot_be_written_has_a_reason(device: Device) -> None:
    (device.state / "metadata").write_text("not a directory")
    with refused("disk_full", UpdateDelayed):
        device.refresh()


def test_metadata_on_disk_that_is_damaged_is_fetched_anew(device: Device) -> None:
    device.refresh()
    for role in ("timestamp", "snapshot", "targets"):
        (device.state / "metadata" / f"{role}.json").write_bytes(b"\0" * 100)
    device.refresh()
    assert Metadata.from_file(str(device.state / "metadata" / "targets.json")).signed.version == 1


def _serve(handler: object, content: bytes) -> None:
    from odd_server import serve

    serve(handler, content)  # type: ignore[arg-type]
