"""What the device listens to, and where it goes."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field

from edge_agent.mqtt.broker_settings import BirthSettings
from edge_agent.mqtt.errands import Errands
from edge_agent.mqtt.incoming import Inbox, Incoming
from edge_agent.mqtt.topics import Topics

logger = logging.getLogger(__name__)

_BIRTH_SPREAD_S = 5.0  # our own: a thousand devices must not all answer the birth of one consumer at once


@dataclass(frozen=True, slots=True, eq=False)
class Inbound:
    """The way in.

    Attributes:
        commands: Whether anybody may command this device; where not, it does not listen.
        inbox: To the thread that judges commands.
        errands: What that thread wants sent.
        only: The topics to listen to, where they are not those of the agent's own commands.
    """

    commands: bool = False
    inbox: Inbox = field(default_factory=Inbox)
    errands: Errands = field(default_factory=Errands)
    only: tuple[str, ...] | None = None


class Listening:
    """Sorts what comes. Used by the publisher's thread alone; pure but for the jitter."""

    def __init__(self, inbound: Inbound, birth: BirthSettings | None, topics: Topics, rng: random.Random) -> None:
        self._inbound = inbound
        self._birth = birth
        self._topics = topics
        self._rng = rng
        self._republish_s: float | None = None

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        if self._inbound.only is not None:
            return self._inbound.only
        commands = (self._topics.commands, self._topics.config_desired) if self._inbound.commands else ()
        return (*commands, self._birth.topic) if self._birth else commands

    def take(self, message: Incoming, now_s: float) -> None:
        """Sort one message.

        Args:
            message: As it came.
            now_s: Monotonic seconds.
        """
        if self._inbound.only is not None:
            if message.topic in self._inbound.only:
                self._inbound.inbox.put(message)
        elif self._birth and message.topic == self._birth.topic:
            # A retained one tells of an earlier start; everything was published at our connect anyway.
            is_birth = message.payload == self._birth.payload.encode() and not message.retained
            if is_birth and self._republish_s is None:
                self._republish_s = now_s + self._rng.uniform(0.0, _BIRTH_SPREAD_S)
        elif self._topics.command_of(message.topic) is not None or message.topic == self._topics.config_desired:
            self._inbound.inbox.put(message)

    def republish_due(self, now_s: float) -> bool:
        """Whether everything retained must be published again now; said once for each birth.

        Args:
            now_s: Monotonic seconds.
        """
        if self._republish_s is None or now_s < self._republish_s:
            return False
        self._republish_s = None
        logger.info("a consumer has started: everything retained is published again")
        return True
