"""Changes of a group's pointer. Every one has a greater counter than the one before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from edge_agent.errors import FleetError
from edge_agent.fleet.edition import Edition
from edge_agent.fleet.repository_files import RepositoryFiles
from edge_agent.update.pointer import AbortRule, Pointer
from edge_agent.update.window import MaintenanceWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a group's devices shall go about a release; the fields are the pointer's."""

    windows: tuple[MaintenanceWindow, ...] = ()
    deadline: datetime | None = None
    abort: AbortRule = field(default_factory=AbortRule)
    trial_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which release a group shall run, and how far."""

    name: str
    version: str
    rollout: str
    percent: int
    revoked: tuple[str, ...] = ()
    """Releases that no group may run (`FleetSettings.revoked`)."""
    least_counter: int = 1
    """For the day after a theft: greater than any counter that the thief signed."""


def point_at(edition: Edition, files: RepositoryFiles, group: str, choice: Choice, terms: Terms) -> Pointer:
    """Point a group at a release.

    Raises:
        FleetError: There is no such group or release, or it was revoked.
    """
    _, sha256 = edition.release(files, choice.name, choice.version)
    before = edition.pointer(files, group)
    revoked = tuple(dict.fromkeys((*(before.revoked if before else ()), *choice.revoked)))
    if sha256 in revoked:
        raise FleetError(
            f"{choice.name} {choice.version} was revoked in group {group}: publish a later version, or take that back "
            f"with `edge-agent-fleet revoke --undo {choice.name} {choice.version}`"
        )
    pointer = Pointer(
        group=group,
        counter=max(before.counter + 1 if before else 1, choice.least_counter),
        name=choice.name,
        version=choice.version,
        release_sha256=sha256,
        rollout=choice.rollout,
        percent=choice.percent,
        windows=terms.windows,
        deadline=terms.deadline,
        abort=terms.abort,
        trial_s=terms.trial_s,
        revoked=revoked,
    )
    edition.set_pointer(pointer)
    return pointer


def terms_of(pointer: Pointer) -> Terms:
    """The terms of a pointer, for the next one."""
    return Terms(windows=pointer.windows, deadline=pointer.deadline, abort=pointer.abort, trial_s=pointer.trial_s)


def set_percent(edition: Edition, files: RepositoryFiles, group: str, rollout: str, percent: int) -> Pointer:
    """Let so many percent of the group begin with what a rollout brings.

    Raises:
        FleetError: The group has no pointer, or one that is not of this rollout.
    """
    pointer = _pointer(edition, files, group)
    if pointer.rollout != rollout:
        raise FleetError(
            f"group {group} points at {pointer.name} {pointer.version}, and no longer at this rollout: end it with "
            "`edge-agent-fleet rollout halt`, and start another one"
        )
    return _succeed(edition, replace(pointer, percent=percent))


def revoke(edition: Edition, files: RepositoryFiles, groups: Iterable[str], sha256: str) -> list[Pointer]:
    """Let no device of these groups run a release; who runs it goes back. A group without a pointer is left out."""
    changed = []
    for group in groups:
        pointer = edition.pointer(files, group)
        if pointer is None or (sha256 in pointer.revoked and pointer.percent == 0):
            continue
        percent = 0 if pointer.release_sha256 == sha256 else pointer.percent
        revoked = (*(each for each in pointer.revoked if each != sha256), sha256)
        changed.append(_succeed(edition, replace(pointer, percent=percent, revoked=revoked)))
    return changed


def allow_again(edition: Edition, files: RepositoryFiles, groups: Iterable[str], sha256: str) -> list[Pointer]:
    """Take a revocation back."""
    changed = []
    for group in groups:
        pointer = edition.pointer(files, group)
        if pointer is not None and sha256 in pointer.revoked:
            revoked = tuple(each for each in pointer.revoked if each != sha256)
            changed.append(_succeed(edition, replace(pointer, revoked=revoked)))
    return changed


def _pointer(edition: Edition, files: RepositoryFiles, group: str) -> Pointer:
    pointer = edition.pointer(files, group)
    if pointer is None:
        raise FleetError(f"group {group} has no pointer yet: `edge-agent-fleet publish --group {group} NAME VERSION`")
    return pointer


def _succeed(edition: Edition, pointer: Pointer) -> Pointer:
    following = replace(pointer, counter=pointer.counter + 1)
    edition.set_pointer(following)
    return following
