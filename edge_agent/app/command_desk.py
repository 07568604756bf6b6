"""The thread that judges what comes from the broker, obeys, and answers."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass
from typing import Any

from edge_agent.app.audit import Audit
from edge_agent.app.command_actions import CommandActions
from edge_agent.app.config_shadow import PROVEN_S, ConfigShadow
from edge_agent.clock import Clock
from edge_agent.command.arguments import COMMANDS
from edge_agent.command.bytes_to_command import CHALLENGE, BytesToCommand
from edge_agent.command.bytes_to_config import CONFIG, BytesToConfig
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused, OutboxError
from edge_agent.mqtt.channels import ANSWER_EXPIRY_S
from edge_agent.mqtt.command_payload import AckPayload
from edge_agent.mqtt.errands import Errands, Reply
from edge_agent.mqtt.inbound import Inbound
from edge_agent.mqtt.incoming import Inbox, Incoming
from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.payload import encode, rfc3339
from edge_agent.mqtt.topics import Topics

logger = logging.getLogger(__name__)

_TURN_S = 0.25
_SLOW = frozenset({"replay", "self_test", "reload", "support_bundle"})
_MAX_CORRELATION_BYTES = 64  # our own: twice what a UUID in text takes
# Below the device's own `ack/`, so that nobody can make it speak elsewhere, and its access list stays one line.
_RESPONSE = re.compile(r"[A-Za-z0-9_.-]{1,64}(/[A-Za-z0-9_.-]{1,64}){0,3}")
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Judges:
    """Who decides and who obeys.

    Attributes:
        command: Judges commands.
        config: Judges desired configurations.
        actions: Obeys commands.
        shadow: Takes desired configurations over.
        audit: Makes records.
    """

    command: BytesToCommand
    config: BytesToConfig
    actions: CommandActions
    shadow: ConfigShadow
    audit: Audit


class CommandDesk:
    """Takes one message after the other; `run` is the body of its thread."""

    def __init__(self, inbound: Inbound, topics: Topics, clock: Clock, judges: Judges) -> None:
        self._inbox: Inbox = inbound.inbox
        self._errands: Errands = inbound.errands
        self._topics = topics
        self._clock = clock
        self._judges = judges
        self._told_dropped = 0

    def run(self, stop: threading.Event) -> None:
        """Judge until `stop` is set."""
        proven_s = self._clock.monotonic_s() + PROVEN_S
        while not stop.is_set():
            message = self._inbox.take(_TURN_S)
            if message is not None:
                self.handle(message)
            if self._clock.monotonic_s() >= proven_s:
                self._judges.shadow.proven()
            if (dropped := self._inbox.dropped) != self._told_dropped:
                self._told_dropped = dropped
                logger.warning("%d messages were turned away: somebody sends faster than they can be judged", dropped)

    def handle(self, message: Incoming) -> None:
        """Judge one message, obey it where it may be obeyed, and answer."""
        if message.topic == self._topics.config_desired:
            self._take_config(message)
            return
        name = self._topics.command_of(message.topic) or _UNKNOWN
        try:
            if name == CHALLENGE:
                nonce = self._judges.command.challenge(message.payload, retained=message.retained)
                self._answer(message, self._ack(name, None, "done", nonce=nonce))
            else:
                self._obey(name, message)
        except CommandRefused as refusal:
            self._refuse(name, message, refusal)

    def _obey(self, name: str, message: Incoming) -> None:
        command = self._judges.command(name, message.payload, retained=message.retained)
        logger.info("%s by the key %s is obeyed (%s)", command.name, command.kid, command.cmd_id)
        if command.name in _SLOW:
            self._answer(message, self._ack(name, command.cmd_id, "accepted"))
        try:
            fields = self._judges.actions(command)
        except CommandRefused as refusal:
            refusal.cmd_id = command.cmd_id
            raise
        except OutboxError as error:
            reason = Reason.STATE_UNAVAILABLE.value
            self._answer(message, self._ack(name, command.cmd_id, "failed", reason=reason, detail=str(error)[:200]))
        else:
            self._answer(message, self._ack(name, command.cmd_id, "done", **fields))

    def _refuse(self, name: str, message: Incoming, refusal: CommandRefused) -> None:
        logger.warning("a command on cmd/%s is not obeyed: %s (%s)", _known(name), refusal.reason, refusal)
        if refusal.reason == Reason.RATE_LIMITED.value and refusal.cmd_id is None:
            return  # an answer to each of a flood would be a flood
        status = "failed" if name in _SLOW and refusal.reason in _WHILE_OBEYED else "refused"
        self._answer(message, self._ack(name, refusal.cmd_id, status, reason=refusal.reason, detail=str(refusal)))

    def _take_config(self, message: Incoming) -> None:
        version: int | None = None
        if not message.payload:
            return  # somebody cleared the topic; what is in force stays
        try:
            desired = self._judges.config(message.payload)
            version = desired.version
            if self._judges.shadow.take(desired):
                logger.info("version %d of the configuration, by the key %s, is in force", version, desired.kid)
                self._judges.actions.record(self._judges.audit.done(CONFIG, desired.kid, f"version-{version}"))
        except CommandRefused as refusal:
            logger.warning("a desired configuration is refused: %s (%s)", refusal.reason, refusal)
            self._judges.shadow.report("refused", refusal, version)

    def _ack(self, name: str, cmd_id: str | None, status: Any, **fields: Any) -> AckPayload:
        return AckPayload(cmd=_known(name), cmd_id=cmd_id, status=status, at=rfc3339(self._clock.wall_s()), **fields)

    def _answer(self, message: Incoming, ack: AckPayload) -> None:
        topic = self._topics.ack(ack.cmd)
        own = self._topics.ack("")
        if message.response_topic and message.response_topic.startswith(own):
            wish = message.response_topic.removeprefix(own)
            topic = own + wish if _RESPONSE.fullmatch(wish) else topic
        correlation = message.correlation
        if correlation is not None and len(correlation) > _MAX_CORRELATION_BYTES:
            correlation = None
        outgoing = Outgoing(topic, encode(ack), expiry_s=ANSWER_EXPIRY_S, correlation=correlation)
        self._errands.reply(Reply(outgoing, self._clock.monotonic_s() + ANSWER_EXPIRY_S))


_WHILE_OBEYED = frozenset({Reason.TIMEOUT.value, Reason.BAD_CONFIG.value, Reason.NOT_WRITTEN.value})


def _known(name: str) -> str:
    """A name that may stand in our topics and our log."""
    return name if name in COMMANDS or name == CHALLENGE else _UNKNOWN
