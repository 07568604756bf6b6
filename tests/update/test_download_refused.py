"""A bad server or a full disk leaves nothing under a target's name."""

from __future__ import annotations

import resource
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from download_place import CONTENT, HTTP, LIMITS, PATH, cancel_at, files
from odd_server import Behaviour, OddServer, announce, drip, lie, redirect, say, silent
from update_device import refused

from edge_agent.errors import TransferRefused, UpdateDelayed, UpdateFailed, UpdateRefused
from edge_agent.update.download import download
from edge_agent.update.target_info import TargetInfo

SHORT_SILENCE = replace(LIMITS, gap_s=0.4)
SHORT_WINDOW = replace(LIMITS, window_s=0.3, min_rate_bytes_s=1000.0)


@pytest.mark.parametrize(
    ("behaviour", "reason", "kind", "requests"),
    [
        (say(404), "http_4xx", UpdateRefused, 1),
        (say(416), "http_4xx", UpdateRefused, 1),
        (say(408), "http_4xx", UpdateDelayed, 1),
        (say(429), "http_4xx", UpdateDelayed, 1),
        (say(500), "network", UpdateDelayed, 3),
        (say(204), "network", UpdateDelayed, 3),
        (redirect(f"/{PATH}"), "network", TransferRefused, 5),
        (redirect("ftp://127.0.0.1/x"), "network", TransferRefused, 1),
        (redirect("http://example.invalid/x"), "network", TransferRefused, 1),
        (redirect("http://[::1"), "network", TransferRefused, 1),
        (silent, "too_slow", UpdateDelayed, 3),
        (drip, "too_slow", UpdateDelayed, 1),
        (lie(len(CONTENT), CONTENT[:-1] + b"?"), "length_or_hash", TransferRefused, 1),
        (lie(len(CONTENT) + 1, CONTENT + b"?"), "length_or_hash", TransferRefused, 1),
        (lie(10, CONTENT), "length_or_hash", TransferRefused, 1),
        (lie(None, CONTENT + b"?"), "length_or_hash", TransferRefused, 1),
        (lie(None, CONTENT[:100]), "length_or_hash", UpdateDelayed, 3),
        (lie(10**14, CONTENT), "length_or_hash", TransferRefused, 1),
        (announce("1" * 5000), "length_or_hash", UpdateDelayed, 3),
    ],
)
def test_a_bad_server_leaves_nothing_under_the_name(
    server: OddServer,
    target: TargetInfo,
    place: Path,
    behaviour: Behaviour,
    reason: str,
    kind: type[UpdateFailed],
    requests: int,
) -> None:
    server.odd[PATH] = [behaviour]
    limits = {silent: SHORT_SILENCE, drip: SHORT_WINDOW}.get(behaviour, LIMITS)
    with refused(reason, kind):
        download(target, place, limits, HTTP)
    assert server.requests(least=requests) == requests
    assert not place.exists()
    if issubclass(kind, UpdateRefused):
        assert files(place) == []


def test_a_file_that_was_there_stays_when_its_successor_is_refused(
    server: OddServer, target: TargetInfo, place: Path
) -> None:
    place.parent.mkdir()
    place.write_bytes(b"the old one")
    server.odd[PATH] = [lie(len(CONTENT), bytes(len(CONTENT)))]
    with refused("length_or_hash", UpdateRefused):
        download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == b"the old one"


def test_a_full_disk_is_noticed_before_anything_is_asked_and_nothing_is_left(
    server: OddServer, target: TargetInfo, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs to mount a small tmpfs")
    try:
        with refused("disk_full", UpdateDelayed):
            download(target, disk / "model", LIMITS, HTTP)
        assert list(disk.iterdir()) == []
        assert server.asked == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_write_that_fails_leaves_nothing(target: TargetInfo, place: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with refused("disk_full", UpdateDelayed):
            download(target, place, LIMITS, HTTP)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert files(place) == []


def test_room_is_reserved_without_changing_the_length(target: TargetInfo, place: Path) -> None:
    with refused("canceled", UpdateFailed):
        download(target, place, LIMITS, HTTP, cancel_at(1))
    part = place.with_name("model.tflite.part").stat()
    assert part.st_size <= 1 << 16
    assert part.st_blocks * 512 >= len(CONTENT)


def test_a_directory_that_cannot_be_made_has_a_reason(target: TargetInfo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with refused("disk_full", UpdateDelayed):
        download(target, tmp_path / "file" / "model", LIMITS, HTTP)


def test_a_link_in_the_place_of_the_part_is_not_followed(target: TargetInfo, place: Path) -> None:
    place.parent.mkdir()
    victim = place.parent.parent / "victim"
    victim.write_text("precious")
    place.with_name("model.tflite.part").symlink_to(victim)
    with refused("disk_full", UpdateDelayed):
        download(target, place, LIMITS, HTTP)
    assert victim.read_text() == "precious"
