"""A connection as Sparkplug wants it: a clean session, a will without delay, and bare payloads."""

from __future__ import annotations

from collections import deque
from typing import Any

from paho.mqtt.client import Client, MQTTMessage

from edge_agent.mqtt import refusals
from edge_agent.mqtt.broker_access import BrokerAccess
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.connection import Connection
from edge_agent.mqtt.outgoing import Outgoing, Will
from edge_agent.mqtt.protocol_choice import Protocol

_MAX_WAITING = 8  # our own: every command asks for the same
_MAX_COMMAND_BYTES = 4096  # our own: a rebirth request has some 40


class SparkplugConnection(Connection):
    """Speaks to the broker beside the agent's own connection."""

    def __init__(self, settings: BrokerSettings, access: BrokerAccess, client_id: str, protocol: Protocol) -> None:
        """Build the client; nothing is sent yet."""
        super().__init__(settings, access, client_id, protocol)
        self.commands: deque[bytes] = deque(maxlen=_MAX_WAITING)
        """Payloads of commands that were not looked at yet; nothing in them is trusted."""

    def open(self, will: Will | None) -> None:
        """Connect TCP and TLS and send CONNECT (tck-id-principles-persistence-clean-session-311 and -50).

        Raises:
            OSError: No way to the broker, or TLS failed.
            ValueError: The host's name can be no host's name.
        """
        if will is not None:
            message = will.message
            self._client.will_set(message.topic, message.payload, message.qos, message.retain)
        host, port, keepalive_s = self._settings.host, refusals.port(self._settings), self._settings.keepalive_s
        if self.protocol == "5":
            self._client.connect(host, port, keepalive_s, clean_start=True)
        else:
            self._client.connect(host, port, keepalive_s)

    def listen(self, topic: str) -> None:
        """Ask for the commands on a topic, with QoS 1."""
        self._client.message_callback_add(topic, self._on_command)
        self._client.subscribe(topic, 1)

    def publish(self, message: Outgoing) -> int:
        """Send a PUBLISH without properties: the payload is no text."""
        return self._client.publish(message.topic, message.payload, message.qos, message.retain).mid

    def _on_command(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        if not message.retain and len(message.payload) <= _MAX_COMMAND_BYTES:
            self.commands.append(bytes(message.payload))
