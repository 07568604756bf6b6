"""A power cut at every write: what the agent may read is all old or all new, and the next boot ends it well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from provisioned_device import FILE, SECRET, Box, signed_root

NEW = FILE.replace("plant-1", "plant-2").replace("open sesame", "sesame two").replace("press-1", "press-2")
CALLS = ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir")
"""What changes a disk; each is struck before it happens."""


class PowerCut(BaseException):
    """Everything after the call that it strikes never happens."""


@contextmanager
def cut(at: int) -> Iterator[list[int]]:
    """Inside, the call with this number ends everything; gives how many there were."""
    count = [0]
    real = {name: getattr(os, name) for name in CALLS}

    def struck(name: str) -> object:
        def call(*arguments: object, **options: object) -> object:
            count[0] += 1
            if count[0] >= at:
                raise PowerCut
            return real[name](*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, struck(name))
    try:
        yield count
    finally:
        for name in CALLS:
            setattr(os, name, real[name])


def before(directory: Path) -> Box:
    """A device that was provisioned, and got another file."""
    box = Box(directory)
    box.put()
    box.start()
    (box.boot / "edge-agent.done.txt").unlink()
    (box.boot / "root.json").write_bytes(signed_root())
    box.put(NEW.replace("mqtt:\n", "update: {url: 'https://u.example/m', group: g, trusted_root: root.json}\nmqtt:\n"))
    box.boot_id = "second"
    return box


def essence(box: Box) -> tuple[str, bytes, bool]:
    site = box.settings().site
    secret = (box.home / "credentials/mqtt-password").read_bytes()
    return site, secret, (box.home / "certificates/trusted-root.json").exists()


OLD = ("plant-1", SECRET, False)
LATER = ("plant-2", b"sesame two", True)


def writes(directory: Path) -> int:
    with cut(10**9) as count:
        before(directory / "counted")
    so_far = count[0]
    box = before(directory / "whole")
    with cut(10**9) as count:
        box.start()
    assert so_far > 10
    return count[0]


# Every write takes half a minute; in between every so many.
@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 5])
def test_a_cut_at_any_write_leaves_the_old_or_the_new_and_the_next_boot_ends_it(tmp_path: Path, step: int) -> None:
    total = writes(tmp_path)
    assert total > 30
    seen = set()
    for number in range(1, total + 1, step):
        box = before(tmp_path / str(number))
        with cut(number), suppress(PowerCut):
            box.start()
        if not (box.home / "provisioning/ready").exists():
            # The agent's unit may start now, and reads this.
            seen.add(essence(box))
            assert essence(box) in (OLD, LATER), number
        box.boot_id = "third"
        outcome = box.start()
        assert not outcome.failed, (number, box.console())
        assert essence(box) == LATER, number
        assert box.text("etc/hostname") == "press-2\n", number
        assert [file.name for file in box.boot.iterdir()] == ["edge-agent.done.txt"], number
        assert sorted(file.name for file in (box.home / "provisioning").iterdir()) == ["books.json"], number
        assert '"wiped":true' in box.text("etc/edge-agent/provisioned.json"), number
        box.boot_id = "fourth"
        assert not box.start().taken
    assert seen == {OLD, LATER}


def test_a_cut_while_the_cut_is_ended_is_ended_too(tmp_path: Path) -> None:
    total = writes(tmp_path)
    for number in range(5, total + 1, 8):
        box = before(tmp_path / str(number))
        for boot_id, at in (("second", number), ("third", 3), ("fourth", 5)):
            box.boot_id = boot_id
            with cut(at), suppress(PowerCut):
                box.start()
        box.boot_id = "fifth"
        box.start()
        assert essence(box) == LATER, number
        assert [file.name for file in box.boot.iterdir()] == ["edge-agent.done.txt"], number


def test_a_disk_that_is_full_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = before(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            box.start()
    assert essence(box) == OLD
    assert box.start().taken
