"""Hears what devices say of their updates.

Only the retained ``update/status`` is listened to: it is the whole truth about a device, also for a controller that
was away, while an event that nobody heard is gone.

With QoS 0: of QoS 1 a broker queues no more than its limit for one subscriber (mosquitto: 1,000, `max_queued_messages`)
and drops the rest unsaid, which would make the greater part of a fleet silent. Of QoS 0 mosquitto drops only what finds
no room on a slow line. Devices that are known and were not heard are then asked for by name, a few at a time; a word of
another one that is lost is said again at its next look.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.errors import BrokerError
from edge_agent.mqtt import refusals
from edge_agent.mqtt.broker_access import read_access
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.update.status_payload import UpdateStatus, parse_status

logger = logging.getLogger(__name__)

_SUFFIX = "/update/status"
_SETTLE_S = 1.0  # our own: a broker sends ten thousand retained messages in less, without a pause
_LONGEST_RECONNECT_S = 30
_ASK_AT_ONCE = 100  # our own: a tenth of mosquitto's queue


@contextmanager
def listening(
    settings: BrokerSettings, known: Iterable[str] = (), settle_s: float = _SETTLE_S
) -> Iterator[FleetListener]:
    """A listener that is connected; the arguments are those of `FleetListener`.

    Raises:
        BrokerError: The broker cannot be reached.
    """
    listener = FleetListener(settings, known, settle_s)
    listener.start()
    try:
        yield listener
    finally:
        listener.stop()


class FleetListener:
    """One connection to the broker, and the last word of every device.

    Args:
        settings: Of the broker.
        known: Devices that were heard of before.
        settle_s: The fleet is known so many seconds after the last retained message.
    """

    def __init__(self, settings: BrokerSettings, known: Iterable[str] = (), settle_s: float = _SETTLE_S) -> None:
        self.dropped = 0
        """Messages that no device of this project would send, or sends of itself."""
        self._settings = settings
        self._known = frozenset(known)
        self._settle_s = settle_s
        self._lock = threading.Lock()
        self._statuses: dict[str, UpdateStatus] = {}
        self._quiet_since_s: float | None = None
        self._to_ask: list[str] = []
        self._unheard: int | None = None
        # Every broker speaks 3.1.1, and nothing of MQTT 5 is needed to read retained messages.
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        self._client.reconnect_delay_set(1, _LONGEST_RECONNECT_S)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connect; from now on a thread of its own listens.

        Raises:
            BrokerError: The broker cannot be reached.
        """
        access = read_access(self._settings)
        if access.username is not None:
            self._client.username_pw_set(access.username, access.password)
        if access.tls is not None:
            self._client.tls_set_context(access.tls)
        host, port = self._settings.host, refusals.port(self._settings)
        try:
            self._client.connect(host, port, self._settings.keepalive_s)
        except (OSError, ValueError) as error:
            raise BrokerError(
                f"{host}:{port}: no way to the broker ({error}): check --broker and the network"
            ) from error
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def settled(self) -> bool:
        """Whether the connection stands and all that the broker kept has come; if not, what is missing is asked for."""
        with self._lock:
            since_s = self._quiet_since_s
            if since_s is None or time.monotonic() - since_s < self._settle_s:
                return False
            unheard = sorted(self._known - self._statuses.keys())
            # As long as asking makes them fewer: for who is left the broker has nothing.
            if not unheard or (self._unheard is not None and len(unheard) >= self._unheard):
                self._unheard = 0
                return True
            self._unheard, self._to_ask, self._quiet_since_s = len(unheard), unheard, None
        self._ask()
        return False

    def statuses(self) -> dict[str, UpdateStatus]:
        """The last word of every device, by its name ``{site}/{device}``."""
        with self._lock:
            return dict(self._statuses)

    def _on_connect(self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _p: Any) -> None:
        if reason.is_failure:
            logger.warning("the broker refuses: %s; check user, password and certificate", reason)
            return
        client.subscribe(self._topic("+/+"))

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _p: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            logger.warning("the broker does not let us listen: let this user read +/+%s", _SUFFIX)
            return
        self._ask()

    def _ask(self) -> None:
        """For the next devices by name; where none is left to ask for, the broker may fall quiet."""
        with self._lock:
            devices, self._to_ask = self._to_ask[:_ASK_AT_ONCE], self._to_ask[_ASK_AT_ONCE:]
            if not devices:
                self._quiet_since_s = time.monotonic()
        if devices:
            self._client.subscribe([(self._topic(device), 0) for device in devices])

    def _topic(self, device: str) -> str:
        return f"{self._settings.topic_prefix}/{device}{_SUFFIX}"

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        with self._lock:
            self._quiet_since_s, self._unheard, self._to_ask = None, None, []
        if reason.is_failure:
            logger.warning("the broker is away (%s); nothing goes on until it is back", reason)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        device = message.topic.removeprefix(f"{self._settings.topic_prefix}/").removesuffix(_SUFFIX)
        status = parse_status(bytes(message.payload))
        with self._lock:
            if message.retain and self._quiet_since_s is not None:
                self._quiet_since_s = time.monotonic()
            if status is not None and status.device == device:
                self._statuses[device] = status
            elif message.payload:
                # A device that speaks for another one, where the broker's access list lets it.
                self.dropped += 1
            else:
                self._statuses.pop(device, None)
