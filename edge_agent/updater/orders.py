"""What the updater does on a signed command: it holds an update up, or takes one back; it never chooses one."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused, StoreError
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.state import RESTING, Fact
from edge_agent.updater.news import News
from edge_agent.updater.service import UpdateService

_BUSY = "the device cannot note it on its disk"


def obey(service: UpdateService, command: str, by: str) -> None:
    """Do it, on the service's own thread.

    Args:
        service: To command.
        command: One of `UPDATE_COMMANDS`.
        by: The key that signed it.

    Raises:
        CommandRefused: There is nothing that it could be about, or the disk does not take it.
    """
    try:
        _obey(service, command, f"by the key {by}")
    except (OSError, StoreError) as error:
        raise CommandRefused(Reason.STATE_UNAVAILABLE, _BUSY) from error


def _obey(service: UpdateService, command: str, text: str) -> None:
    book = service.book
    match command:
        case "check":
            service.check_soon()
        case "pause":
            book.remember(replace(book.memory, paused=True))
            service.take(News(fact=Fact.PAUSE, text=text))
        case "resume":
            book.remember(replace(book.memory, paused=False))
            service.check_soon()
            service.take(News(fact=Fact.RESUME, text=text))
        case "pin":
            book.remember(replace(book.memory, pinned=True))
        case "unpin":
            book.remember(replace(book.memory, pinned=False))
            service.check_soon()
        case "cancel":
            _cancel(service, text)
        case "rollback":
            _roll_back(service, text)


def _cancel(service: UpdateService, text: str) -> None:
    if service.rests or service.state in (UpdateState.CHECKING, UpdateState.COMMITTED, UpdateState.ROLLING_BACK):
        raise CommandRefused(Reason.NOTHING_UNDER_WAY, "no update is under way")
    service.take(News(fact=Fact.CANCEL, reason=UpdateReason.CANCELED, text=text))


def _roll_back(service: UpdateService, text: str) -> None:
    slots = service.book.slots
    on_trial = slots is not None and slots.trial is not None
    if slots is None or (slots.active is None and not on_trial):
        raise CommandRefused(Reason.NOTHING_BEFORE, "the factory model runs: there is none before it")
    if service.state in RESTING and not service.rests:
        raise CommandRefused(Reason.TIMEOUT, "the update is just being committed: ask again")
    service.take(News(fact=Fact.ROLL_BACK, reason=UpdateReason.CANCELED, text=text))
