"""What must survive a power cut: content and names that are on the disk, and not only in the kernel's memory."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file's content, or a directory's names, are on the disk (fsync(2)).

    Raises:
        OSError: It cannot be opened, or the disk fails.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(directory: Path) -> None:
    """Likewise everything below a directory, and the directory itself.

    Raises:
        OSError: As `sync`.
    """
    for each in directory.rglob("*"):
        sync(each)
    sync(directory)
