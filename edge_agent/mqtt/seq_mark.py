"""The highest sequence number in use, noted beside the outbox: what a damaged outbox has forgotten, it remembers."""

from __future__ import annotations

import contextlib
import os
import zlib
from pathlib import Path

SYNC_EVERY = 500  # our own: half of what is skipped where the counter is lost (`SLACK`), and hours of a busy place


class SeqMark:
    """A number in a small file, written in place after each commit, and waiting for the disk once in 500 numbers.

    The kernel writes it back every half minute or so, whatever the number of events: one page. It survives the death
    of the process at once, and a power cut as of then; many events at once do not outrun it by more than 500. It is
    only ever behind what was committed, so a higher mark than the outbox knows proves that the outbox lost commits: a
    torn log, a file that was removed or put back.
    """

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._path = path
        self._file: int | None = None
        self._highest = 0
        self._synced = 0  # the first write of each run waits: nobody knows what the last one left to the kernel

    def read(self) -> int:
        """The number; 0 where there is none that can be read."""
        try:
            text = self._path.read_bytes()
        except OSError:
            return self._highest
        digits = text[:20]
        if digits.isdigit() and text == _line(int(digits)):
            self._highest = max(self._highest, int(digits))
        return self._highest

    def write(self, seq: int) -> None:
        """Note a number. A disk that refuses costs nothing but the mark: the outbox has its own counter."""
        if seq <= self._highest:
            return
        self._highest = seq
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.pwrite(self._file, _line(seq), 0)
            if not self._synced or seq - self._synced >= SYNC_EVERY:
                os.fsync(self._file)
                self._synced = seq
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the file; a later `write` opens it again."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # a disk may also refuse what was written before; the number is gone
                os.close(file)


def _line(seq: int) -> bytes:
    """Always as long, within one sector, so that it is never half written; with a CRC-32 against flipped bits."""
    digits = b"%020d" % seq
    return b"%s %08x\n" % (digits, zlib.crc32(digits))
