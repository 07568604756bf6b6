"""A medium after its file was taken: what was secret is overwritten and deleted, and a note stays."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from edge_agent.runtime.durable import sync

DONE, ERROR = "edge-agent.done.txt", "edge-agent.error.txt"
_WIPING = "edge-agent.wiping"


def wipe(file: Path, others: Iterable[Path], note: str) -> None:
    """Overwrite and delete a provisioning file and what it brought along, and leave a note.

    The provisioning file comes last, and under another name first: wherever a power cut strikes, what is left is
    either found as before, or ended by `end_wiping`. Flash may keep the old blocks all the same (docs/provisioning.md).

    Args:
        file: The provisioning file.
        others: Files beside it.
        note: What was done; no secret.

    Raises:
        OSError: The medium cannot be written.
    """
    directory = file.parent
    for other in others:
        _overwrite_and_delete(other)
    leave_note(directory / DONE, note)
    (directory / ERROR).unlink(missing_ok=True)
    file.replace(directory / _WIPING)
    sync(directory)
    end_wiping(directory)


def end_wiping(directory: Path) -> None:
    """End what a power cut struck; harmless where there is nothing.

    Raises:
        OSError: The medium cannot be written.
    """
    _overwrite_and_delete(directory / _WIPING)


def wiping_struck(directory: Path) -> bool:
    """Whether a wiping was begun there and not ended."""
    return (directory / _WIPING).is_file()


def leave_note(place: Path, text: str) -> None:
    """A text for somebody with a laptop of whatever make.

    Raises:
        OSError: The medium cannot be written.
    """
    content = text.replace("\n", "\r\n").encode()
    if place.is_file() and place.read_bytes() == content:
        return
    place.write_bytes(content)
    sync(place)
    sync(place.parent)


def _overwrite_and_delete(file: Path) -> None:
    if not file.is_file():
        return
    # In place: a new file would get new blocks, and the old ones would stay as they are.
    with file.open("r+b", buffering=0) as stream:
        left = file.stat().st_size
        while left > 0:
            left -= stream.write(bytes(min(left, 1 << 20)))
        os.fsync(stream.fileno())
    file.unlink()
    sync(file.parent)
