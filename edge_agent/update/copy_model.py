"""Copies the files that make a model into the store, and nothing else."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.update.names import GOLDEN_DIRECTORY, MANIFEST_FILE, MODEL_FILE


def copy_model(source: Path, staging: Path, golden: tuple[str, ...]) -> None:
    """Copy the files that make a model, and nothing else."""
    if not source.is_dir():
        _copy_file(source.resolve(), staging / MODEL_FILE)  # a link that a person named is what they mean
        return
    _copy_file(source / MODEL_FILE, staging / MODEL_FILE)
    if (source / MANIFEST_FILE).is_file():
        _copy_file(source / MANIFEST_FILE, staging / MANIFEST_FILE)
    if golden:
        if (source / GOLDEN_DIRECTORY).is_symlink():
            raise StoreError(_link_text(source / GOLDEN_DIRECTORY))
        (staging / GOLDEN_DIRECTORY).mkdir()
    for name in golden:
        _copy_file(source / GOLDEN_DIRECTORY / name, staging / GOLDEN_DIRECTORY / name)


def _copy_file(source: Path, target: Path) -> None:
    """Copy a regular file.

    A link in somebody's directory may point at a file that they may not read, and we, often root, may.

    Raises:
        StoreError: It is something else, or cannot be read.
    """
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as fault:
        text = f"{source}: {fault.strerror}; the model's files must be readable"
        raise StoreError(_link_text(source) if fault.errno == errno.ELOOP else text) from fault
    with os.fdopen(descriptor, "rb") as content:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StoreError(f"{source}: not a regular file; a model consists of files only")
        with target.open("wb") as copy:
            shutil.copyfileobj(content, copy)


def _link_text(path: Path) -> str:
    return f"{path}: a symbolic link, which is not copied; put the file itself in its place"
