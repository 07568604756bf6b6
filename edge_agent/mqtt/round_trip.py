"""One message to the broker and back, over a connection of its own that leaves nothing behind: for `doctor`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge_agent.mqtt import refusals
from edge_agent.mqtt.broker_access import BrokerAccess
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.outgoing import empty_properties
from edge_agent.mqtt.protocol_choice import Protocol

_CONNECT_S = 5.0
_ANSWER_S = 5.0
_EXPIRY_S = 10  # should anybody else listen there: the message is worth nothing later
_FAILURE = 0x80
_PAYLOAD = b'{"doctor":true}'


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """How far the message came.

    Attributes:
        protocol: Spoken.
        refused_code: Reason code of a CONNACK that refuses; None where it was accepted or never came.
        end: Why there was no connection, in words; empty where there was one.
        may_read: Whether the broker let us subscribe to the topic.
        published_code: Reason code of the PUBACK; None where none came. With 3.1.1 always 0.
        back_ms: How long the message took to come back; None where it did not.
    """

    protocol: Protocol
    refused_code: int | None = None
    end: str = ""
    may_read: bool = False
    published_code: int | None = None
    back_ms: float | None = None


class RoundTripper:
    """One try with one client id and one version of MQTT."""

    def __init__(self, settings: BrokerSettings, access: BrokerAccess, client_id: str, protocol: Protocol) -> None:
        """Build the client; nothing is sent yet."""
        self._settings = settings
        self._client_id = client_id
        self._protocol = protocol
        self._refused: tuple[int, str] | None = None
        self._accepted = False
        self._granted: bool | None = None
        self._acknowledged: int | None = None
        self._back_s: float | None = None
        self._end = ""
        five = protocol == "5"
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if five else True,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = _CONNECT_S
        if access.username is not None:
            self._client.username_pw_set(access.username, access.password)
        if access.tls is not None:
            self._client.tls_set_context(access.tls)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message

    def __call__(self, topic: str) -> RoundTrip:
        """Connect, subscribe, publish, wait for the message, and take leave.

        Args:
            topic: Which nobody else uses.
        """
        try:
            self._connect()
        except (OSError, ValueError) as error:
            return RoundTrip(self._protocol, end=refusals.of_error(self._settings, error))
        try:
            return self._talk(topic)
        finally:
            self._client.disconnect()
            self._client.loop(0.1)

    def _connect(self) -> None:
        """With a session that ends with the connection: subscription and all."""
        host, port = self._settings.host, refusals.port(self._settings)
        if self._protocol == "5":
            self._client.connect(host, port, clean_start=True)
        else:
            self._client.connect(host, port)

    def _talk(self, topic: str) -> RoundTrip:
        if not self._until(lambda: self._accepted or self._refused is not None):
            return RoundTrip(self._protocol, end=refusals.of_silence(self._settings, self._end or "no CONNACK"))
        if self._refused is not None:
            code, name = self._refused
            words = refusals.of_connack(self._settings, self._client_id, code, name)
            return RoundTrip(self._protocol, refused_code=code, end=words)
        options = SubscribeOptions(qos=1) if self._protocol == "5" else None
        self._client.subscribe(topic, 0 if options else 1, options)
        self._until(lambda: self._granted is not None)
        properties = None
        if self._protocol == "5":
            properties = empty_properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = _EXPIRY_S
        sent_s = time.monotonic()
        self._client.publish(topic, _PAYLOAD, 1, retain=False, properties=properties)
        self._until(lambda: self._acknowledged is not None)
        if self._granted and self._acknowledged is not None and self._acknowledged < _FAILURE:
            self._until(lambda: self._back_s is not None)
        back_ms = None if self._back_s is None else 1e3 * (self._back_s - sent_s)
        return RoundTrip(
            self._protocol,
            may_read=bool(self._granted),
            published_code=self._acknowledged,
            back_ms=back_ms,
        )

    def _until(self, done: Callable[[], bool]) -> bool:
        deadline_s = time.monotonic() + _ANSWER_S
        while not done() and time.monotonic() < deadline_s:
            if self._client.loop(0.1) != 0:
                break
        return bool(done())

    def _on_connect(self, _client: Client, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            self._refused = (reason.value, str(reason))
        else:
            self._accepted = True

    def _on_subscribe(
        self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        self._granted = not any(reason.is_failure for reason in reasons)

    def _on_publish(self, _client: Client, _userdata: Any, _mid: int, reason: ReasonCode, _properties: Any) -> None:
        self._acknowledged = reason.value

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._back_s = time.monotonic()
