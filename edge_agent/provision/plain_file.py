"""Files on a medium, where anybody may have put anything: only plain files are touched, and no link is followed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def is_plain(file: Path) -> bool:
    """Whether it is a file itself: no link to one, no directory, no pipe."""
    try:
        return stat.S_ISREG(file.lstat().st_mode)
    except OSError:
        return False


def open_plain(file: Path, flags: int) -> int:
    """A descriptor of a plain file, whatever takes its place meanwhile.

    Args:
        file: On a medium.
        flags: Of open(2); none that makes or empties a file.

    Raises:
        OSError: It is something else (`O_NOFOLLOW` refuses a link; with `O_NONBLOCK` no pipe holds us up), or cannot be
            opened.
    """
    descriptor = os.open(file, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"{file.name} is no plain file")
    return descriptor
