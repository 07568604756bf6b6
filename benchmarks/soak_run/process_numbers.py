"""What a process holds, as Linux tells it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one process holds at one moment.

    Attributes:
        rss_mb: Resident memory (``VmRSS``), in 10^6 bytes.
        pss_mb: The same with pages that it shares counted in part; None where the kernel does not tell it.
        threads: How many.
        descriptors: Open files, sockets and pipes.
        children: Processes that it started and that are still there.
    """

    rss_mb: float
    pss_mb: float | None
    threads: int
    descriptors: int
    children: int


def holding(pid: int) -> Holding:
    """What a process of ours holds now.

    Raises:
        OSError: It is gone.
    """
    proc = Path("/proc") / str(pid)
    status = (proc / "status").read_text()
    children = [line for task in (proc / "task").iterdir() for line in _read(task / "children").split()]
    return Holding(
        rss_mb=_number(status, "VmRSS") * 1024 / 1e6,
        pss_mb=_number(rollup, "Pss") * 1024 / 1e6 if (rollup := _read(proc / "smaps_rollup")) else None,
        threads=_number(status, "Threads"),
        descriptors=len(list((proc / "fd").iterdir())),
        children=len(children),
    )


def _read(path: Path) -> str:
    """Empty where a thread ended meanwhile, or the kernel has no such file."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(text: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    if found is None:
        raise OSError(f"the kernel tells no {name}")
    return int(found[1])
