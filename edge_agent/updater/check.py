"""Look at the repository, and decide whether there is anything to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone

from edge_agent.errors import SignedFileError, UpdateRefused
from edge_agent.update.model_slots import Slots
from edge_agent.update.pointer import MAX_POINTER_BYTES, Pointer, parse_pointer, pointer_path
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.state import Fact
from edge_agent.update.takes_part import takes_part
from edge_agent.update.window import MaintenanceWindow, is_open
from edge_agent.updater.memory import Memory, Outcome, Task
from edge_agent.updater.news import News
from edge_agent.updater.parts import Parts


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at the repository gave.

    Attributes:
        news: For the table of states.
        memory: As it is from now on.
    """

    news: News
    memory: Memory


def check(parts: Parts, memory: Memory) -> Checked:
    """Refresh the metadata, read the group's pointer, and decide.

    Args:
        parts: Of the service.
        memory: As it is.

    Raises:
        UpdateRefused: What the repository offers must not be used.
        UpdateDelayed: It could not be had now.
        StoreError: The store cannot be read.
    """
    parts.repository.refresh()
    raw = parts.repository.small_target(pointer_path(parts.settings.group), MAX_POINTER_BYTES)
    pointer = read_pointer(raw, parts, memory)
    seen = replace(memory, counter=pointer.counter, revoked=pointer.revoked)
    slots = parts.trials.slots
    if _revoked(pointer, slots):
        text = "the release that runs was revoked"
        return Checked(News(fact=Fact.REVOKED, reason=UpdateReason.REVOKED, text=text), seen)
    why_not = _nothing_to_do(pointer, slots, parts, seen)
    if why_not is not None:
        return Checked(why_not, _settled(replace(seen, task=None), pointer, why_not))
    task = Task(pointer=raw.decode(), release=pointer.release_sha256, rollout=pointer.rollout)
    return Checked(News(fact=Fact.FOUND), replace(seen, task=task))


def read_pointer(raw: bytes, parts: Parts, memory: Memory) -> Pointer:
    """The pointer in signed bytes.

    Raises:
        UpdateRefused: Damaged, of a later agent, of another group, or older than one that was seen.
    """
    try:
        pointer = parse_pointer(raw)
    except SignedFileError as error:
        reason = UpdateReason.INCOMPATIBLE_RUNTIME if error.newer else UpdateReason.SIGNATURE_INVALID
        raise UpdateRefused(reason, str(error)) from error
    if pointer.group != parts.settings.group:
        raise UpdateRefused(UpdateReason.SIGNATURE_INVALID, f"the pointer is of the group {pointer.group}")
    if pointer.counter < memory.counter:
        text = f"the pointer's counter fell from {memory.counter} to {pointer.counter}"
        raise UpdateRefused(UpdateReason.ROLLBACK_REFUSED, text)
    return pointer


def may_begin(pointer: Pointer, parts: Parts, memory: Memory) -> News | None:
    """Whether an update that was found may begin now; None where it must wait."""
    if past_deadline(pointer, parts):
        return News(fact=Fact.REFUSED, reason=UpdateReason.DEADLINE, text="its deadline is over before it began")
    if memory.pinned or memory.paused:
        return None
    local = datetime.fromtimestamp(parts.clock.wall_s(), parts.device.time_zone)
    own = [MaintenanceWindow(days=each.days, start=each.from_, end=each.to) for each in parts.settings.windows]
    if is_open(pointer.windows, local) and is_open(own, local):
        return News(fact=Fact.MAY_BEGIN)
    return None


def past_deadline(pointer: Pointer, parts: Parts) -> bool:
    """Whether no device begins any more."""
    now = datetime.fromtimestamp(parts.clock.wall_s(), timezone.utc)
    return pointer.deadline is not None and now >= pointer.deadline


def _revoked(pointer: Pointer, slots: Slots) -> bool:
    running = (slots.active, slots.trial.candidate if slots.trial else None)
    return any(slot is not None and slot.release in pointer.revoked for slot in running)


def _settled(memory: Memory, pointer: Pointer, news: News) -> Memory:
    """A release that runs already counts as brought, whoever brought it: by the rollout that names it now.

    Whoever takes it back later takes it back from this rollout, and is not given it again at the next look.
    """
    before = memory.outcome
    if news.reason is not UpdateReason.ALREADY_INSTALLED:
        return memory
    runs = (pointer.release_sha256, UpdateState.COMMITTED)
    if before is not None and (before.release, before.state) == runs:
        if before.rollout == pointer.rollout:
            return memory
        return replace(memory, outcome=replace(before, rollout=pointer.rollout, counter=pointer.counter))
    outcome = Outcome(
        release=pointer.release_sha256,
        rollout=pointer.rollout,
        counter=pointer.counter,
        state=UpdateState.COMMITTED,
        reason=news.reason,
    )
    return replace(memory, outcome=outcome)


def _nothing_to_do(pointer: Pointer, slots: Slots, parts: Parts, memory: Memory) -> News | None:
    wanted = pointer.release_sha256
    active = slots.active
    if active is not None and active.release == wanted and parts.trials.is_sound(active):
        return News(fact=Fact.NOTHING, reason=UpdateReason.ALREADY_INSTALLED)
    if wanted in pointer.revoked:
        return News(fact=Fact.NOTHING, reason=UpdateReason.NO_ARTIFACT, text="the release is revoked")
    if any((each.rollout, each.release) == (pointer.rollout, wanted) for each in memory.refused):
        return News(fact=Fact.NOTHING, text="the release was refused before, and no other is named")
    if not takes_part(pointer.rollout, parts.device.name, pointer.percent):
        return News(fact=Fact.NOTHING, text="it is not yet this device's turn")
    return None
