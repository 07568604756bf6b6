"""A medium after its file was taken: what was secret is overwritten and deleted, and a note stays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from edge_agent.runtime.durable import sync

DONE, ERROR = "edge-agent.done.txt", "edge-agent.error.txt"
_WIPING = "edge-agent.{}.wiping"


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
    """
    directory = file.parent
    for other in others:
        if other.is_file():
            overwrite(other)
            delete(other)
    leave_note(directory / DONE, note)
    (directory / ERROR).unlink(missing_ok=True)
    file.replace(directory / _WIPING.format(tag))
    sync(directory)


def struck(directory: Path) -> Iterator[tuple[Path, str]]:
    """Files whose wiping was begun there and not ended, with their tags."""
    for file in sorted(directory.glob(_WIPING.format("*"))):
        yield file, file.name.split(".")[1]


def overwrite(file: Path) -> None:
    """Zeros in place of a file's content; a new file would get new blocks, and the old ones would stay as they are.

    Raises:
        OSError: The medium cannot be written.
    """
    with file.open("r+b", buffering=0) as stream:
        left = file.stat().st_size
        while left > 0:
            left -= stream.write(bytes(min(left, 1 << 20)))
        os.fsync(stream.fileno())


def delete(file: Path) -> None:
    """Delete a file for good.

    Raises:
        OSError: The medium cannot be written.
    """
    file.unlink()
    sync(file.parent)


def leave_note(place: Path, text: str) -> None:
    """A text for somebody with a laptop of whatever make.

    Raises:
        OSError: The medium cannot be written.
    """
    content = text.replace("\n", "\r\n").encode()
    if place.is_file() and place.read_bytes() == content:
        return
    place.write_bytes(content)
    with suppress(PermissionError):  # FAT has no rights, and everybody may read there
        place.chmod(0o644)
    sync(place)
    sync(place.parent)
