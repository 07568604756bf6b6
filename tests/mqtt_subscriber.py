"""A subscriber as a customer would write one: QoS 1, everything under one root."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

_ASK_S = 0.1


@dataclass(frozen=True)
class Received:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: dict[str, Any]
    monotonic_s: float

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Subscriber:
    """Connects at once, subscribes at each connect, and remembers what comes."""

    def __init__(
        self,
        port: int,
        topics: str = "#",
        *,
        username: str | None = None,
        password: str | None = None,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        retain_as_published: bool = False,
        **limits: int,
    ) -> None:
        self.messages: list[Received] = []
        self._subscribing = 0
        self._answered: set[int] = set()
        self._changed = threading.Condition()
        self._topics = topics
        self._retain_as_published = retain_as_published
        self.subscribed = 0
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        self._client.reconnect_delay_set(1, 1)
        if username is not None:
            self._client.username_pw_set(username, password)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        properties = None
        if limits:  # such as MaximumPacketSize; MQTT 5
            properties = Properties(PacketTypes.CONNECT)
            for name, value in limits.items():
                setattr(properties, name, value)
        self._client.connect("127.0.0.1", port, properties=properties)
        self._client.loop_start()
        self.until(lambda _: self.subscribed >= 1)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, properties: Properties | None = None
    ) -> None:
        """Publish with QoS 1 and wait until the broker has it."""
        sent = self._client.publish(topic, payload, 1, retain, properties)
        sent.wait_for_publish(30.0)
        assert sent.is_published(), "the broker does not answer"

    def hear_out(self) -> list[Received]:
        """What the broker had for us so far, or 20 messages of it: another subscription is answered after them."""
        _, mid = self._client.subscribe("nobody/publishes/here", 1)
        return self.until(lambda _: mid in self._answered)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # It closes its last sockets when it goes, which must not wait for the collector of cycles.
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None

    def until(self, done: Callable[[list[Received]], bool], timeout_s: float = 30.0) -> list[Received]:
        """Wait for `done`; it is asked at every message, and now and then, for it may look at other things, too."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not done(self.messages):
                left = deadline - time.monotonic()
                assert left > 0, f"not seen within {timeout_s} s; seen: {[m.topic for m in self.messages]}"
                self._changed.wait(min(left, _ASK_S))
            return list(self.messages)

    def events(self) -> list[dict[str, Any]]:
        """The events so far, in their order of arrival, duplicates dropped by (source, id) as subscribers do."""
        seen: dict[tuple[str, str], dict[str, Any]] = {}
        for message in list(self.messages):
            if "/event/" in message.topic:
                event = message.json
                seen.setdefault((event["source"], event["id"]), event)
        return list(seen.values())

    def _on_connect(self, client: Client, _data: Any, _flags: ConnectFlags, _reason: ReasonCode, _p: Any) -> None:
        if self._retain_as_published:
            options = SubscribeOptions(qos=1, retainAsPublished=True)
            _, mid = client.subscribe(self._topics, options=options)
        else:
            _, mid = client.subscribe(self._topics, 1)
        self._subscribing = mid or 0

    def _on_subscribe(self, _client: Client, _data: Any, mid: int, _reasons: list[ReasonCode], _p: Any) -> None:
        with self._changed:
            self.subscribed += mid == self._subscribing
            self._answered.add(mid)
            self._changed.notify_all()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        properties = message.properties.json() if isinstance(message.properties, Properties) else {}
        with self._changed:
            self.messages.append(
                Received(message.topic, message.payload, message.qos, message.retain, properties, time.monotonic())
            )
            self._changed.notify_all()
