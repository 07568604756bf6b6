"""The outbox on a disk that says no: one clear line, and nothing lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from mqtt_device import make_event
from test_outbox import PLENTY, stored

from edge_agent.clock import MediaClock
from edge_agent.errors import OutboxError
from edge_agent.mqtt import outbox_file
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox import Outbox


def outbox_at(file: Path) -> Outbox:
    return Outbox(file, OutboxSettings(), MediaClock(), "boot-1")


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"x" * 4096)


def complaint(outbox: Outbox) -> str:
    """Opens an outbox that cannot be used; returns what `health` says of it."""
    outbox.open()
    assert outbox.storage.state == "memory_only"
    assert "\n" not in outbox.storage.reason
    with pytest.raises(OutboxError):
        stored(outbox)
    return outbox.storage.reason


def test_a_full_disk_is_told_and_the_same_event_is_stored_once_there_is_space(tiny_disk: Path) -> None:
    ballast = tiny_disk / "ballast"
    outbox = outbox_at(tiny_disk / "outbox.sqlite")
    outbox.open()
    stored(outbox)
    with pytest.raises(OSError, match="No space"):
        fill(ballast)
    event = make_event()
    made: list[int] = []

    def make(seq: int) -> Message:
        made.append(seq)
        return Message("t", b"x" * 2000, event.id, event.severity)

    def append_many() -> None:
        for _ in range(200):
            outbox.append(event, make)

    with pytest.raises(OutboxError, match="the disk is full: free some space"):
        append_many()
    before = made[-1]
    with pytest.raises(OutboxError, match="the disk is full"):
        outbox.append(event, make)
    ballast.unlink()
    assert outbox.append(event, make) == before
    assert [item.seq for item in outbox.pending(PLENTY)] == list(range(1, before + 1))
    outbox.close()


def test_a_full_database_gives_the_same_error_and_leaves_no_gap(tmp_path: Path) -> None:
    outbox = outbox_at(tmp_path / "outbox.sqlite")
    outbox.open()
    first = stored(outbox)
    with outbox._file.reading() as connection:  # SQLite's own limit gives the genuine SQLITE_FULL without root
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutboxError, match="the disk is full"):
        stored(outbox, b"x" * 20_000)
    with outbox._file.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    assert stored(outbox, b"x" * 20_000) == first + 1
    outbox.close()


def test_a_disk_that_became_read_only_is_still_read_and_written_to_again_when_it_can_be(tmp_path: Path) -> None:
    outbox = outbox_at(tmp_path / "outbox.sqlite")
    outbox.open()
    stored(outbox)
    with outbox._file.reading() as connection:
        connection.execute("PRAGMA query_only = 1")  # gives the genuine SQLITE_READONLY
    with pytest.raises(OutboxError, match="see that the file system is not read-only"):
        stored(outbox)
    assert outbox.storage.state == "memory_only"
    assert [item.seq for item in outbox.pending(PLENTY)] == [1]
    with outbox._file.reading() as connection:
        connection.execute("PRAGMA query_only = 0")
    assert stored(outbox) == 2
    assert outbox.storage.state == "ok"
    outbox.close()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    assert f"{tmp_path / 'absent'} is not a directory: create it" in complaint(outbox_at(tmp_path / "absent" / "o"))


def test_a_directory_that_comes_later_is_found(tmp_path: Path) -> None:
    clock = MediaClock()
    outbox = Outbox(tmp_path / "late" / "outbox.sqlite", OutboxSettings(), clock, "boot-1")
    complaint(outbox)
    (tmp_path / "late").mkdir()
    with pytest.raises(OutboxError, match="not a directory"):
        stored(outbox)  # it is not looked at with every event
    clock.set(5.0)
    assert stored(outbox) == 1
    assert outbox.storage.state == "ok"
    outbox.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "outbox.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(OutboxError, match="was written by a newer edge-agent"):
        outbox_at(file).open()


UNPRIVILEGED = """
import os, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from edge_agent.clock import MediaClock
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.outbox import Outbox
os.setgid(65534)
os.setuid(65534)
outbox = Outbox(Path(sys.argv[1]), OutboxSettings(), MediaClock(), "b")
outbox.open()
print(outbox.storage.reason)
"""


@pytest.mark.parametrize("case", ["directory_read_only", "file_read_only"])
def test_no_permission_is_told_with_the_user_who_needs_it(case: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    directory = Path(tempfile.mkdtemp(prefix="edge-agent-"))  # not under tmp_path, which only root may enter
    directory.chmod(0o755)
    file = directory / "outbox.sqlite"
    try:
        if case == "file_read_only":
            outbox = outbox_at(file)
            outbox.open()
            outbox.close()
            file.chmod(0o444)
            directory.chmod(0o777)
        source = UNPRIVILEGED.format(paths=[str(Path(__file__).resolve().parents[2])])
        command = [sys.executable, "-c", source, str(file)]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    finally:
        shutil.rmtree(directory)
    assert result.stderr.count("\n") == 1
    assert "no permission to write there: give it to the agent's user (uid 65534)" in result.stdout


def test_a_salvage_for_which_there_is_too_little_room_loses_nothing(tiny_disk: Path, tmp_path: Path) -> None:
    file, ballast, whole = tiny_disk / "outbox.sqlite", tiny_disk / "ballast", list(range(1, 31))
    roomy = tmp_path / "outbox.sqlite"
    outbox = outbox_at(roomy)
    outbox.open()
    for _ in whole:
        stored(outbox, b"x" * 600)
    outbox.close()
    damaged = bytearray(roomy.read_bytes())
    with closing(sqlite3.connect(roomy)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event_by_worth'").fetchone()
    damaged[4096 * (root - 1) : 4096 * root] = bytes(4096)  # an index: all of the events can be read
    came_through = []
    for pages_free in range(60):
        for old in tiny_disk.iterdir():
            old.unlink()
        file.write_bytes(damaged)
        (tiny_disk / "outbox.sqlite.aside").write_text("20231114T000000Z")  # left by an earlier try
        free = os.statvfs(tiny_disk)
        ballast.write_bytes(b"x" * max(0, free.f_bavail * free.f_frsize - 4096 * pages_free))
        outbox = outbox_at(file)
        outbox.open()
        came_through.append(outbox.storage.state)
        outbox.close()
        ballast.unlink()
        outbox = outbox_at(file)
        outbox.open()
        assert [item.seq for item in outbox.pending(PLENTY)] == whole, f"with {pages_free} pages free"
        outbox.close()
    assert set(came_through) == {"memory_only", "salvaged"}


@pytest.mark.parametrize(("errors", "state"), [(1, "ok"), (2, "salvaged")])
def test_an_error_of_the_device_is_tried_again_before_the_file_is_salvaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, errors: int, state: str
) -> None:
    clock, left = MediaClock(), [errors]
    outbox = outbox_at(tmp_path / "outbox.sqlite")
    outbox.open()
    stored(outbox)
    outbox.close()
    genuine = outbox_file.connect

    def failing(path: Path) -> sqlite3.Connection:
        left[0] -= 1
        if left[0] >= 0:
            raise sqlite3.OperationalError("disk I/O error")
        return genuine(path)

    monkeypatch.setattr(outbox_file, "connect", failing)
    outbox = Outbox(tmp_path / "outbox.sqlite", OutboxSettings(), clock, "boot-1")
    assert "check the disk" in complaint(outbox)
    clock.set(5.0)
    assert (stored(outbox), outbox.storage.state) == (2, state)
    outbox.close()


def test_a_full_disk_at_the_start_is_called_full(tiny_disk: Path) -> None:
    outbox = outbox_at(tiny_disk / "outbox.sqlite")
    outbox.open()
    stored(outbox)
    outbox.close()
    with pytest.raises(OSError, match="No space"):
        fill(tiny_disk / "ballast")
    assert "the disk is full: free some space" in complaint(outbox_at(tiny_disk / "outbox.sqlite"))
    assert not list(tiny_disk.glob("*.damaged-*"))
