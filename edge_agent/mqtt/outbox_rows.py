"""What the outbox gives out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from edge_agent.data.event import Severity

_MAX_RANGES = 16  # our own: what `health` carries of losses, in some hundred bytes
# How much a pending event is worth, where some must be given up; acknowledged are 0, put aside 1.
WORTH = {Severity.INFO: 2, Severity.WARNING: 3, Severity.CRITICAL: 4}


@dataclass(frozen=True, slots=True)
class Pending:
    """One event that the broker does not have yet.

    Attributes:
        seq: Its sequence number.
        topic: Full topic.
        payload: As serialised when it was stored.
        historical: Whether it belongs to the back-fill lane.
    """

    seq: int
    topic: str
    payload: bytes
    historical: bool


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that was raised and not yet cleared.

    Attributes:
        incident_id: Shared by its events.
        rev: Revision of the last stored event.
        rule: Name of the rule.
        severity: Of the last stored event.
        camera: Name of the camera.
        zone: Name of the zone.
        raised_wall_s: When its first event was stored, seconds since the Unix epoch.
    """

    incident_id: str
    rev: int
    rule: str
    severity: Severity
    camera: str
    zone: str
    raised_wall_s: float


@dataclass(frozen=True, slots=True)
class SeqRange:
    """Events `first` to `last`, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """How the outbox stands.

    Attributes:
        pending: Events that the broker does not have yet.
        quarantined: Events that the broker will never take.
        dropped: Events lost for space, ever.
        bytes_used: Bytes in use in the file.
        oldest_pending_s: Age of the oldest of the pending events, at least; 0 without one.
    """

    pending: int
    quarantined: int
    dropped: int
    bytes_used: int
    oldest_pending_s: float = 0.0


@dataclass(frozen=True, slots=True)
class KeptEvents:
    """What is left of a range of events.

    Attributes:
        seqs: Those that the broker has had and that can be sent again.
        pending: How many of them the broker gets anyway.
        missing: Those that are gone: too old, dropped for space, or put aside.
        next_seq: Where to go on, where there was more than the limit; None at the end of the range.
    """

    seqs: tuple[int, ...]
    pending: int
    missing: tuple[SeqRange, ...]
    next_seq: int | None


def kept_events(there: Sequence[tuple[int, bool]], first: int, end: int, limit: int) -> KeptEvents:
    """Tell what is left of events `first` to `end`, the latter not included.

    Args:
        there: Number of each event that is in the file, and whether the broker has had it; by number, and one more
            than the limit where there are more.
        first: First number of the range.
        end: First number after it.
        limit: How many events to take.
    """
    taken, next_seq = there[:limit], there[limit][0] if len(there) > limit else None
    edges = [first - 1, *(seq for seq, _ in taken), max(first, end) if next_seq is None else next_seq]
    gaps = (SeqRange(before + 1, after - 1) for before, after in pairwise(edges) if after > before + 1)
    return KeptEvents(
        seqs=tuple(seq for seq, acknowledged in taken if acknowledged),
        pending=sum(not acknowledged for _, acknowledged in taken),
        missing=tuple(gaps),
        next_seq=next_seq,
    )


def joined(ranges: Iterable[SeqRange]) -> tuple[SeqRange, ...]:
    """The same numbers as at most 16 ranges by number; where there would be more, the first spans the older ones."""
    whole: list[SeqRange] = []
    for item in sorted(ranges, key=lambda item: item.first):
        if whole and item.first <= whole[-1].last + 1:
            whole[-1] = SeqRange(whole[-1].first, max(whole[-1].last, item.last))
        else:
            whole.append(item)
    older, recent = whole[: 1 - _MAX_RANGES], whole[1 - _MAX_RANGES :]
    return (SeqRange(older[0].first, older[-1].last), *recent) if older else tuple(recent)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that the broker will never take.

    Attributes:
        seq: Its sequence number.
        topic: Full topic.
        payload: As serialised when it was stored.
        reason: Why it was put aside.
        settled_wall_s: When, seconds since the Unix epoch.
    """

    seq: int
    topic: str
    payload: bytes
    reason: str
    settled_wall_s: float


@dataclass(frozen=True, slots=True)
class Storage:
    """How events are kept.

    Attributes:
        state: ``ok``; ``salvaged``: ok, after the file was found damaged in this run; ``memory_only``: the disk takes
            nothing, events wait in memory.
        since_wall_s: Since when, seconds since the Unix epoch.
        reason: What is wrong and what to do; empty where all is well.
    """

    state: Literal["ok", "salvaged", "memory_only"]
    since_wall_s: float
    reason: str = ""
