"""Which files of posture logs belong together: what one camera saw in one run of the agent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import PostureLogError
from edge_agent.posture_log.header import Header
from edge_agent.posture_log.log_part import SUFFIX, LogPart, is_log_part

Complain = Callable[[PostureLogError], None]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Parts of one run and camera, oldest first; some may be missing, which is time that nobody watched.

    They are replayed together, since an incident, or what leads to it, may begin in one part and end in the next.

    Attributes:
        parts: At least one.
    """

    parts: tuple[LogPart, ...]

    @property
    def header(self) -> Header:
        """Of the first part."""
        return self.parts[0].header

    @property
    def wall_offset_s(self) -> float:
        """What monotonic seconds lack to the Unix epoch, by the first part whose clock followed a time server."""
        headers = [part.header for part in self.parts]
        told = next((header for header in headers if header.clock_synced), self.header)
        return told.started_wall_s - told.started_s


def is_posture_log(path: Path) -> bool:
    """Whether a path is a part of a posture log, or a directory, which may hold some."""
    return path.is_dir() or is_log_part(path)


def recordings_in(paths: Iterable[Path], complain: Complain) -> tuple[Recording, ...]:
    """Gather the parts that these files and directories are.

    Args:
        paths: Files, or directories that hold files of that suffix at any depth.
        complain: Called with each that cannot be used; the others go on.
    """
    found: dict[tuple[str, str], dict[int, LogPart]] = {}
    for path in paths:
        for file in _files(path, complain):
            try:
                part = LogPart(file)
            except PostureLogError as error:
                complain(error)
                continue
            found.setdefault((part.header.session, part.header.camera), {})[part.header.part] = part
    return tuple(Recording(tuple(parts[number] for number in sorted(parts))) for parts in found.values())


def _files(path: Path, complain: Complain) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    files = sorted(path.rglob(f"*{SUFFIX}"))
    if not files:
        complain(PostureLogError(f"{path}: holds no posture log (*{SUFFIX}); is `posture_log.enabled` set?"))
    yield from files
