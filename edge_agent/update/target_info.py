"""A file of the repository, as its signed metadata describes it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """What to get.

    Attributes:
        path: In the repository, with ``/`` between its parts.
        length: In bytes.
        sha256: Of its content, 64 hexadecimal digits; empty where only the other one was signed.
        url: Where it is.
        sha512: Of its content, 128 hexadecimal digits; empty where it was not signed.
    """

    path: str
    length: int
    sha256: str
    url: str
    sha512: str = ""

    def is_file(self, file: Path) -> bool:
        """Whether a local file is this one, byte for byte.

        Raises:
            OSError: It is there and cannot be read.
        """
        try:
            with file.open("rb") as stream:
                return os.fstat(stream.fileno()).st_size == self.length and self.is_content(_blocks(stream))
        except (FileNotFoundError, IsADirectoryError):
            return False

    def is_content(self, blocks: Iterable[bytes]) -> bool:
        """Whether some bytes, in whatever pieces, are the target's: every hash that was signed must fit."""
        wanted = {name: text for name, text in (("sha256", self.sha256), ("sha512", self.sha512)) if text}
        digests = {name: hashlib.new(name) for name in wanted}
        length = 0
        for block in blocks:
            length += len(block)
            for digest in digests.values():
                digest.update(block)
        found = {name: digest.hexdigest() for name, digest in digests.items()}
        return bool(wanted) and length == self.length and found == wanted


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(_BLOCK_BYTES):
        yield block
