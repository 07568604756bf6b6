"""Can events be kept?"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edge_agent.app.doctor.finding import Finding, failed, passed, warned
from edge_agent.app.self_test import FREE_MB

_INODES = 1000  # our own: the outbox, its log and a model are some dozen files


def check_disk(state_dir: Path, budget_mb: float) -> Iterator[Finding]:
    """Space, rights, and whether a file can be written and kept.

    Args:
        state_dir: Of the settings.
        budget_mb: What the outbox may take (`outbox.max_mb`).
    """
    if not state_dir.is_dir():
        yield from _absent(state_dir)
        return
    try:
        used, free_inodes = shutil.disk_usage(state_dir), os.statvfs(state_dir).f_favail
    except OSError as error:
        yield failed("disk", f"{state_dir}: {error.strerror}", "let the agent's user enter it")
        return
    yield _space(state_dir, used.free / 1e6, budget_mb)
    if 0 < free_inodes < _INODES:
        yield warned("disk", f"{state_dir}: only {free_inodes} files can still be made", "delete what is not needed")
    yield from _rights(state_dir)
    if not _another_users(state_dir):
        yield _writable(state_dir)


def _absent(state_dir: Path) -> Iterator[Finding]:
    if state_dir.exists() or os.access(_first_there(state_dir), os.X_OK):
        what = "is no directory" if state_dir.exists() else "is not there yet; the agent makes it at its first start"
        found = failed if state_dir.exists() else warned
        yield found("disk", f"{state_dir} {what}", "start the agent once, or correct `state_dir`")
    else:
        yield warned("disk", f"{state_dir} cannot be seen by this user", "run the doctor as the agent's user")


def _first_there(path: Path) -> Path:
    return next(parent for parent in path.absolute().parents if parent.exists())


def _space(state_dir: Path, free_mb: float, budget_mb: float) -> Finding:
    if free_mb < FREE_MB:
        step = "make room: events that do not fit wait in memory and are lost at a power cut"
        return failed("disk", f"{state_dir}: {free_mb:.0f} MB free", step)
    if free_mb < budget_mb:
        step = "make room, or lower `outbox.max_mb`"
        return warned("disk", f"{state_dir}: {free_mb:.0f} MB free, the outbox may take {budget_mb:g}", step)
    return passed("disk", f"{state_dir}: {free_mb:.0f} MB free, the outbox may take {budget_mb:g}")


def _rights(state_dir: Path) -> Iterator[Finding]:
    found = state_dir.stat()
    mode = stat.S_IMODE(found.st_mode)
    if mode & (stat.S_IRWXO if _own_group(found) else stat.S_IRWXG | stat.S_IRWXO):
        yield warned("disk", f"others may look into {state_dir} (mode {mode:04o})", f"chmod 700 {state_dir}")
    if _another_users(state_dir):
        step = "run the doctor as the agent's user, or give the directory to that user"
        yield warned("disk", f"{state_dir} belongs to uid {found.st_uid}, and this is uid {os.geteuid()}", step)


def _own_group(found: os.stat_result) -> bool:
    """Whether its group is the one that its owner has by itself, as with the package (`StateDirectoryMode=0750`)."""
    try:
        return pwd.getpwuid(found.st_uid).pw_gid == found.st_gid
    except KeyError:
        return False


def _another_users(state_dir: Path) -> bool:
    """Whether it is neither this user's nor to be written by this user, who then is not the agent's."""
    return state_dir.stat().st_uid != os.geteuid() and not os.access(state_dir, os.W_OK | os.X_OK)


def _writable(state_dir: Path) -> Finding:
    """A small file, written through to the disk and deleted."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".doctor-", dir=state_dir) as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        step = "is the file system full or read-only (`mount`, `dmesg`), or the directory another user's?"
        return failed("disk", f"{state_dir} cannot be written: {error.strerror}", step)
    return passed("disk", f"{state_dir} takes a file")
