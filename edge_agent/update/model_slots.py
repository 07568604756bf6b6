"""Which model runs, which would take its place, and which is on trial: one small file, replaced as a whole.

One file and not a link for each slot, so that no power cut can leave slots that contradict each other. It is written
twice, each with its own hash: a bit that flips in one costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.runtime.replace_file import replace_file

logger = logging.getLogger(__name__)

_FILES = ("slots.json", "slots.copy.json")


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
        generation: Grows with each change.
        active: The committed model.
        last_good: The one committed before it.
        trial: The trial that goes on; None where none does.
        ended: The last trial that the daemon ended; until the next one begins.
    """

    generation: int = 0
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
    found = [slots for name in _FILES if (slots := _read(models / name)) is not None]
    return max(found, key=lambda slots: slots.generation, default=Slots())


def write_slots(models: Path, slots: Slots) -> Slots:
    """Replace the slots. Only under the store's lock.

    Returns:
        What was written, with its generation.

    Raises:
        OSError: They cannot be written; the former ones stay.
    """
    numbered = replace(slots, generation=slots.generation + 1)
    body = _ADAPTER.dump_json(numbered).decode()
    text = json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest(), "body": body}).encode()
    for name in _FILES:
        replace_file(models / name, text)
    return numbered


def slots_changed_at(models: Path) -> tuple[int, int]:
    """Something that differs after each change of the slots, and costs no reading: the file's number and time."""
    try:
        found = (models / _FILES[0]).stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def _read(path: Path) -> Slots | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        document = json.loads(raw)
        body = document["body"]
        if hashlib.sha256(body.encode()).hexdigest() != document["sha256"]:
            raise ValueError("its hash differs")
        return _ADAPTER.validate_json(body)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as fault:
        logger.error("%s is damaged (%s); its copy is used, or the factory model", path, type(fault).__name__)
        return None
