"""What the updater must not forget: the update under way, what was refused, and what somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.update.model_slots import Slot
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.twin_file import TwinFile

_MAX_REFUSED = 32  # our own: the last ones count; an older release is judged again, and refused again
MAX_SPOILT = 10
"""Our own: with the pauses between two tries an hour or more, in which somebody logs into the network of a hotel or
mends a cache; a repository that is wrong for good is not asked for megabytes for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The update that is under way.

    Attributes:
        pointer: The signed pointer that named it, as its bytes were.
        release: SHA-256 of its ``release.json``.
        rollout: Identifier of the rollout.
        candidate: Its slot, once it is in the store.
        begun_s: When the trial was asked for, seconds since the Unix epoch.
    """

    pointer: str
    release: str
    rollout: str
    candidate: Slot | None = None
    begun_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A release that is not tried again in the same rollout.

    Attributes:
        rollout: Identifier of the rollout.
        release: SHA-256 of its ``release.json``.
    """

    rollout: str
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """How often a server sent something else than what was signed, while a release was fetched.

    Attributes:
        refusal: What is refused once that was too often.
        times: So far, in this rollout.
    """

    refusal: Refusal
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the last update ended: what the fleet hears until another one begins.

    Attributes:
        release: SHA-256 of its ``release.json``.
        rollout: Identifier of the rollout that brought it; empty where nobody knows.
        counter: Of the pointer that named it.
        state: COMMITTED, ROLLED_BACK or FAILED.
        reason: Why.
        text: For people.
        at_s: When, seconds since the Unix epoch.
    """

    release: str
    rollout: str = ""
    counter: int
    state: UpdateState
    reason: UpdateReason | None = None
    text: str = ""
    at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """A committed model that is being taken back.

    Attributes:
        digest: Of its directory.
        release: SHA-256 of its ``release.json``; None where a person installed it.
    """

    digest: str
    release: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All of it.

    Attributes:
        paused: Nothing is begun or gone on with until somebody resumes.
        pinned: The model that runs stays, unless it is revoked.
        counter: Of the newest pointer that was seen: it never falls.
        counted_by: Whose counter that is (`Parts.counted_by`); empty where an older agent wrote this.
        task: None where nothing is under way.
        take_back: The committed model that is being taken back; None where none is.
        revoked: Releases that must not run, by the newest pointer.
        refused: Releases that were refused.
        spoilt: Transfers of the update under way that were in vain; None where none was.
        outcome: Of the last update.
    """

    paused: bool = False
    pinned: bool = False
    counter: int = 0
    counted_by: str = ""
    task: Task | None = None
    take_back: TakeBack | None = None
    revoked: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    spoilt: Spoilt | None = None
    outcome: Outcome | None = None

    def following(self, counted_by: str) -> Memory:
        """The same for a group: counters of two groups, or under two roots, have nothing to do with each other."""
        counter = self.counter if self.counted_by in ("", counted_by) else 0
        return replace(self, counter=counter, counted_by=counted_by)

    def refusing(self, rollout: str, release: str) -> Memory:
        """The same, with one more release that is not tried again in this rollout."""
        refusal = Refusal(rollout=rollout, release=release)
        others = tuple(each for each in self.refused if each != refusal)
        return replace(self, refused=(*others, refusal)[-_MAX_REFUSED:])

    def spoiling(self, rollout: str, release: str) -> tuple[Memory, int]:
        """The same, with one more transfer of a release that was in vain; and how many were, in this rollout."""
        refusal = Refusal(rollout=rollout, release=release)
        times = 1 + (self.spoilt.times if self.spoilt and self.spoilt.refusal == refusal else 0)
        return replace(self, spoilt=Spoilt(refusal=refusal, times=times)), times


_ADAPTER = TypeAdapter(Memory)


class MemoryFile:
    """The memory on disk, in two copies. A memory that is lost costs what somebody asked for, and no safety.

    Args:
        directory: Of the updater's state.
    """

    def __init__(self, directory: Path) -> None:
        self._file = TwinFile(directory, "memory")

    def read(self) -> Memory:
        """What was written last; nothing where it is lost or of another agent.

        Raises:
            OSError: It cannot be read.
        """
        raw = self._file.read()
        try:
            return Memory() if raw is None else _ADAPTER.validate_json(raw)
        except ValidationError:
            return Memory()

    def write(self, memory: Memory) -> None:
        """Replace it; the disk has it when this returns.

        Raises:
            OSError: It cannot be written.
        """
        self._file.write(_ADAPTER.dump_json(memory))
