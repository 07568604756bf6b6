"""Which model runs, which would take its place, and which is on trial: one small record, replaced as a whole.

One record and not a link for each slot, so that no power cut can leave slots that contradict each other. There are two
copies, each with its own hash: a bit that flips in one costs nothing.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.update.twin_file import TwinFile

logger = logging.getLogger(__name__)

_NAME = "slots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One installed model.

    Attributes:
        directory: Name of its directory in the store.
        digest: Of everything in it when it was installed (`tree_digest`).
        model: What people call it.
        version: Of the model; empty where nobody said.
        release: SHA-256 of the ``release.json`` that it came with; None where a person installed it.
    """

    directory: str
    digest: str
    model: str = ""
    version: str = ""
    release: str | None = None

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.model or self.directory} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A model that shall run for a while before anybody relies on it. The active one stays the active one meanwhile.

    Attributes:
        candidate: The model.
        trial_s: How long it is watched at least.
        deadline_s: When it must have been judged, seconds since the Unix epoch; None for no such time.
        budget_latency_ms: Its release's; None for none.
        budget_rss_mb: Its release's; None for none.
    """

    candidate: Slot
    trial_s: float
    deadline_s: float | None = None
    budget_latency_ms: float | None = None
    budget_rss_mb: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTrial:
    """A trial that the daemon itself ended.

    Attributes:
        digest: Of the candidate.
        reason: A word of `UpdateReason`.
        text: For people.
    """

    digest: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What each slot holds. None in `active` and `last_good` stands for the factory model.

    Attributes:
        active: The committed model.
        last_good: The one committed before it.
        trial: The trial that goes on; None where none does.
        ended: The last trial that the daemon ended; until the next one begins.
    """

    active: Slot | None = None
    last_good: Slot | None = None
    trial: Trial | None = None
    ended: EndedTrial | None = None

    @property
    def wanted(self) -> Slot | None:
        """The model that the daemon shall run."""
        return self.trial.candidate if self.trial else self.active

    def uses(self, directory: str) -> bool:
        """Whether a slot holds the model of a directory."""
        trial = self.trial.candidate if self.trial else None
        return directory in {slot.directory for slot in (self.active, self.last_good, trial) if slot}


_ADAPTER = TypeAdapter(Slots)


def read_slots(models: Path) -> Slots:
    """The slots of a store; empty ones, hence the factory model, where both copies are lost or damaged.

    Args:
        models: The store's directory of models.

    Raises:
        OSError: The directory cannot be read.
    """
    raw = TwinFile(models, _NAME).read()
    if raw is None:
        return Slots()
    try:
        return _ADAPTER.validate_json(raw)
    except ValidationError:
        logger.error("%s: the slots are of another agent; the factory model is used", models)
        return Slots()


def write_slots(models: Path, slots: Slots) -> None:
    """Replace the slots. Only under the store's lock.

    Raises:
        OSError: They cannot be written; the former ones or the new ones hold.
    """
    TwinFile(models, _NAME).write(_ADAPTER.dump_json(slots))


def slots_changed_at(models: Path) -> tuple[int, ...]:
    """Something that differs after each change of the slots, and costs no reading: numbers and times of the files.

    Of a file that is gone, or that the disk does not give, it says nothing: who then reads the slots learns why.
    """
    marks: list[int] = []
    for number in (1, 2):
        with contextlib.suppress(OSError):
            found = (models / f"{_NAME}-{number}.twin").stat()
            marks += [found.st_ino, found.st_mtime_ns]
    return tuple(marks)
