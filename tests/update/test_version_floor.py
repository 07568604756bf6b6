"""A floor rises with what was seen, and falls only with the keys."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner, Key
from tuf.api.metadata import MetaFile, Root, Snapshot, Timestamp

from edge_agent.update.held_metadata import HeldMetadata, Vouched, fingerprint
from edge_agent.update.version_floor import VersionFloor

KEYS = [CryptoSigner.generate_ed25519().public_key for _ in range(4)]
EXPIRES = datetime.now(timezone.utc) + timedelta(days=1)

versions = st.integers(1, 5)


def held(root: int, timestamp: int, snapshot: int, group: int, key: Key = KEYS[0]) -> HeldMetadata:
    trusted = Root(version=root, expires=EXPIRES)
    for role in (Timestamp.type, Snapshot.type):
        trusted.add_key(key, role)
    signers = frozenset({fingerprint(key)})
    listed = Snapshot(version=snapshot, expires=EXPIRES, meta={"group.json": MetaFile(group)})
    return HeldMetadata(
        trusted, Vouched(Timestamp(version=timestamp, expires=EXPIRES), signers), Vouched(listed, signers), None
    )


@given(seen=st.lists(st.tuples(versions, versions, versions, versions), min_size=1), offered=st.tuples(*[versions] * 4))
def test_with_the_same_keys_nothing_below_the_highest_passes(
    seen: list[tuple[int, int, int, int]], offered: tuple[int, int, int, int]
) -> None:
    floor = VersionFloor()
    for each in seen:
        if floor.fallen(held(*each)) is None:
            floor = floor.raised(held(*each))
    highest = (floor.root_version, floor.timestamp.version, floor.snapshot.version, floor.meta["group.json"])
    fell = any(now < before for now, before in zip(offered, highest, strict=True))
    assert (floor.fallen(held(*offered)) is not None) == fell


@given(seen=st.tuples(*[versions] * 4), later=st.tuples(*[versions] * 4))
def test_what_is_below_never_lowers_it(seen: tuple[int, int, int, int], later: tuple[int, int, int, int]) -> None:
    floor = VersionFloor().raised(held(*seen))
    after = floor.raised(held(*later))
    assert after.root_version >= floor.root_version
    assert after.timestamp.version >= floor.timestamp.version
    assert after.snapshot.version >= floor.snapshot.version
    assert after.meta["group.json"] >= floor.meta["group.json"]


def test_other_keys_begin_anew_but_never_under_an_older_root() -> None:
    floor = VersionFloor().raised(held(2, 9, 9, 9))
    assert floor.fallen(held(3, 1, 1, 1, KEYS[1])) is None
    assert floor.raised(held(3, 1, 1, 1, KEYS[1])).timestamp.version == 1
    assert "root" in (floor.fallen(held(1, 9, 9, 9, KEYS[1])) or "")
    assert floor.raised(held(1, 1, 1, 1, KEYS[1])) == floor


def test_a_role_that_the_snapshot_no_longer_lists_keeps_its_floor() -> None:
    floor = VersionFloor().raised(held(1, 1, 1, 7))
    without = held(1, 2, 2, 1)
    assert without.snapshot is not None
    without.snapshot.signed.meta.clear()
    assert floor.raised(without).meta["group.json"] == 7
