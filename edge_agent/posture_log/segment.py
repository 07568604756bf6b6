"""One part of a posture log while it is written."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

from edge_agent.posture_log.log_part import GZIP_WINDOW
from edge_agent.runtime.durable import sync

# Level 6 makes it 5 % smaller and costs half as much again, level 1 makes it 6 % larger for the same time: measured.
_LEVEL = 3


class Segment:
    """A gzip file of lines, created anew and readable by its owner alone.

    What `sync` has written stays readable whatever happens then: a deflate stream may be cut after any flush.

    Attributes:
        path: Of the file.
        size_bytes: How much of it is on disk.

    Raises:
        OSError: From any method: the disk does not take it. The segment is of no use then; `abandon` it.
    """

    def __init__(self, path: Path, first_line: bytes) -> None:
        self.path = path
        self.size_bytes = 0
        self._gzip = zlib.compressobj(_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
        self._waiting: list[bytes] = []
        self._dirty = False
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file: int | None = os.open(path, flags, 0o600)
        try:
            self.add(first_line)
            self.sync()
            sync(path.parent)
        except OSError:
            self.abandon()
            path.unlink(missing_ok=True)
            raise

    def add(self, line: bytes) -> None:
        """Take a line; it is on disk after the next `sync`."""
        self._keep(self._gzip.compress(line))
        self._dirty = True

    def sync(self) -> None:
        """Bring everything to the disk itself, so that a power cut cannot take it back (fdatasync(2))."""
        if self._dirty:
            self._keep(self._gzip.flush(zlib.Z_SYNC_FLUSH))
            self._write()
            self._dirty = False

    def close(self) -> None:
        """End the file properly."""
        if self._file is not None:
            self._keep(self._gzip.flush(zlib.Z_FINISH))
            try:
                self._write()
            finally:
                self.abandon()

    def abandon(self) -> None:
        """Leave the file as it is. Harmless where it is closed."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _keep(self, packed: bytes) -> None:
        if packed:
            self._waiting.append(packed)

    def _write(self) -> None:
        assert self._file is not None, "closed"
        left = memoryview(b"".join(self._waiting))
        self._waiting.clear()
        while left:
            written = os.write(self._file, left)
            self.size_bytes += written
            left = left[written:]
        os.fdatasync(self._file)
