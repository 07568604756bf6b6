"""Whether an agent runs on this state directory, told without disturbing it."""

from __future__ import annotations

import os
from pathlib import Path

_LOCKS = Path("/proc/locks")


def agent_runs(state_dir: Path, locks: Path = _LOCKS) -> bool | None:
    """Whether a process holds the lock on the state directory itself; None where this user may not tell.

    The kernel's list is read (proc(5), ``/proc/locks``): to try the lock would take it from an agent that starts in
    that very moment.
    """
    try:
        place = _place(state_dir)
        lines = locks.read_text().splitlines()
    except FileNotFoundError:
        return False
    except OSError:
        return None
    # Of a line as ``1: FLOCK ADVISORY WRITE 1234 08:01:5678 0 EOF``.
    return any("FLOCK" in words and place in words for words in map(str.split, lines))


def _place(directory: Path) -> str:
    """As the list names it: the file system's device and the inode, whose numbers other file systems have, too.

    The device is that of the mount, and not always that of stat(2): on btrfs each subvolume has one of its own there.
    """
    descriptor = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    try:
        facts = Path(f"/proc/self/fdinfo/{descriptor}").read_text().split()
        found = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    mount = facts[facts.index("mnt_id:") + 1]
    mounts = map(str.split, Path("/proc/self/mountinfo").read_text().splitlines())
    # In a chroot the mount may be out of sight.
    otherwise = f"{os.major(found.st_dev)}:{os.minor(found.st_dev)}"
    major, minor = next((fields[2] for fields in mounts if fields[0] == mount), otherwise).split(":")
    return f"{int(major):02x}:{int(minor):02x}:{found.st_ino}"
