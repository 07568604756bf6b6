"""Who changes the model store is alone in it: the command line, the daemon and the updater share one lock."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_agent.errors import StoreError

STAGING = ".staging-"
"""What the name of everything begins with that is not in its place yet."""


@contextmanager
def changing(models: Path) -> Iterator[None]:
    """Hold the store's lock, and clear what a power cut left behind. Not to be nested.

    Args:
        models: The directory of the models; made where absent.

    Raises:
        StoreError: Something in the store cannot be written, inside too.
    """
    try:
        models.mkdir(parents=True, exist_ok=True)
        with (models / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in models.glob(f"{STAGING}*"):
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
            yield
    except OSError as fault:
        raise StoreError(
            f"{fault.filename or models}: {fault.strerror}; the model store must be writable and have room, "
            "or pass --store DIR"
        ) from fault
