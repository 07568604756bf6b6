"""One connection to the broker: a fresh paho client, driven from outside, that only keeps what happened."""

from __future__ import annotations

import ssl
import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from paho.mqtt import MQTTException
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge_agent.mqtt import refusals
from edge_agent.mqtt.broker_access import BrokerAccess
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.incoming import MAX_INCOMING_BYTES, Incoming, to_incoming
from edge_agent.mqtt.outgoing import Outgoing, Will, empty_properties, packet_bytes, publish_properties
from edge_agent.mqtt.protocol_choice import Protocol

# What paho up to 2.1 raises while it decodes a malformed packet; later versions end the connection themselves.
_MALFORMED = (ValueError, LookupError, struct.error, MQTTException)
# Ends that are about the connection or the client, never about one message (MQTT 5, section 2.4): busy, shutting down,
# keep-alive timeout, taken over, rate too high, quota, administrator, other server, server moved, connect time.
_NOT_OVER_A_MESSAGE = frozenset({0x89, 0x8B, 0x8D, 0x8E, 0x96, 0x97, 0x98, 0x9C, 0x9D, 0xA0})
KEEP_ALIVE_TIMEOUT = 0x8D
_CONNECT_TIMEOUT_S = 5.0  # each for TCP and for TLS; the thread waits so long at most
_MAX_WAITING = 64  # our own: more than one read brings in from an honest sender; what is beyond is lost
_MAX_PACKET_BYTES = 268_435_460  # MQTT 5, section 2.1.4: the largest that the length field can tell


@dataclass(frozen=True, slots=True)
class Limits:
    """What the broker takes, from its CONNACK.

    Attributes:
        receive_maximum: PUBLISH packets of QoS 1 that may wait for their PUBACK.
        packet_bytes: Largest packet.
        qos: Highest quality of service.
    """

    receive_maximum: int
    packet_bytes: int
    qos: int


@dataclass(frozen=True, slots=True)
class Ack:
    """One PUBACK.

    Attributes:
        mid: Packet identifier.
        code: Reason code of MQTT 5; 0 from 3.1.1.
        name: Of the reason code.
    """

    mid: int
    code: int
    name: str


