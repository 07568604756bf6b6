"""A small record that survives the loss or damage of one of its two copies."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from edge_agent.runtime.durable import sync
from edge_agent.runtime.replace_file import replace_file

logger = logging.getLogger(__name__)

_MAGIC = "edge-agent-twin-1"
_MAX_BYTES = 8 * 1024 * 1024  # our own: tuf caps a snapshot, of which a floor is an extract, at 2 MB


@dataclass(frozen=True, slots=True)
class _Copy:
    sequence: int
    content: bytes


class TwinFile:
    """Two files with a checksum and a counter each; the newer one that is whole counts.

    They are written one after the other, each synchronised before the next is begun: whatever happens on the way, one
    of them is whole. A copy that the disk does not give is as good as damaged while its twin is whole. The files are
    ``NAME-1.twin`` and ``NAME-2.twin``.
    """

    def __init__(self, directory: Path, name: str) -> None:
        """Name the record; nothing is read yet.

        Args:
            directory: Made with the first write.
            name: Of the record, without an ending.
        """
        self._directory = directory
        self._paths = tuple(directory / f"{name}-{number}.twin" for number in (1, 2))

    def read(self) -> bytes | None:
        """The content that was written last; None where there is none that is whole.

        Raises:
            OSError: No copy is whole, and one is there and cannot be read, for want of permission as an example: what
                it says is not lost.
        """
        found = [_read(path) for path in self._paths]
        faults = [each for each in found if isinstance(each, OSError)]
        newest = max((each for each in found if isinstance(each, _Copy)), key=lambda each: each.sequence, default=None)
        if newest is None and faults:
            raise faults[0]
        for fault in faults:
            logger.error("%s cannot be read (%s); its twin is used", fault.filename, fault.strerror)
        return newest.content if newest else None

    def write(self, content: bytes) -> None:
        """Replace both copies, the worse one first.

        Raises:
            OSError: They cannot be written; at least one whole copy, the old or the new, is there still.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        found = {path: _read(path) for path in self._paths}
        sequences = {path: each.sequence if isinstance(each, _Copy) else -1 for path, each in found.items()}
        sequence = max(sequences.values()) + 1
        for path in sorted(self._paths, key=lambda each: sequences[each]):
            replace_file(path, _encoded(sequence, content))
            sync(self._directory)

    def whole(self) -> bool:
        """Whether both copies are there and not damaged."""
        return all(isinstance(_read(path), _Copy) for path in self._paths)


def _encoded(sequence: int, content: bytes) -> bytes:
    return f"{_MAGIC} {sequence} {_digest(sequence, content)}\n".encode() + content


def _digest(sequence: int, content: bytes) -> str:
    return hashlib.sha256(f"{sequence}\n".encode() + content).hexdigest()


def _read(path: Path) -> _Copy | OSError | None:
    """A copy; the fault of a disk that does not give it; None where it is gone or damaged."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as fault:
        return fault
    head, _, content = raw.partition(b"\n")
    words = head.decode("ascii", "replace").split(" ")
    if len(words) == 3 and words[0] == _MAGIC and words[1].isascii() and words[1].isdigit():
        sequence = int(words[1])
        if words[2] == _digest(sequence, content):
            return _Copy(sequence, content)
    logger.error("%s is damaged; its twin is used", path)
    return None
