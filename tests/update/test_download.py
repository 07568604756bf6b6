"""A target lands under its name whole and right, or not at all."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from download_place import CONTENT, HTTP, LIMITS, PATH, cancel_at, files
from odd_server import OddHandler, OddServer, cut, drip, etag, lie, say, serve
from update_device import refused

from edge_agent.errors import UpdateDelayed, UpdateFailed
from edge_agent.update.download import download
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.http_fetch import HttpFetch
from edge_agent.update.target_info import TargetInfo


def test_a_target_arrives_and_leaves_nothing_beside_it(target: TargetInfo, place: Path) -> None:
    heard: list[int] = []
    download(target, place, LIMITS, HTTP, heard.append)
    assert place.read_bytes() == CONTENT
    assert files(place) == ["model.tflite"]
    assert heard == sorted(heard)
    assert heard[-1] == len(CONTENT)


def test_a_target_that_is_there_is_not_asked_for(server: OddServer, target: TargetInfo, place: Path) -> None:
    download(target, place, LIMITS, HTTP)
    server.asked.clear()
    download(target, place, LIMITS, HTTP)
    assert server.asked == []


def test_a_file_of_another_content_is_replaced(target: TargetInfo, place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(CONTENT[::-1])
    download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == CONTENT


def test_an_empty_target_is_an_empty_file(server: OddServer, target: TargetInfo, place: Path) -> None:
    download(replace(target, length=0, sha256=hashlib.sha256(b"").hexdigest()), place, LIMITS, HTTP)
    assert place.read_bytes() == b""


def test_a_connection_that_is_cut_is_gone_on_with(server: OddServer, target: TargetInfo, place: Path) -> None:
    server.odd[PATH] = [cut(100_000), cut(100_000), serve]
    download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == ["", "bytes=100000-", "bytes=200000-"]


def test_progress_buys_more_tries(server: OddServer, target: TargetInfo, place: Path) -> None:
    server.odd[PATH] = [cut(70_000)]
    download(target, place, replace(LIMITS, tries=2), HTTP)
    assert len(server.asked) == 5


def test_no_progress_does_not(server: OddServer, target: TargetInfo, place: Path) -> None:
    server.odd[PATH] = [cut(10)]
    with refused("network", UpdateDelayed):
        download(target, place, LIMITS, HTTP)
    assert len(server.asked) == LIMITS.tries


def test_the_next_download_goes_on_where_the_last_was_cut(server: OddServer, target: TargetInfo, place: Path) -> None:
    server.odd[PATH] = [cut(123_456), say(500)]
    with refused("network", UpdateDelayed):
        download(target, place, LIMITS, HTTP)
    assert files(place) == ["model.tflite.part", "model.tflite.part.json"]
    server.odd.clear()
    server.asked.clear()
    download(target, place, LIMITS, HTTP)
    assert server.asked == [(PATH, "bytes=123456-")]
    assert place.read_bytes() == CONTENT


def test_a_part_that_was_whole_needs_no_server(server: OddServer, target: TargetInfo, place: Path) -> None:
    server.odd[PATH] = [cut(len(CONTENT) - 1)]
    with refused("canceled", UpdateFailed):
        download(target, place, LIMITS, HTTP, cancel_at(200_000))
    part = place.with_name("model.tflite.part")
    part.write_bytes(CONTENT)
    server.asked.clear()
    download(target, place, LIMITS, HTTP)
    assert server.asked == []


def test_a_part_that_was_damaged_is_fetched_from_the_start(server: OddServer, target: TargetInfo, place: Path) -> None:
    with refused("canceled", UpdateFailed):
        download(target, place, LIMITS, HTTP, cancel_at(100_000))
    part = place.with_name("model.tflite.part")
    damaged = bytearray(part.read_bytes())
    damaged[5] ^= 1
    part.write_bytes(damaged)
    server.asked.clear()
    download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == [f"bytes={len(damaged)}-", ""]


def test_a_part_of_another_target_is_not_gone_on_with(server: OddServer, target: TargetInfo, place: Path) -> None:
    with refused("canceled", UpdateFailed):
        download(target, place, LIMITS, HTTP, cancel_at(100_000))
    other = CONTENT[::-1]
    server.files[PATH] = other
    server.asked.clear()
    download(replace(target, sha256=hashlib.sha256(other).hexdigest()), place, LIMITS, HTTP)
    assert server.asked == [(PATH, "")]
    assert place.read_bytes() == other


def test_a_file_that_changed_meanwhile_is_fetched_from_the_start(
    server: OddServer, target: TargetInfo, place: Path
) -> None:
    wrong = bytes(len(CONTENT))

    def cut_of_another(handler: OddHandler, content: bytes) -> None:
        cut(100_000)(handler, wrong)

    server.odd[PATH] = [cut_of_another, serve]
    download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == ["", "bytes=100000-"]


def test_a_server_without_ranges_is_asked_for_all(server: OddServer, target: TargetInfo, place: Path) -> None:
    server.odd[PATH] = [cut(100_000), lie(len(CONTENT), CONTENT)]
    download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "position", ["bytes 0-299999/307200", "bytes 100000-307199/999999999", "bytes x", "", "items 100000-307199/307200"]
)
def test_another_part_than_was_asked_for_is_not_taken(
    server: OddServer, target: TargetInfo, place: Path, position: str
) -> None:
    def other_part(handler: OddHandler, content: bytes) -> None:
        handler.head(206, Content_Length="1000", Content_Range=position)
        handler.wfile.write(b"x" * 1000)

    server.odd[PATH] = [cut(100_000), other_part, serve]
    download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == ["", "bytes=100000-", ""]


def test_a_range_that_is_not_there_is_asked_for_from_the_start(
    server: OddServer, target: TargetInfo, place: Path
) -> None:
    server.odd[PATH] = [cut(100_000), say(416), serve]
    download(target, place, LIMITS, HTTP)
    assert place.read_bytes() == CONTENT


def test_the_rate_can_be_held_down(target: TargetInfo, place: Path) -> None:
    clock = [0.0]
    waited: list[float] = []

    def wait(wait_s: float) -> None:
        waited.append(wait_s)
        clock[0] += wait_s

    http = HttpFetch(settings=HTTP.settings, wait=wait, monotonic_s=lambda: clock[0])
    limits = DownloadLimits(max_rate_bytes_s=30_000.0)
    download(target, place, limits, http)
    assert sum(waited) == pytest.approx(len(CONTENT) / 30_000.0, rel=0.02)
    assert max(waited) <= 1.0


def test_a_brake_that_makes_every_server_too_slow_is_refused() -> None:
    with pytest.raises(ValueError, match="twice min_rate_bytes_s"):
        DownloadLimits(max_rate_bytes_s=600.0)


def test_the_whole_has_an_end(server: OddServer, target: TargetInfo, place: Path) -> None:
    server.odd[PATH] = [drip]
    limits = replace(LIMITS, total_s=0.5)
    with refused("too_slow", UpdateDelayed):
        download(target, place, limits, HTTP)


def test_a_download_that_is_killed_is_gone_on_with(server: OddServer, target: TargetInfo, place: Path) -> None:
    def stall(handler: OddHandler, content: bytes) -> None:
        cut(150_000)(handler, content)
        handler.wfile.flush()
        handler.server.stopping.wait()

    server.odd[PATH] = [stall, serve]
    code = f"""
import os, signal
from pathlib import Path
from edge_agent.update.download import download
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.http_fetch import HttpFetch
from edge_agent.update.target_info import TargetInfo
def die(size):
    if size >= 150_000:
        os.kill(os.getpid(), signal.SIGKILL)
download(TargetInfo{(target.path, target.length, target.sha256, target.url)!r}, Path({str(place)!r}),
         DownloadLimits(), HttpFetch(), die)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert files(place) == ["model.tflite.part", "model.tflite.part.json"]
    download(target, place, LIMITS, HTTP)
    assert server.asked[-1] == (PATH, "bytes=150000-")
    assert place.read_bytes() == CONTENT


def test_if_range_holds_the_server_to_the_same_file(server: OddServer, target: TargetInfo, place: Path) -> None:
    held: list[str] = []

    def listen(handler: OddHandler, content: bytes) -> None:
        held.append(handler.headers.get("If-Range", ""))
        serve(handler, content)

    server.odd[PATH] = [cut(100_000), listen]
    download(target, place, LIMITS, HTTP)
    assert held == [etag(CONTENT)]
