"""The Sparkplug B sink: a second connection that shows the device to a SCADA system as an edge node.

It carries state, never events: what changed while the broker was away is in the next birth, so that nothing is queued.
Events go through the outbox alone.
"""

from __future__ import annotations

import logging
import random
import socket
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.errors import BrokerError
from edge_agent.mqtt import refusals
from edge_agent.mqtt.birth_count import BirthCount
from edge_agent.mqtt.broker_access import read_access
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.connection import Limits
from edge_agent.mqtt.outgoing import Outgoing, Will
from edge_agent.mqtt.payload import AlarmPayload, HealthPayload
from edge_agent.mqtt.protocol_choice import ProtocolChoice
from edge_agent.mqtt.pump import Pump, Waker
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.sparkplug_connection import SparkplugConnection
from edge_agent.mqtt.sparkplug_node import SparkplugNode, SparkplugTopics, death
from edge_agent.mqtt.sparkplug_payload import asks_for_rebirth
from edge_agent.mqtt.sparkplug_snapshot import Places, Snapshot, snapshot
from edge_agent.mqtt.topics import Topics
from edge_agent.runtime.backoff import FullJitter

logger = logging.getLogger(__name__)

_TURN_S = 0.5  # how late a stop may be noticed, and how often the keep-alive is looked at
_CONNACK_S = 10.0
_LEAVE_S = 1.0
_STABLE_S = 10.0  # a connection that lived so long ends a series of failures
_REBIRTH_EVERY_S = 1.0  # our own: whoever may send commands must not keep the device busy with births


