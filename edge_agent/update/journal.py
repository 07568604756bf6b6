"""What an update does, on the disk before it is done: one line for each transition, never rewritten.

A line that a power cut tore, or in which a bit flipped, is left out: its own hash tells. What counts is the last line
that is whole.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.reason import UpdateReason, UpdateState

logger = logging.getLogger(__name__)

MAX_LINES = 512
KEPT_LINES = 64
_MAX_BYTES = 4 * 1024 * 1024  # our own: far beyond what 512 lines take; what is larger is no journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One transition.

    Attributes:
        number: Counts the entries.
        state: Entered by it.
        reason: Why, where it did not go on as hoped.
        text: For people.
        release: SHA-256 of the ``release.json`` that it is about; None where it is about none.
        counter: Of the pointer that named it.
        at_s: When, seconds since the Unix epoch by the device's clock.
        stopped: Written at a stop on purpose: whoever finds it last knows that nothing was cut.
    """

    number: int = 0
    state: UpdateState = UpdateState.IDLE
    reason: UpdateReason | None = None
    text: str = ""
    release: str | None = None
    counter: int = 0
    at_s: float = 0.0
    stopped: bool = False


_ADAPTER = TypeAdapter(Entry)


class Journal:
    """One file. Used by one process; `open` first.

    Args:
        path: Of the file; its directory exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: list[Entry] = []

    def open(self) -> Entry | None:
        """Read what is there, and make the file end with a whole line.

        Returns:
            The last entry; None where there is none.

        Raises:
            OSError: It cannot be read or written.
        """
        raw = b""
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as file:
            raw = file.read(_MAX_BYTES)
        lines = raw.splitlines()
        found = [entry for line in lines if (entry := _entry(line)) is not None]
        self._entries = found
        if len(found) != len(lines) or not raw.endswith(b"\n"):
            if raw:
                logger.warning("%s: %d lines are damaged and left out", self._path, len(lines) - len(found))
            self._rewrite(found)
        return found[-1] if found else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is remembered, the oldest first."""
        return tuple(self._entries)

    def write(self, entry: Entry) -> Entry:
        """Add an entry; the disk has it when this returns.

        Returns:
            It, with its number.

        Raises:
            OSError: It cannot be written; it then does not count.
        """
        if len(self._entries) >= MAX_LINES:
            self._rewrite(self._entries[-KEPT_LINES:])
        number = self._entries[-1].number + 1 if self._entries else 1
        numbered = replace(entry, number=number)
        size_bytes = self._path.stat().st_size
        try:
            with self._path.open("ab") as file:
                file.write(_line(numbered))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                os.truncate(self._path, size_bytes)  # half a line would make the next one unreadable
            raise
        self._entries.append(numbered)
        return numbered

    def _rewrite(self, entries: list[Entry]) -> None:
        replace_file(self._path, b"".join(_line(entry) for entry in entries))
        self._entries = list(entries)


def _line(entry: Entry) -> bytes:
    body = json.dumps(asdict(entry), separators=(",", ":")).encode()
    return f"{zlib.crc32(body):08x} ".encode() + body + b"\n"


def _entry(line: bytes) -> Entry | None:
    """The entry in a line; None where it is damaged."""
    checksum, _, body = line.partition(b" ")
    if checksum != f"{zlib.crc32(body):08x}".encode():
        return None
    try:
        return _ADAPTER.validate_json(body)
    except ValidationError:
        return None
