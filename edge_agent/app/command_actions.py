"""What each command does, once it was accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from edge_agent import __version__
from edge_agent.app.audit import Audit
from edge_agent.app.self_test import SelfTest
from edge_agent.app.snoozing import Snoozing
from edge_agent.app.support.bundle_on_request import BundleOnRequest
from edge_agent.app.vision import AtWork, Vision
from edge_agent.command.arguments import (
    AckAlarmArguments,
    ReplayArguments,
    SelfTestArguments,
    SnoozeArguments,
    SupportBundleArguments,
)
from edge_agent.command.bytes_to_command import Command
from edge_agent.command.reason import Reason
from edge_agent.data.event import Event
from edge_agent.errors import CommandRefused
from edge_agent.mqtt.command_payload import IdentifyResult, ReplayResult
from edge_agent.mqtt.errands import MAX_REPLAYS, Errands
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.outbox_rows import KeptEvents
from edge_agent.mqtt.payload import rfc3339
from edge_agent.mqtt.topics import Topics

BUSY_S = 10.0
"""For which another thread may be busy: a reload, a frame on a slow device."""
_MAX_RANGES = 16
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What commands may touch.

    Attributes:
        vision: Its thread has the alarms.
        outbox: Kept events.
        errands: Sends them again.
        audit: Makes records.
        snoozing: Decides on quiet.
        self_test: Looks at everything.
        support: Writes bundles.
        reload: Reads the configuration again, on the main thread; returns what is wrong with it.
        topics: Who this is.
    """

    vision: Vision
    outbox: Outbox
    errands: Errands
    audit: Audit
    snoozing: Snoozing
    self_test: SelfTest
    support: BundleOnRequest
    reload: Callable[[], tuple[str, ...]]
    topics: Topics


class CommandActions:
    """Obeys. Each action returns what the answer has beside its status."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._actions: dict[str, Callable[[Command], dict[str, Any]]] = {
            "snooze": self._snooze,
            "ack_alarm": self._ack_alarm,
            "replay": self._replay,
            "self_test": self._self_test,
            "identify": self._identify,
            "reload": self._reload,
            "support_bundle": self._support_bundle,
        }

    def __call__(self, command: Command) -> dict[str, Any]:
        """Obey one command.

        Returns:
            Fields of the answer.

        Raises:
            CommandRefused: It cannot be obeyed; with the reason.
            OutboxError: The outbox cannot be read.
        """
        return self._actions[command.name](command)

    def record(self, event: Event) -> bool:
        """Put what was done on record; returns whether it is safe in the outbox.

        Raises:
            CommandRefused: The vision thread is busy.
        """

        def put(work: AtWork) -> bool:
            work.sink.record(event, work.orders.to_mqtt)
            return work.sink.waiting == 0

        return self._on_vision(put)

    def _snooze(self, command: Command) -> dict[str, Any]:
        wish = _of(SnoozeArguments, command)
        until_s = self._on_vision(lambda work: self._reach.snoozing.snooze(work, wish, command.kid))
        return {} if until_s is None else {"snoozed_until": rfc3339(until_s)}

    def _ack_alarm(self, command: Command) -> dict[str, Any]:
        incident_id = _of(AckAlarmArguments, command).incident_id
        event = self._reach.audit.done(command.name, command.kid, incident_id)

        def acknowledge(work: AtWork) -> None:
            if work.sink.acknowledge(incident_id) is None:
                raise CommandRefused(Reason.UNKNOWN_INCIDENT, "no such incident goes on: it may be over")
            work.sink.record(event, work.orders.to_mqtt)

        self._on_vision(acknowledge)
        return {}

    def _replay(self, command: Command) -> dict[str, Any]:
        wish = _of(ReplayArguments, command)
        room = MAX_REPLAYS - self._reach.errands.replays_waiting
        if wish.to_seq < wish.from_seq or room <= 0:
            why = "to_seq comes before from_seq" if room > 0 else "the replay before is not done yet"
            raise CommandRefused(Reason.BAD_ARGUMENTS if room > 0 else Reason.RATE_LIMITED, why)
        kept = self._reach.outbox.kept(wish.from_seq, wish.to_seq, room)
        self.record(self._reach.audit.done(command.name, command.kid))
        self._reach.errands.replay(kept.seqs)
        return {"replay": _replay_result(kept)}

    def _self_test(self, command: Command) -> dict[str, Any]:
        stored = self.record(self._reach.audit.done(command.name, command.kid))
        result = self._reach.self_test(stored=stored)
        if _of(SelfTestArguments, command).publish:
            self.record(self._reach.audit.tested(command.kid, passed=result.passed))
        return {"self_test": result}

    def _identify(self, command: Command) -> dict[str, Any]:
        topics = self._reach.topics
        return {"identify": IdentifyResult(site=topics.site, device=topics.device, version=__version__)}

    def _reload(self, command: Command) -> dict[str, Any]:
        problems = self._reach.reload()
        if problems:
            raise CommandRefused(Reason.BAD_CONFIG, "; ".join(problems)[:500])
        self.record(self._reach.audit.done(command.name, command.kid))
        return {}

    def _support_bundle(self, command: Command) -> dict[str, Any]:
        result = self._reach.support(hide_names=_of(SupportBundleArguments, command).hide_names)
        self.record(self._reach.audit.done(command.name, command.kid))
        return {"support_bundle": result}

    def _on_vision(self, task: Callable[[AtWork], T]) -> T:
        try:
            return self._reach.vision.desk.ask(task, BUSY_S)
        except TimeoutError as error:
            raise CommandRefused(Reason.TIMEOUT, str(error)) from error


def _of(kind: type[T], command: Command) -> T:
    if not isinstance(command.arguments, kind):
        raise TypeError(f"{command.name} came with the arguments of another command")
    return command.arguments


def _replay_result(kept: KeptEvents) -> ReplayResult:
    gaps = [(gap.first, gap.last) for gap in kept.missing]
    if len(gaps) > _MAX_RANGES:
        gaps[_MAX_RANGES - 1 :] = [(gaps[_MAX_RANGES - 1][0], gaps[-1][1])]
    return ReplayResult(sent=len(kept.seqs), pending=kept.pending, missing=tuple(gaps), next_from_seq=kept.next_seq)
