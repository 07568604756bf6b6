"""The directory of the posture logs: names, order and how much there may be."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from edge_agent.posture_log.log_part import SUFFIX

# Left free for the events, which come first: as much as the outbox may take by default.
_SPARE_BYTES = 64_000_000


class Shelf:
    """Holds at most so many bytes in whole parts, ``CAMERA/NUMBER-TIME.postures.gz``.

    Numbers count up over all cameras and for ever, so that the oldest part is known also where the wall clock jumped.

    Raises:
        OSError: From any method: the directory cannot be used.
    """

    def __init__(self, root: Path, budget_bytes: int) -> None:
        self._root = root
        self._budget_bytes = budget_bytes
        self._sizes: dict[Path, int] | None = None
        self._next = 1

    @property
    def part_bytes(self) -> int:
        """How large a part may grow: eight cameras may each have an open one, which cannot be deleted."""
        return self._budget_bytes // 16

    def new_path(self, camera: str, wall_s: float) -> Path:
        """Where the next part of a camera goes; its directory exists."""
        self._look()
        directory = self._root / camera
        for each in (self._root, directory):
            each.mkdir(mode=0o700, exist_ok=True)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(wall_s))
        path = directory / f"{self._next:08d}-{stamp}{SUFFIX}"
        self._next += 1
        return path

    def note(self, path: Path, size_bytes: int) -> None:
        """A part is no longer written."""
        self._look()[path] = size_bytes

    def make_room(self, open_bytes: dict[Path, int]) -> None:
        """Delete the oldest parts until the rest fits.

        Args:
            open_bytes: Size of each part that is being written; these stay.

        Raises:
            OSError: A part cannot be deleted, or the disk is nearly full for other reasons.
        """
        sizes = self._look()
        sizes.update(open_bytes)
        total = sum(sizes.values())
        for path in sorted((path for path in sizes if path not in open_bytes), key=_number):
            if total <= self._budget_bytes:
                break
            path.unlink(missing_ok=True)
            total -= sizes.pop(path)
        disk = os.statvfs(self._root)
        if disk.f_bavail * disk.f_frsize < _SPARE_BYTES:
            raise OSError(errno.ENOSPC, "nearly full", str(self._root))

    def _look(self) -> dict[Path, int]:
        """Sizes of what is there; read once."""
        if self._sizes is None:
            found = {path: path.stat().st_size for path in self._root.glob(f"*/*{SUFFIX}") if _number(path) > 0}
            self._next = 1 + max(map(_number, found), default=0)
            self._sizes = found
        return self._sizes


def _number(path: Path) -> int:
    """The number in the name of a part; 0 where somebody else named it."""
    digits = path.name.partition("-")[0]
    return int(digits) if digits.isdecimal() else 0