class SparkplugSink:
    """Publishes as long as `run` runs. `wake`, `set_health` and `watch` may be used from any thread."""

    def __init__(
        self, settings: BrokerSettings, topics: Topics, retained: RetainedTable, clock: Clock, state_dir: Path
    ) -> None:
        """Wire the sink; nothing is connected yet.

        Args:
            settings: Of the broker, with `sparkplug` in them.
            topics: Of this device: where the alarms stand in the table.
            retained: The alarms.
            clock: For time stamps.
            state_dir: Where the births are counted.
        """
        own = settings.sparkplug
        self._settings = settings
        self._topics = topics
        self._retained = retained
        self._clock = clock
        self._names = SparkplugTopics(own.group or topics.site, own.edge_node or topics.device)
        agent_id = settings.client_id or f"edge-agent-{topics.site}-{topics.device}"
        self._client_id = own.client_id or f"{agent_id}-sparkplug"
        self._births_file = state_dir / "sparkplug-births"
        self._protocol = ProtocolChoice(settings.protocol)
        self._backoff = FullJitter(random.Random())
        self._waker = Waker()
        self._health: deque[HealthPayload] = deque(maxlen=1)
        self._places: deque[Places] = deque(maxlen=1)
        self._told: set[str] = set()

    def wake(self) -> None:
        """An alarm has changed, or a stop was requested."""
        self._waker.wake()

    def set_health(self, health: HealthPayload) -> None:
        """These are the numbers now."""
        self._health.append(health)
        self._waker.wake()

    def watch(self, zones: Mapping[str, tuple[str, ...]], version: str) -> None:
        """These are the cameras, with the zones of each, and the agent's version."""
        self._places.append(Places(zones, version))
        self._waker.wake()

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set; then say NDEATH and return.

        Args:
            stop: Set it, then call `wake`.
        """
        births = BirthCount(self._births_file)
        woken = self._waker.open()
        try:
            while not stop.is_set():
                stop.wait(self._connect(stop, woken, births))
        finally:
            self._waker.close()

    def _connect(self, stop: threading.Event, woken: socket.socket, births: BirthCount) -> float:
        """One connection from its start to its end; returns the seconds to wait before the next."""
        number = births.next
        try:
            access = read_access(self._settings)
            connection = SparkplugConnection(self._settings, access, self._client_id, self._protocol.next())
            connection.open(Will(death(self._names, number, self._now_ms()), delay_s=0, session_s=0))
        except BrokerError as error:
            return self._failed(str(error))
        except (OSError, ValueError) as error:
            return self._failed(refusals.of_error(self._settings, error))
        pump = Pump(connection, woken)
        try:
            return self._talk(connection, pump, stop, births)
        finally:
            pump.close()
            connection.close()

    def _talk(self, connection: SparkplugConnection, pump: Pump, stop: threading.Event, births: BirthCount) -> float:
        deadline_s = self._clock.monotonic_s() + _CONNACK_S
        while connection.fileno() is not None and connection.limits is None and not stop.is_set():
            if self._clock.monotonic_s() > deadline_s:
                break
            pump.turn(_TURN_S)
        if stop.is_set():
            return 0.0
        if connection.limits is None:
            return self._not_accepted(connection)
        number = births.next
        births.use()
        self._protocol.accepted(connection.protocol)
        self._told.clear()
        logger.info("connected to %s as Sparkplug node %s", refusals.address(self._settings), self._client_id)
        connection.listen(self._names.of_node("NCMD"))
        started_s = self._clock.monotonic_s()
        self._publish(_Session(connection, connection.limits, SparkplugNode(self._names, number)), pump, stop)
        if connection.fileno() is not None:
            self._leave(connection, pump, number)
            return 0.0
        if self._clock.monotonic_s() - started_s >= _STABLE_S:
            self._backoff.reset()
        return self._failed(connection.end)

    def _publish(self, session: _Session, pump: Pump, stop: threading.Event) -> None:
        reborn_s = self._clock.monotonic_s()
        asked = False
        while session.connection.fileno() is not None and not stop.is_set():
            now_s = self._clock.monotonic_s()
            asked |= session.asked()
            if asked and now_s - reborn_s >= _REBIRTH_EVERY_S:
                asked, reborn_s = False, now_s
                session.node.forget()
            state = self._snapshot()
            # While bytes wait for the broker nothing is added to them: only the latest state counts.
            if state is not None and not session.connection.wants_write():
                for message in session.node.publish(state, self._now_ms()):
                    session.send(message)
            pump.turn(_TURN_S)

    def _leave(self, connection: SparkplugConnection, pump: Pump, number: int) -> None:
        """Say NDEATH and DISCONNECT (tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath)."""
        deadline_s = self._clock.monotonic_s() + _LEAVE_S
        connection.acks.clear()
        connection.publish(death(self._names, number, self._now_ms()))
        while connection.fileno() is not None and not connection.acks and self._clock.monotonic_s() < deadline_s:
            pump.turn(max(0.0, deadline_s - self._clock.monotonic_s()))
        if connection.acks:  # else the will says it
            connection.disconnect()
            pump.turn(0.0)

    def _snapshot(self) -> Snapshot | None:
        """All metrics; None before it is known what is watched."""
        if not self._places:
            return None
        places = self._places[-1]
        wanted = {
            self._topics.alarm(place): place for camera, zones in places.zones.items() for place in (camera, *zones)
        }
        alarms = {
            wanted[state.topic]: AlarmPayload.model_validate_json(state.payload)
            for state in self._retained.since(0)
            if state.topic in wanted and state.payload
        }
        return snapshot(places, alarms, self._health[-1] if self._health else None)

    def _not_accepted(self, connection: SparkplugConnection) -> float:
        if connection.refused_code is None:
            self._protocol.unanswered()
            return self._failed(refusals.of_silence(self._settings, connection.end))
        if connection.refused_code == refusals.UNSUPPORTED_PROTOCOL and self._protocol.version_refused():
            return 0.0
        return self._failed(connection.end)

    def _failed(self, reason: str) -> float:
        if reason not in self._told:
            self._told.add(reason)
            logger.warning("no Sparkplug connection: %s; trying again until it works", reason)
        return self._backoff.next_s()

    def _now_ms(self) -> int:
        return round(self._clock.wall_s() * 1000)


class _Session:
    """One accepted connection."""

    def __init__(self, connection: SparkplugConnection, limits: Limits, node: SparkplugNode) -> None:
        self.connection = connection
        self.node = node
        self._limits = limits
        self._too_large: set[str] = set()

    def asked(self) -> bool:
        """Whether the host wants every birth again."""
        asked = False
        while self.connection.commands:
            asked |= asks_for_rebirth(self.connection.commands.popleft())
        return asked

    def send(self, message: Outgoing) -> None:
        """Publish, unless the broker has said that it takes no packet as large."""
        size_bytes = self.connection.packet_bytes(message)
        if size_bytes <= self._limits.packet_bytes:
            self.connection.publish(message)
        elif message.topic not in self._too_large:
            self._too_large.add(message.topic)
            taken = f"the broker takes packets of {self._limits.packet_bytes} bytes"
            logger.error("%s is not published: it has %d bytes, and %s", message.topic, size_bytes, taken)
