"""What comes from the broker, on its way to the thread that judges it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from paho.mqtt.client import MQTTMessage

MAX_INCOMING_BYTES = 98_304
"""Largest packet that we let the broker send: a desired configuration of 64 KiB, its topic and its properties."""
_MAX_WAITING = 32  # our own: a command takes milliseconds, and nobody gives so many at once


@dataclass(frozen=True, slots=True)
class Incoming:
    """One PUBLISH from the broker; nothing in it is trusted.

    Attributes:
        topic: Full topic.
        payload: As it came.
        retained: Whether the broker kept it, or was asked to.
        response_topic: Where the sender wants its answer. MQTT 5 only.
        correlation: What the answer must carry. MQTT 5 only.
    """

    topic: str
    payload: bytes
    retained: bool
    response_topic: str | None = None
    correlation: bytes | None = None


def to_incoming(message: MQTTMessage) -> Incoming:
    """What paho received. A topic that is not UTF-8 becomes one that nobody listens to."""
    properties = message.properties
    try:
        topic = message.topic
    except UnicodeDecodeError:
        topic = ""
    return Incoming(
        topic=topic,
        payload=bytes(message.payload),
        retained=message.retain,
        response_topic=getattr(properties, "ResponseTopic", None),
        correlation=getattr(properties, "CorrelationData", None),
    )


class Inbox:
    """A short line; who comes when it is full is turned away and counted, so that nobody can fill the memory."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Incoming] = deque()
        self._dropped = 0

    def put(self, message: Incoming) -> None:
        """Line up. Never blocks."""
        with self._changed:
            if len(self._waiting) >= _MAX_WAITING:
                self._dropped += 1
                return
            self._waiting.append(message)
            self._changed.notify()

    def take(self, timeout_s: float) -> Incoming | None:
        """The one that came first.

        Args:
            timeout_s: Seconds to wait for one.

        Returns:
            The message, or None where none came in time.
        """
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting), timeout_s)
            return self._waiting.popleft() if self._waiting else None

    @property
    def dropped(self) -> int:
        """How many were turned away."""
        with self._changed:
            return self._dropped
