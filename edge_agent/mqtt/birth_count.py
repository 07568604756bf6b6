"""Numbers Sparkplug's births, across restarts."""

from __future__ import annotations

import logging
from pathlib import Path

logger = logging.getLogger(__name__)

_NUMBERS = 256  # tck-id-payloads-nbirth-bdseq-inc: 255 is followed by 0


class BirthCount:
    """The number of the next birth.

    It is kept on disk so that the will of a run that was killed, which may come late, is not taken for the death of the
    next run (tck-id-payloads-ndeath-bdseq).

    Args:
        file: Where it is kept.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._next = (self._read() + 1) % _NUMBERS

    @property
    def next(self) -> int:
        """0..255; the same until it was used."""
        return self._next

    def use(self) -> None:
        """The broker has accepted a will with this number. Written once for each connection, not for each try."""
        used, self._next = self._next, (self._next + 1) % _NUMBERS
        try:
            self._file.write_text(f"{used}\n")
        except OSError as error:
            logger.warning("cannot write %s (%s): after a restart births are numbered from 0", self._file, error)

    def _read(self) -> int:
        try:
            return int(self._file.read_text())
        except (OSError, ValueError):
            return -1
