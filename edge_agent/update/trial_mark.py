"""A mark on the disk while a model on trial is open: whoever starts and finds it knows that the last run did not end.

It is written before the model is opened in the daemon, and removed when the daemon stops on purpose or the trial ends.
What stays behind is a crash, or a power cut; the kernel's identifier of the boot tells which (random(4)).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.runtime.durable import sync
from edge_agent.runtime.replace_file import replace_file

MARK_FILE = "trial-run.json"
PROVEN_FRAMES = 10
"""A model that judged so many frames has started. Our own: one second on the slowest device."""
_MAX_POWER_CUTS = 2
"""Our own: once is bad luck; who takes the device down twice before ten frames (a driver that hangs it until the
hardware's watchdog resets it looks like that) must not get a third try."""


class Found(str, Enum):
    """What a mark that was left behind means."""

    NOTHING = "nothing"
    CRASH = "crash"
    POWER_CUT = "power_cut"
    POWER_CUTS = "power_cuts"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMark:
    """The mark.

    Attributes:
        digest: Of the candidate.
        boot_id: Of the boot in which it was opened.
        proven: Whether it has judged `PROVEN_FRAMES`.
        power_cuts: How often before the device went down while it was open and not proven.
    """

    digest: str
    boot_id: str
    proven: bool = False
    power_cuts: int = 0


_ADAPTER = TypeAdapter(TrialMark)


def read_mark(path: Path) -> TrialMark | None:
    """The mark that lies there; None where none does. A damaged one is as good as none: it was written whole."""
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_mark(path: Path, mark: TrialMark) -> None:
    """Leave a mark; the disk has it when this returns.

    Raises:
        OSError: It cannot be written.
    """
    replace_file(path, _ADAPTER.dump_json(mark))


def remove_mark(path: Path) -> None:
    """Take it away; the disk knows when this returns.

    Raises:
        OSError: It cannot be removed.
    """
    if path.exists():
        path.unlink()
        sync(path.parent)


def found(mark: TrialMark | None, digest: str, boot_id: str) -> Found:
    """What the mark that a start finds says of the candidate that it is about to open.

    Args:
        mark: As found; None for none.
        digest: Of the candidate.
        boot_id: Of this boot; empty where the kernel tells none, and then every mark is a crash.
    """
    if mark is None or mark.digest != digest:
        return Found.NOTHING
    if mark.boot_id == boot_id:
        return Found.CRASH
    if mark.proven:
        return Found.POWER_CUT
    return Found.POWER_CUTS if mark.power_cuts + 1 >= _MAX_POWER_CUTS else Found.POWER_CUT


def next_mark(mark: TrialMark | None, digest: str, boot_id: str) -> TrialMark:
    """The mark to leave before the candidate is opened now."""
    if mark is None or mark.digest != digest:
        return TrialMark(digest=digest, boot_id=boot_id)
    cuts = mark.power_cuts + (0 if mark.proven or mark.boot_id == boot_id else 1)
    return replace(mark, boot_id=boot_id, proven=False, power_cuts=cuts)
