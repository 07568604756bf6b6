"""Bytes that were damaged, on the disk or on the way, end in one of our errors or in nothing at all."""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from signed_repository import SignedRepository
from update_device import Device

from edge_agent.errors import UpdateFailed

SEED = 20_261_121
ODD_VALUES = (None, True, -1, 2**70, 1e308, "", "\ud800", [], {}, [[]], {"": {}}, "2026-13-45T99:99:99Z")


def flipped(raw: bytes, rng: random.Random) -> bytes:
    changed = bytearray(raw)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(3)
    return bytes(changed)


def test_no_flipped_bit_on_the_disk_hinders_a_refresh(device: Device, repo: SignedRepository) -> None:
    rng = random.Random(SEED)
    repo.rotate("timestamp")
    repo.publish()
    device.refresh()
    files = [each for each in device.state.rglob("*") if each.is_file() and not each.is_symlink()]
    assert len(files) == 7
    for file in files:
        whole = file.read_bytes()
        for _ in range(3):
            file.write_bytes(flipped(whole, rng))
            device.refresh()
            assert device.version("timestamp") == 2


@pytest.mark.parametrize("name", ["timestamp.json", "2.root.json", "1.snapshot.json", "1.targets.json"])
def test_no_flipped_bit_on_the_way_is_believed(device: Device, repo: SignedRepository, name: str) -> None:
    rng = random.Random(SEED)
    repo.publish("root")
    path = f"metadata/{name}"
    whole = repo.files[path]
    for _ in range(20):
        repo.files[path] = flipped(whole, rng)
        device.lose_metadata()
        try:
            device.refresh()
        except UpdateFailed:
            continue
        # Only the spelling of a signature can have changed: its digits are hexadecimal in either case.
        assert json.loads(repo.files[path])["signed"] == json.loads(whole)["signed"]


@pytest.mark.parametrize("name", ["timestamp.json", "2.root.json", "1.snapshot.json", "1.targets.json"])
def test_no_odd_value_raises_anything_of_its_own(device: Device, repo: SignedRepository, name: str) -> None:
    rng = random.Random(SEED)
    repo.delegate("group-a", ["groups/*"])
    repo.add("groups/x", b"content")
    repo.publish("root")
    repo.sign("targets")
    path = f"metadata/{name}"
    whole = json.loads(repo.files[path])
    for _ in range(25):
        document = json.loads(json.dumps(whole))
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = rng.choice(keys)
            if not isinstance(place[key], (dict, list)) or not place[key] or rng.random() < 0.2:
                break
            place = place[key]
        place[key] = rng.choice(ODD_VALUES)
        repo.files[path] = json.dumps(document).encode()
        device.lose_metadata()
        with contextlib.suppress(UpdateFailed):
            device.refresh()


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"signed": {}, "signatures": []}']
)
def test_what_is_no_metadata_is_refused(device: Device, repo: SignedRepository, raw: bytes) -> None:
    for name in ("2.root.json", "timestamp.json", "1.snapshot.json"):
        before = repo.files.get(f"metadata/{name}")
        repo.files[f"metadata/{name}"] = raw
        with pytest.raises(UpdateFailed):
            device.refresh()
        device.lose_metadata()
        if before is None:
            del repo.files[f"metadata/{name}"]
        else:
            repo.files[f"metadata/{name}"] = before
