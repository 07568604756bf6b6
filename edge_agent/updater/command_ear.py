"""The thread that judges commands to the updater and answers them."""

from __future__ import annotations

import logging
import threading
from typing import Any

from edge_agent.clock import Clock
from edge_agent.command.arguments import UPDATE_COMMANDS
from edge_agent.command.bytes_to_command import CHALLENGE, BytesToCommand
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused
from edge_agent.mqtt.channels import ANSWER_EXPIRY_S, UPDATE_ACK
from edge_agent.mqtt.command_payload import AckPayload
from edge_agent.mqtt.errands import Reply
from edge_agent.mqtt.inbound import Inbound
from edge_agent.mqtt.incoming import Incoming
from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.payload import encode, rfc3339
from edge_agent.mqtt.topics import Topics
from edge_agent.updater.orders import obey
from edge_agent.updater.service import UpdateService

logger = logging.getLogger(__name__)

_TURN_S = 0.2
_BUSY_S = 75.0  # a model is judged for a minute at most, and meanwhile nobody is heard
_MAX_CORRELATION_BYTES = 64  # as for the agent's own commands


class CommandEar:
    """Takes one message after the other; `run` is the body of its thread."""

    def __init__(
        self, inbound: Inbound, topics: Topics, clock: Clock, judge: BytesToCommand, service: UpdateService
    ) -> None:
        self._inbound = inbound
        self._topics = topics
        self._clock = clock
        self._judge = judge
        self._service = service

    def run(self, stop: threading.Event) -> None:
        """Judge until `stop` is set."""
        while not stop.is_set():
            message = self._inbound.inbox.take(_TURN_S)
            if message is not None:
                self.handle(message)

    def handle(self, message: Incoming) -> None:
        """Judge one message, obey it where it may be obeyed, and answer."""
        try:
            if message.payload == CHALLENGE.encode():
                nonce = self._judge.challenge(message.payload, retained=message.retained)
                self._answer(message, CHALLENGE, status="done", nonce=nonce)
            else:
                self._obey(message)
        except CommandRefused as refusal:
            logger.warning("a command to the updater is not obeyed: %s (%s)", refusal.reason, refusal)
            if refusal.reason == Reason.RATE_LIMITED.value and refusal.cmd_id is None:
                return  # an answer to each of a flood would be a flood
            self._answer(
                message,
                "unknown",
                status="refused",
                cmd_id=refusal.cmd_id,
                reason=refusal.reason,
                detail=str(refusal),
            )

    def _obey(self, message: Incoming) -> None:
        command = self._judge(None, message.payload, retained=message.retained)
        logger.info("%s by the key %s is obeyed (%s)", command.name, command.kid, command.cmd_id)
        try:
            self._service.desk.ask(lambda service: obey(service, command.name, command.kid), _BUSY_S)
        except TimeoutError:
            self._answer(message, command.name, status="failed", cmd_id=command.cmd_id, reason=Reason.TIMEOUT.value)
        except CommandRefused as refusal:
            self._answer(
                message,
                command.name,
                status="refused",
                cmd_id=command.cmd_id,
                reason=refusal.reason,
                detail=str(refusal),
            )
        else:
            self._answer(message, command.name, status="done", cmd_id=command.cmd_id)

    def _answer(self, message: Incoming, command: str, **fields: Any) -> None:
        name = command if command in (*UPDATE_COMMANDS, CHALLENGE) else "unknown"
        ack = AckPayload(cmd=name, at=rfc3339(self._clock.wall_s()), **fields)
        correlation = message.correlation
        if correlation is not None and len(correlation) > _MAX_CORRELATION_BYTES:
            correlation = None
        topic = self._topics.of(UPDATE_ACK)
        outgoing = Outgoing(topic, encode(ack), expiry_s=ANSWER_EXPIRY_S, correlation=correlation)
        self._inbound.errands.reply(Reply(outgoing, self._clock.monotonic_s() + ANSWER_EXPIRY_S))
