"""One hash over all files of a model's directory, so that a bit that flips in any of them is noticed."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

_BLOCK_BYTES = 1 << 16  # two of them live at once in a process that has 60 MB for everything


def tree_digest(directory: Path) -> str:
    """SHA-256 over the path and the SHA-256 of every file below a directory.

    Args:
        directory: Of a model; what is neither file nor directory in it counts by its name alone.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    whole = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        content = file_sha256(path) if stat.S_ISREG(mode) else "no file"
        whole.update(f"{path.relative_to(directory).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, which is read in pieces.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
