"""Whether an agent runs on this state directory, told without disturbing it."""

from __future__ import annotations

from pathlib import Path

_LOCKS = Path("/proc/locks")


def agent_runs(state_dir: Path, locks: Path = _LOCKS) -> bool | None:
    """Whether a process holds the lock on the state directory itself; None where this user may not tell.

    The kernel's list is read (proc(5), ``/proc/locks``): to try the lock would take it from an agent that starts in
    that very moment.
    """
    try:
        inode = state_dir.stat().st_ino
        lines = locks.read_text().splitlines()
    except FileNotFoundError:
        return False
    except OSError:
        return None
    return any(_is_held(line.split(), inode) for line in lines)


def _is_held(words: list[str], inode: int) -> bool:
    """Of a line as ``1: FLOCK ADVISORY WRITE 1234 08:01:5678 0 EOF``."""
    return "FLOCK" in words and any(word.count(":") == 2 and word.endswith(f":{inode}") for word in words)
