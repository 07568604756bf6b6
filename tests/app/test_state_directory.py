"""The state directory as the doctor sees it: whose it is, who may look into it, and whether an agent has it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from edge_agent.app.doctor.check_disk import check_disk
from edge_agent.app.doctor.running_agent import agent_runs
from edge_agent.app.state_lock import StateLock


def test_a_lock_on_a_file_of_another_disk_with_the_same_number_is_no_agent(tmp_path: Path) -> None:
    lock = StateLock(tmp_path)
    lock.acquire()
    # As it stands in the list while it is held, and the same with another device.
    inode = f":{tmp_path.stat().st_ino}"
    listed = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    (held,) = [words for words in listed if str(os.getpid()) in words and any(word.endswith(inode) for word in words)]
    line = " ".join(held)
    (place,) = [word for word in line.split() if word.endswith(inode)]
    lock.release()
    locks = tmp_path / "locks"
    locks.write_text(f"{line}\n")
    assert agent_runs(tmp_path, locks) is True
    locks.write_text(line.replace(place, f"fe:fe{inode}"))
    assert agent_runs(tmp_path, locks) is False


@pytest.mark.parametrize(("mode", "warned"), [(0o700, False), (0o750, False), (0o755, True), (0o701, True)])
def test_others_are_warned_of_and_the_owner_s_own_group_is_not(tmp_path: Path, mode: int, warned: bool) -> None:
    """The unit makes the directory with 0750 (`StateDirectoryMode=`), for a user with a group of its own."""
    os.chown(tmp_path, -1, pwd.getpwuid(os.getuid()).pw_gid)
    tmp_path.chmod(mode)
    assert any("others may look" in f.detail for f in check_disk(tmp_path, 64.0)) is warned


def test_a_group_of_others_is_warned_of(tmp_path: Path) -> None:
    others = set(os.getgroups()) - {pwd.getpwuid(os.getuid()).pw_gid}
    if os.geteuid() != 0 and not others:
        pytest.skip("this user has no other group")
    os.chown(tmp_path, -1, others.pop() if others else 12345)
    tmp_path.chmod(0o750)
    assert any("others may look" in f.detail for f in check_disk(tmp_path, 64.0))
    tmp_path.chmod(0o700)
    assert not any("others may look" in f.detail for f in check_disk(tmp_path, 64.0))
