"""What this command remembers from one start to the next: which files it is done with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edge_agent.provision.place import BOOKS, PlacedFile, Reader
from edge_agent.runtime.replace_file import replace_file

_FILE = f"{BOOKS}/books.json"


@dataclass(slots=True)
class Books:
    """What is remembered.

    Attributes:
        known: Digests of provisioning files that are still on their medium, and are not taken again: for the one that
            was taken last, the names of what it brought along; None for others, which are neither taken nor wiped.
        boot_id: Of the boot in which the boot partition's file was taken; empty where none ever was.
        accept_usb: Whether a USB stick may provision this device.
        host_name: That the computer has still to get; empty where it has it.
    """

    known: dict[str, list[str] | None] = field(default_factory=dict)
    boot_id: str = ""
    accept_usb: bool = True
    host_name: str = ""

    def file(self) -> PlacedFile:
        """As it is written."""
        return PlacedFile(_FILE, json.dumps(asdict(self)).encode(), Reader.ROOT)


def read_books(root: Path) -> Books:
    """The books; empty ones where there are none."""
    try:
        read: dict[str, Any] = json.loads((root / _FILE).read_bytes())
    except FileNotFoundError:
        return Books()
    return Books(**read)


def write_books(root: Path, books: Books) -> None:
    """Replace the books.

    Raises:
        OSError: The disk does not take them.
    """
    replace_file(root / _FILE, books.file().content, 0o600)
