"""A file of the repository, as its signed metadata describes it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """What to get.

    Attributes:
        path: In the repository, with ``/`` between its parts.
        length: In bytes.
        sha256: Of its content, 64 hexadecimal digits.
        url: Where it is.
    """

    path: str
    length: int
    sha256: str
    url: str

    def matches(self, file: Path) -> bool:
        """Whether a local file is this one, byte for byte.

        Raises:
            OSError: It is there and cannot be read.
        """
        try:
            if not file.is_file() or file.stat().st_size != self.length:
                return False
            return sha256_of(file) == self.sha256
        except FileNotFoundError:
            return False


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's content, 64 hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
