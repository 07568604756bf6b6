"""The computer's name: written apart from what decides, so that a name that cannot be written stops nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from provisioned_device import FILE, Box, mode

from edge_agent.provision import provisioner
from edge_agent.provision.look import anything_to_do
from edge_agent.provision.medium import Medium


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.fixture(autouse=True)
def _umask_of_the_command() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_the_names_can_be_read_by_everybody_all_the_same(box: Box) -> None:
    box.put()
    box.start()
    assert mode(box.root / "etc/hostname") == mode(box.root / "etc/hosts") == "0o644"
    assert box.text("etc/hosts") == "127.0.0.1\tlocalhost\n127.0.1.1\tpress-1\n"


def test_a_name_that_cannot_be_written_is_said_and_tried_again_and_holds_nobody_up(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(name: str, root: Path) -> None:
        raise OSError(30, "Read-only file system")

    box.put()
    media = [Medium(box.boot, "boot", "the boot partition")]
    with monkeypatch.context() as patched:
        patched.setattr(provisioner, "write_host_name", read_only)
        for _ in range(2):
            box.said.clear()
            assert not box.start().failed
            assert "the computer cannot be named press-1: Read-only file system" in box.console()
            assert not (box.home / "provisioning/ready").exists()
            assert box.settings().site == "plant-1"
            assert anything_to_do(box.root, media)
    assert not box.start().taken
    assert box.text("etc/hostname") == "press-1\n"
    assert not anything_to_do(box.root, media)


def test_the_agent_s_directory_may_be_another_file_system_than_etc(box: Box) -> None:
    box.home.mkdir()
    mounted = ["mount", "-t", "tmpfs", "tmpfs", box.home]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mounted, check=False).returncode:
        pytest.skip("a file system of its own needs root and mount")
    try:
        assert box.home.stat().st_dev != (box.root / "etc").stat().st_dev
        box.put()
        outcome = box.start()
        assert (outcome.taken, outcome.failed) == (True, False)
        assert box.settings().site == "plant-1"
        assert box.text("etc/hostname") == "press-1\n"
        assert mode(box.root / "etc/hosts") == "0o644"
        assert not (box.home / "provisioning/ready").exists()
        box.put(FILE.replace("plant-1", "plant-2"))
        assert box.start().taken
        assert box.settings().site == "plant-2"
    finally:
        subprocess.run(["umount", box.home], check=True)