class Connection:
    """From TCP to the end of one connection. Not reused, and used by one thread."""

    def __init__(self, settings: BrokerSettings, access: BrokerAccess, client_id: str, protocol: Protocol) -> None:
        """Build the client; nothing is sent yet."""
        self.limits: Limits | None = None
        """Set by a CONNACK that accepts."""
        self.refused_code: int | None = None
        """Set by a CONNACK that refuses: reason code of MQTT 5, also for 3.1.1."""
        self.acks: deque[Ack] = deque()
        """PUBACKs that were not looked at yet."""
        self.incoming: deque[Incoming] = deque(maxlen=_MAX_WAITING)
        """What came on subscribed topics; emptied after each read."""
        self.not_over_a_message = False
        """Whether it ended for a reason that no message can be blamed for."""
        self.unheard = 0
        """Subscriptions that the broker refused."""
        self.protocol = protocol
        self._settings = settings
        self._client_id = client_id
        self._end = ""
        self._detail = ""
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if protocol == "5" else True,
            protocol=MQTTProtocolVersion.MQTTv5 if protocol == "5" else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.max_inflight_messages_set(0)  # the window is ours: paho must never queue
        self._client.connect_timeout = _CONNECT_TIMEOUT_S
        if access.username is not None:
            self._client.username_pw_set(access.username, access.password)
        if access.tls is not None:
            self._client.tls_set_context(access.tls)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.on_disconnect = self._on_disconnect
        self._client.on_log = self._on_log

    def open(self, will: Will | None) -> None:
        """Connect TCP and TLS and send CONNECT; the CONNACK comes later.

        Args:
            will: For the broker to keep; where absent, it keeps no session either.

        Raises:
            OSError: No way to the broker, or TLS failed.
            ValueError: The host's name can be no host's name.
        """
        host, port, keepalive_s = self._settings.host, refusals.port(self._settings), self._settings.keepalive_s
        if will is None:
            properties = empty_properties(PacketTypes.CONNECT)
            properties.MaximumPacketSize = MAX_INCOMING_BYTES
            options: dict[str, Any] = {"clean_start": True, "properties": properties} if self.protocol == "5" else {}
            self._client.connect(host, port, keepalive_s, **options)
            return
        message = will.message
        if self.protocol == "5":
            # The session outlives the connection so that a short absence does not set off the will.
            will_properties = publish_properties(message, PacketTypes.WILLMESSAGE)
            will_properties.WillDelayInterval = will.delay_s
            connect_properties = empty_properties(PacketTypes.CONNECT)
            connect_properties.SessionExpiryInterval = will.session_s
            # The broker then keeps larger ones to itself (MQTT 5, section 3.1.2.11.4).
            connect_properties.MaximumPacketSize = MAX_INCOMING_BYTES
            self._client.will_set(message.topic, message.payload, message.qos, message.retain, will_properties)
            self._client.connect(host, port, keepalive_s, clean_start=False, properties=connect_properties)
        else:
            self._client.will_set(message.topic, message.payload, message.qos, message.retain)
            self._client.connect(host, port, keepalive_s)

    def fileno(self) -> int | None:
        """Of the socket; None once the connection has ended."""
        sock = self._client.socket()
        return None if sock is None or sock.fileno() < 0 else sock.fileno()

    @property
    def broker_expires_s(self) -> float | None:
        """Until when the broker's certificate is good, seconds since the Unix epoch; None without TLS."""
        sock = self._client.socket()
        shown = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
        expires = (shown or {}).get("notAfter")
        return ssl.cert_time_to_seconds(expires) if isinstance(expires, str) else None

    @property
    def end(self) -> str:
        """Why the connection ended, in words."""
        return self._detail or self._end or "the broker closed it"

    def wants_write(self) -> bool:
        """Whether bytes wait for the socket to become writable."""
        return self._client.want_write()

    def read(self) -> None:
        """Take in what the socket has."""
        try:
            self._client.loop_read()
            # TLS decrypts whole records: what is left of one is in memory, where no selector sees it.
            while isinstance(sock := self._client.socket(), ssl.SSLSocket) and sock.pending():
                self._client.loop_read()
        except _MALFORMED as error:
            self._end = f"the broker sent what MQTT does not allow: {error}"
            self.close()

    def write(self) -> None:
        """Hand waiting bytes to the socket."""
        self._client.loop_write()

    def tick(self) -> None:
        """Keep the connection alive; call it every second or so."""
        self._client.loop_misc()

    def publish(self, message: Outgoing) -> int:
        """Send a PUBLISH.

        Returns:
            Its packet identifier, which the PUBACK will carry. Where the connection has just ended there is none.
        """
        properties = publish_properties(message, PacketTypes.PUBLISH) if self.protocol == "5" else None
        return self._client.publish(message.topic, message.payload, message.qos, message.retain, properties).mid

    def subscribe(self, filters: Iterable[str]) -> None:
        """Ask for what comes on these topics, with QoS 1."""
        # Retain As Published (MQTT 5, section 3.8.3.1): a command that was published retained can be told by its flag.
        options = SubscribeOptions(qos=1, retainAsPublished=True) if self.protocol == "5" else None
        for name in filters:
            self._client.subscribe(name, 0 if options else 1, options)

    def packet_bytes(self, message: Outgoing) -> int:
        """Size of the PUBLISH packet on the wire."""
        return packet_bytes(message, self.protocol)

    def disconnect(self) -> None:
        """Take leave, so that the broker drops the will."""
        self._client.disconnect()

    def close(self) -> None:
        """Drop the connection without a word; the will is then due."""
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.refused_code = reason.value
            self._detail = refusals.of_connack(self._settings, self._client_id, reason.value, str(reason))
            return
        self.limits = Limits(
            receive_maximum=getattr(properties, "ReceiveMaximum", 65_535),
            packet_bytes=getattr(properties, "MaximumPacketSize", _MAX_PACKET_BYTES),
            qos=getattr(properties, "MaximumQoS", 2),
        )

    def _on_publish(
        self, _client: Client, _userdata: Any, mid: int, reason: ReasonCode, _properties: Properties
    ) -> None:
        self.acks.append(Ack(mid, reason.value, str(reason)))

    def _on_subscribe(
        self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self.unheard += sum(reason.is_failure for reason in reasons)

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self.incoming.append(to_incoming(message))

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.not_over_a_message = reason.value in _NOT_OVER_A_MESSAGE
        if flags.is_disconnect_packet_from_server:
            self._detail = refusals.of_disconnect(self._client_id, reason.value, str(reason))
        elif reason == KEEP_ALIVE_TIMEOUT:
            self._detail = "nothing came back within the keep-alive interval"

    def _on_log(self, _client: Client, _userdata: Any, level: int, text: str) -> None:
        # paho turns a socket error (a TLS alert, too) into a bare "connection lost"; its log has the cause.
        if level == LogLevel.MQTT_LOG_ERR or text.startswith("Received malformed packet"):
            self._end = text
