"""A file on its way: beside its destination, under a name of its own, until it is whole."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

from edge_agent.runtime.durable import sync
from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.reserve import reserve
from edge_agent.update.target_info import TargetInfo

PART_SUFFIX = ".part"
NOTE_SUFFIX = ".part.json"


class PartFile:
    """``DESTINATION.part``, with a note beside it (``.part.json``) of what it is a part of.

    Both lie in the destination's directory: what is renamed must be on the same file system. Every method raises
    OSError where the disk refuses.
    """

    def __init__(self, destination: Path, target: TargetInfo) -> None:
        """Open what there is of this target, or begin anew; the room for all of it is set aside.

        Args:
            destination: Final name; its directory is made where it is missing.
            target: What it is to hold.
        """
        self._destination = destination
        self._target = target
        self._path = destination.with_name(destination.name + PART_SUFFIX)
        self._note = destination.with_name(destination.name + NOTE_SUFFIX)
        destination.parent.mkdir(parents=True, exist_ok=True)
        self.etag = self._known_etag()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = io.FileIO(os.open(self._path, flags, 0o644), "r+")
        try:
            self.size = os.fstat(self._file.fileno()).st_size
            if self.etag is None or self.size > target.length:
                self.restart("")
            self._file.seek(self.size)
            reserve(self._file.fileno(), target.length)
        except OSError:
            self._file.close()
            raise
        self.resumed = self.size > 0

    def restart(self, etag: str) -> None:
        """Forget what came; what comes next has this strong ETag, or none where it is empty."""
        self._file.truncate(0)
        self._file.seek(0)
        self.size, self.resumed, self.etag = 0, False, etag
        replace_file(self._note, json.dumps({"of": self._of(), "etag": etag}).encode())
        reserve(self._file.fileno(), self._target.length)

    def write(self, block: bytes) -> None:
        """Add some bytes."""
        rest = memoryview(block)
        while rest:
            written = self._file.write(rest)
            self.size += written
            rest = rest[written:]

    def is_whole(self) -> bool:
        """Whether it is the target, as read back from the disk."""
        os.fsync(self._file.fileno())
        return self._target.is_file(self._path)

    def finish(self) -> None:
        """Give it its final name; `is_whole` said that it is the target."""
        # Gives back what was reserved beyond the end, were there any.
        self._file.truncate(self.size)
        os.fsync(self._file.fileno())
        self._path.replace(self._destination)
        self._note.unlink(missing_ok=True)
        sync(self._destination.parent)

    def close(self) -> None:
        """Leave it for later."""
        self._file.close()

    def _of(self) -> str:
        return f"{self._target.sha256}:{self._target.sha512}"

    def _known_etag(self) -> str | None:
        """Of what lies there; None where that is not a part of this target."""
        with contextlib.suppress(OSError, ValueError):
            note = json.loads(self._note.read_bytes())
            if isinstance(note, dict) and note.get("of") == self._of():
                return str(note.get("etag", ""))
        return None


def discard_part(destination: Path) -> None:
    """Delete what there is of a file on its way, for the room or because it is wrong.

    Raises:
        OSError: It cannot be deleted.
    """
    for suffix in (PART_SUFFIX, NOTE_SUFFIX):
        destination.with_name(destination.name + suffix).unlink(missing_ok=True)
    destination.with_name(destination.name + NOTE_SUFFIX).with_suffix(".new").unlink(missing_ok=True)
