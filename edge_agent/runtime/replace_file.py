"""Small files of state that must be whole after a power cut."""

from __future__ import annotations

import os
from pathlib import Path

from edge_agent.runtime.durable import sync
from edge_agent.runtime.secret_file import create_secret


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Make this the content of a file: after a power cut it is the old or the new one, never a part.

    Once this has returned it is the new one: the directory is synchronised, too, without which a rename may be
    forgotten (fsync(2)).

    Args:
        path: Its directory exists; beside it a file of the same name that ends in ``.new`` is used on the way.
        content: All of it.
        mode: Of the file; what the umask leaves where absent.

    Raises:
        OSError: It cannot be written; the old one stays.
    """
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    new.replace(path)
    sync(path.parent)


def replace_secret(path: Path, content: bytes) -> None:
    """Likewise, a file that was never anybody else's to read.

    Raises:
        OSError: As `replace_file`.
    """
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)  # what a power cut left
    create_secret(new, content)
    sync(new)
    new.replace(path)
    sync(path.parent)
