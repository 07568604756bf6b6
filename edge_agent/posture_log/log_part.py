"""Reading one part of a posture log."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from edge_agent.errors import PostureLogError
from edge_agent.posture_log.header import Header, line_to_header
from edge_agent.posture_log.line_to_seen_frame import LineToSeenFrame
from edge_agent.posture_log.seen_frame import SeenFrame

SUFFIX = ".postures.gz"
GZIP_WINDOW = 31  # zlib: 16 for the gzip form (RFC 1952), 15 for the largest window
_PIECE = 4096  # unpacks to 4 MB at most: deflate makes nothing smaller than a thousandth
_GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, section 2.3.1
# Twenty persons take 30 kB: what is longer is no line of ours, and must not fill the memory.
_LONGEST_LINE = 4_000_000


def is_log_part(path: Path) -> bool:
    """Whether a file is to be read as a posture log: by its name, or as a gzip file, which no clip is."""
    if path.name.endswith(SUFFIX):
        return True
    try:
        with path.open("rb") as file:
            return file.read(2) == _GZIP_MAGIC
    except OSError:
        return False


class LogPart:
    """One file, whose header has been read.

    Attributes:
        path: Of the file.
        header: Its first line.
        torn: Whether it ended in mid-stream, as after a power cut; known once `frames` has come to its end.

    Raises:
        PostureLogError: The file cannot be read, or is none; the text names it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.torn = False
        first = next(self._lines(), b"")
        if not first:
            raise PostureLogError(f"{path}: is empty; the agent was stopped before it had written anything")
        try:
            self.header: Header = line_to_header(first)
            self._line_to_seen_frame = LineToSeenFrame(self.header)
        except PostureLogError as error:
            raise PostureLogError(f"{path}: {error}") from error

    def frames(self) -> Iterator[SeenFrame]:
        """Every frame, oldest first, as far as the file goes.

        Raises:
            PostureLogError: The file is damaged here; what came before is good.
        """
        lines = self._lines()
        next(lines, None)
        before_s = float("-inf")
        for number, line in enumerate(lines, start=2):
            try:
                frame = self._line_to_seen_frame(line)
                if frame.postures.t_s <= before_s:
                    raise PostureLogError("is damaged: time goes back, or stands still")
            except PostureLogError as error:
                raise PostureLogError(f"{self.path}: line {number} {error}; replayed up to it") from error
            before_s = frame.postures.t_s
            yield frame

    def _lines(self) -> Iterator[bytes]:
        """Whole lines; a last one without its newline was torn off."""
        try:
            with self.path.open("rb") as file:
                rest = b""
                for text in self._unpacked(file):
                    *lines, rest = (rest + text).split(b"\n")
                    yield from lines
                    if len(rest) > _LONGEST_LINE:
                        raise PostureLogError(f"{self.path}: has a line that is no frame")
        except zlib.error as error:
            raise PostureLogError(f"{self.path}: is damaged or no posture log ({error}); replayed up to it") from error
        except OSError as error:
            raise PostureLogError(f"{self.path}: {error.strerror or error}") from error

    def _unpacked(self, file: BinaryIO) -> Iterator[bytes]:
        """What was packed. Of a piece that is damaged, as after a power cut, all that comes before the damage."""
        unpack = zlib.decompressobj(GZIP_WINDOW)
        while not unpack.eof and (packed := file.read(_PIECE)):
            before = unpack.copy()
            try:
                text = unpack.decompress(packed)
            except zlib.error:
                yield from (before.decompress(packed[at : at + 1]) for at in range(len(packed)))
                raise
            yield text
        self.torn = not unpack.eof
