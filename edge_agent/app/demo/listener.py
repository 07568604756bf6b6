"""A subscriber as a customer would have one: it hears what one device says."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import ValidationError

from edge_agent.app.demo.story_to_config import BrokerAddress
from edge_agent.errors import DemoError
from edge_agent.mqtt.payload import EventPayload

_TURN_S = 0.2
_SUBSCRIBE_S = 10.0
# Answers of a broker take milliseconds; these are for one on a busy computer, and for one that is gone.
_CLEAR_S = 5.0
_LEAVE_S = 5.0
_END = "end"  # level of a topic on which no device says anything


class Listener:
    """Gives each event of a device once, in the order of their arrival."""

    def __init__(self, root: str) -> None:
        self.subscribed = threading.Event()
        self.gone = threading.Event()
        """Set when the device said that it stopped, and while it never said anything."""
        self.gone.set()
        self.retained: set[str] = set()
        """Topics whose messages the broker keeps."""
        self._root = root
        self._heard_out = threading.Event()
        self._events: queue.SimpleQueue[EventPayload] = queue.SimpleQueue()
        self._seen: set[str] = set()

    def next(self, timeout_s: float) -> EventPayload | None:
        """The next event; None where none came in time."""
        try:
            return self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        """Subscribe, at each connect."""
        if not reason.is_failure:
            client.subscribe(f"{self._root}/#", 1)

    def on_subscribe(
        self, _client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        """The broker will give us all that comes from now on, unless it refused."""
        if not any(reason.is_failure for reason in reasons):
            self.subscribed.set()

    def on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        """Sort a message: events are handed on once, of the others only the topic matters."""
        level = message.topic.removeprefix(f"{self._root}/").partition("/")[0]
        if level == _END:
            self._heard_out.set()
            return
        if level != "event":
            if level != "health" and message.payload:
                self.retained.add(message.topic)
            if level == "status":
                (self.gone.set if b'"offline"' in message.payload else self.gone.clear)()
            return
        try:
            event = EventPayload.model_validate_json(message.payload)
        except ValidationError:
            return  # of somebody else, on a broker that others use
        if event.id not in self._seen:  # delivery is at least once
            self._seen.add(event.id)
            self._events.put(event)

    def hear_out(self, client: Client) -> None:
        """Wait for what the device has said so far: a message of our own comes back after all of it."""
        if not client.is_connected():
            return
        self._heard_out.clear()
        client.publish(f"{self._root}/{_END}", b"end", 1)
        self._heard_out.wait(_LEAVE_S)
        self.gone.wait(_LEAVE_S)  # where the device was killed, the broker says so by itself


@contextmanager
def listening(address: BrokerAddress, root: str, interrupted: Callable[[], bool]) -> Iterator[Listener]:
    """Subscribe to all that a device says; what it left on the broker is cleared when the context ends.

    Raises:
        KeyboardInterrupt: It was interrupted while it waited for the broker.
        DemoError: There is no broker at this address, or it lets nobody subscribe.
    """
    listener = Listener(root)
    # Every broker speaks 3.1.1; MQTT 5 is used where it is known to be spoken.
    version = MQTTProtocolVersion.MQTTv5 if address.protocol == "5" else MQTTProtocolVersion.MQTTv311
    client = Client(CallbackAPIVersion.VERSION2, protocol=version)
    client.on_connect, client.on_subscribe = listener.on_connect, listener.on_subscribe
    client.on_message = listener.on_message
    where = f"{address.host}:{address.port}"
    try:
        client.connect(address.host, address.port)
    except (OSError, ValueError) as error:
        raise DemoError(f"no MQTT broker answers at {where} ({error}); check --broker") from error
    client.loop_start()
    try:
        deadline_s = time.monotonic() + _SUBSCRIBE_S
        while not listener.subscribed.wait(_TURN_S) and time.monotonic() < deadline_s:
            if interrupted():
                raise KeyboardInterrupt
        if not listener.subscribed.is_set():
            raise DemoError(f"the broker at {where} lets nobody subscribe without a name; use one that does")
        try:
            yield listener
        finally:
            listener.hear_out(client)  # what the device said last is on its way, and must be cleared, too
            _clear(client, listener.retained)
    finally:
        client.disconnect()
        client.loop_stop()


def _clear(client: Client, topics: set[str]) -> None:
    """An empty retained message makes the broker forget the one it keeps (MQTT 5, section 3.3.1.3)."""
    sent = [client.publish(topic, b"", 1, retain=True) for topic in sorted(topics)]
    for message in sent:
        if message.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:  # otherwise the broker is gone, and its memory with it
            message.wait_for_publish(_CLEAR_S)
