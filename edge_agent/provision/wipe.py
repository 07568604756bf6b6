"""A medium after its file was taken: what was secret is overwritten and deleted, and a note stays."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from edge_agent.errors import ProvisioningError
from edge_agent.provision.plain_file import is_plain, open_plain
from edge_agent.runtime.durable import sync

DONE, ERROR = "edge-agent.done.txt", "edge-agent.error.txt"
TAG_CHARS = 8
"""Of a file's digest: tells the files of one medium apart, and tells nothing of their content."""
_WIPING = "edge-agent.{}.wiping"
_STRUCK = re.compile(rf"edge-agent\.([0-9a-f]{{{TAG_CHARS}}})\.wiping", re.ASCII)


def begin_wiping(file: Path, others: Iterable[Path], note: str, tag: str) -> None:
    """Overwrite and delete what a provisioning file brought along, leave a note, and give the file another name.

    `struck` finds it under that name, whenever a power cut comes. Flash may keep the old blocks of what is overwritten
    all the same (docs/provisioning.md).

    Args:
        file: The provisioning file.
        others: Files beside it.
        note: What was done; no secret.
        tag: Tells the file apart from others.

    Raises:
        OSError: The medium cannot be written.
        ProvisioningError: As `overwrite`.
    """
    directory = file.parent
    here = [other for other in others if is_plain(other)]
    for each in (file, *here):
        _check_names(each, each.lstat())
    for other in here:
        overwrite(other)
        delete(other)
    leave_note(directory / DONE, note)
    (directory / ERROR).unlink(missing_ok=True)
    file.replace(directory / _WIPING.format(tag))
    sync(directory)


def struck(directory: Path) -> Iterator[tuple[Path, str]]:
    """Files whose wiping was begun there and not ended, with their tags; perhaps begun by another device."""
    for file in sorted(directory.glob(_WIPING.format("*"))):
        if (found := _STRUCK.fullmatch(file.name)) and is_plain(file):
            yield file, found[1]


def overwrite(file: Path) -> None:
    """Zeros in place of a file's content; a new file would get new blocks, and the old ones would stay as they are.

    Raises:
        OSError: The medium cannot be written.
        ProvisioningError: The file has another name, perhaps of something that somebody needs.
    """
    with os.fdopen(open_plain(file, os.O_WRONLY), "wb", buffering=0) as stream:
        found = os.fstat(stream.fileno())
        _check_names(file, found)
        left = found.st_size
        while left > 0:
            left -= stream.write(bytes(min(left, 1 << 20)))
        os.fsync(stream.fileno())


def _check_names(file: Path, found: os.stat_result) -> None:
    if found.st_nlink > 1:
        raise ProvisioningError(f"{file.name} has another name, too (a hard link), which would lose its content")


def delete(file: Path) -> None:
    """Delete a file for good.

    Raises:
        OSError: The medium cannot be written.
    """
    file.unlink()
    sync(file.parent)


def leave_note(place: Path, text: str) -> None:
    """A text for somebody with a laptop of whatever make, in a file of our own.

    Raises:
        OSError: The medium cannot be written.
    """
    content = text.replace("\n", "\r\n").encode()
    if _holds(place, content):
        return
    # Whatever stood there, a link or another name of something, goes; what it led to stays as it is.
    place.unlink(missing_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        with suppress(PermissionError):  # FAT has no rights, and everybody may read there
            os.fchmod(descriptor, 0o644)
        os.fsync(descriptor)
    sync(place.parent)


def _holds(place: Path, content: bytes) -> bool:
    """The same again at each boot would wear the medium."""
    try:
        with os.fdopen(open_plain(place, os.O_RDONLY), "rb") as stream:
            return stream.read(len(content) + 1) == content
    except OSError:
        return False
