"""The thread that owns the connection: it connects, publishes, and never gives up."""

from __future__ import annotations

import logging
import random
import socket
import threading

from edge_agent.errors import BrokerError, OutboxError
from edge_agent.mqtt import refusals
from edge_agent.mqtt.broker_access import BrokerAccess, check_at_start, check_client_id, read_access
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.certificate_facts import read_certificates
from edge_agent.mqtt.certificate_watch import CertificateWatch
from edge_agent.mqtt.connection import Connection
from edge_agent.mqtt.feed import Feed, status
from edge_agent.mqtt.inbound import Inbound, Listening
from edge_agent.mqtt.outgoing import Will
from edge_agent.mqtt.poison import EventKey, PoisonWatch
from edge_agent.mqtt.protocol_choice import ProtocolChoice
from edge_agent.mqtt.pump import Pump, Waker
from edge_agent.mqtt.receipts import Receipts
from edge_agent.mqtt.session import Session
from edge_agent.mqtt.topic_pause import TopicPauses
from edge_agent.runtime.backoff import FullJitter

logger = logging.getLogger(__name__)

_TURN_S = 0.5  # how late a stop may be noticed, and how often the keep-alive is looked at
_STABLE_S = 10.0  # a connection that lived so long ends a series of failures


class Publisher:
    """Publishes status, state, health and the outbox for as long as `run` runs.

    A broker that is away, refuses us or loses its session costs nothing but time: what it has not acknowledged
    stays in the outbox. `wake`, `set_health`, `set_numbers` and `connected` may be used from any thread.
    """

    def __init__(
        self, settings: BrokerSettings, feed: Feed, rng: random.Random, inbound: Inbound | None = None
    ) -> None:
        """Check the files that the settings name; nothing is connected yet.

        Args:
            settings: Of the broker.
            feed: What to publish.
            rng: For the jitter of the reconnects.
            inbound: What to listen to; to nothing where absent.

        Raises:
            BrokerError: A password, certificate or key file cannot be used, or the certificate is another device's.
        """
        self._settings = settings
        self._feed = feed
        self._client_id = settings.client_id or f"edge-agent-{feed.topics.site}-{feed.topics.device}"
        check_at_start(settings, self._client_id)
        self.certificates = CertificateWatch(settings.tls, feed.clock)
        """How long the certificates are good; for one other thread."""
        self._backoff = FullJitter(rng)
        self._protocol = ProtocolChoice(settings.protocol)
        self._poison = PoisonWatch(feed.timing.suspect_s, feed.timing.suspect_max_s)
        self._receipts = Receipts(feed.outbox, feed.clock)
        self._pauses = TopicPauses(rng)
        self._waker = Waker()
        self._numbers: dict[str, bytes] = {}  # by topic; each step on it is atomic, so that no thread ever waits
        self._inbound = inbound or Inbound()
        self._inbound.errands.wake = self.wake
        self._listening = Listening(self._inbound, settings.birth, feed.topics, rng)
        self._told: set[str] = set()
        self._connected = threading.Event()
        self.connects = 0
        """Connections that the broker accepted since the start."""

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and has not gone since."""
        return self._connected.is_set()

    def wake(self) -> None:
        """Something is new in the outbox or the retained table, or a stop was requested: look at once."""
        self._waker.wake()

    def set_health(self, payload: bytes) -> None:
        """Publish these numbers as soon as there is a connection; only the latest are kept."""
        self.set_numbers(self._feed.topics.health, payload)

    def set_numbers(self, topic: str, payload: bytes) -> None:
        """Likewise, on any topic; of each topic only the latest are kept."""
        self._numbers[topic] = payload
        self._waker.wake()

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set; then say `offline` and return within two seconds while connected.

        Args:
            stop: Set it, then call `wake`.
        """
        woken = self._waker.open()
        try:
            while not stop.is_set():
                stop.wait(self._connect(stop, woken))
        finally:
            self._waker.close()

    def _access(self) -> BrokerAccess:
        """Read the files anew: they may have been renewed, or claimed."""
        access = read_access(self._settings)
        check_client_id(self._settings, self._client_id)
        return access

    def _connect(self, stop: threading.Event, woken: socket.socket) -> float:
        """One connection from its start to its end; returns the seconds to wait before the next."""
        timing = self._feed.timing
        farewell = status(self._feed, "offline", will=True)
        will = Will(farewell, timing.will_delay_s, timing.session_s) if self._feed.announces else None
        try:
            connection = Connection(self._settings, self._access(), self._client_id, self._protocol.next())
            connection.open(will)
            self.certificates.broker_expires_s = connection.broker_expires_s
        except BrokerError as error:
            return self._failed(str(error))
        except (OSError, ValueError) as error:
            return self._failed(refusals.of_error(self._settings, error))
        pump = Pump(connection, woken)
        try:
            return self._talk(connection, pump, stop)
        finally:
            self._connected.clear()
            pump.close()
            connection.close()

    def _talk(self, connection: Connection, pump: Pump, stop: threading.Event) -> float:
        deadline_s = self._now_s() + self._feed.timing.connack_s
        while connection.fileno() is not None and connection.limits is None and not stop.is_set():
            if self._now_s() > deadline_s:
                break
            pump.turn(_TURN_S)
        if stop.is_set():
            return 0.0
        if connection.limits is None:
            return self._not_accepted(connection)
        if connection.limits.qos < 1:
            return self._failed(refusals.of_connack(self._settings, self._client_id, refusals.QOS_NOT_SUPPORTED, ""))
        started_s = self._now_s()
        self._accepted(connection)
        session = Session(connection, connection.limits, self._feed, self._pauses, self._poison)
        session.errands = self._inbound.errands
        session.receipts = self._receipts
        while connection.fileno() is not None and not stop.is_set():
            self._listen(connection, session)
            session.fill()
            self._send_numbers(session)
            pump.turn(_TURN_S)
            session.settle()
        if connection.fileno() is not None:
            self._leave(connection, session, pump)
            session.close()
            return 0.0
        if self._now_s() - started_s >= _STABLE_S:
            self._backoff.reset()
        return self._lost(connection, session)

    def _send_numbers(self, session: Session) -> None:
        for topic in list(self._numbers):
            session.send_numbers(topic, self._numbers.pop(topic))

    def _listen(self, connection: Connection, session: Session) -> None:
        """Sort what came; a command waits for its own thread."""
        while connection.incoming:
            self._listening.take(connection.incoming.popleft(), self._now_s())
        if self._listening.republish_due(self._now_s()):
            session.republish()
        if connection.unheard:
            connection.unheard = 0
            names = ", ".join(self._listening.filters)
            logger.warning("the broker does not let this device listen to all of %s: see its access list", names)

    def _leave(self, connection: Connection, session: Session, pump: Pump) -> None:
        deadline_s = self._now_s() + self._feed.timing.leave_s
        session.fill()
        self._send_numbers(session)
        while not session.leave() and connection.fileno() is not None and self._now_s() < deadline_s:
            pump.turn(max(0.0, deadline_s - self._now_s()))
            session.settle()
        if not session.leave():
            return  # without a DISCONNECT the broker publishes the will, which says the same
        connection.disconnect()
        while connection.fileno() is not None and self._now_s() < deadline_s:
            pump.turn(max(0.0, deadline_s - self._now_s()))
        logger.info("disconnected from %s", refusals.address(self._settings))

    def _accepted(self, connection: Connection) -> None:
        self._protocol.accepted(connection.protocol)
        self._pauses.reconnected()
        self._told.clear()
        connection.subscribe(self._listening.filters)
        self._connected.set()
        self.connects += 1
        try:
            waiting = str(self._feed.outbox.stats().pending)
        except OutboxError:
            waiting = "no stored"
        logger.info(
            "connected to %s with MQTT %s as %s; %s events wait",
            refusals.address(self._settings),
            connection.protocol,
            self._client_id,
            waiting,
        )

    def _not_accepted(self, connection: Connection) -> float:
        if connection.refused_code is None:
            self._protocol.unanswered()
            return self._failed(refusals.of_silence(self._settings, connection.end, expired=self._expired()))
        if connection.refused_code == refusals.UNSUPPORTED_PROTOCOL and self._protocol.version_refused():
            logger.info("%s does not speak MQTT 5; using 3.1.1", refusals.address(self._settings))
            return 0.0
        return self._failed(connection.end)

    def _expired(self) -> bool:
        """Whether this device's certificate is; brokers often hang up without saying so."""
        tls = self._settings.tls
        if tls is None or tls.cert_file is None:
            return False
        try:
            return read_certificates(tls.cert_file, "mqtt.tls.cert_file")[0].not_after_s < self._feed.clock.wall_s()
        except BrokerError:  # the next connect tells
            return False

    def _lost(self, connection: Connection, session: Session) -> float:
        session.close()
        session.give_back_errands()
        before = self._poison.suspects
        poison = None if connection.not_over_a_message else self._poison.lost(session.oldest_event, self._now_s())
        for key in self._poison.suspects - before:
            logger.warning("connections ended while event %s was on its way; it goes last and alone from now on", key)
        if poison is not None:
            self._put_aside(poison, connection.end)
        wait_s = self._backoff.next_s()
        logger.warning("MQTT connection lost: %s; events are kept; next try in %.1f s", connection.end, wait_s)
        return wait_s

    def _put_aside(self, key: EventKey, end: str) -> None:
        logger.error("event %s is put aside: connections end over it and not over others", key)
        if isinstance(key, str):
            self._feed.outbox.unstored.refuse(key)
            return
        try:
            self._feed.outbox.quarantine(key, f"connections end over it: {end}")
        except OutboxError as error:
            logger.warning("it cannot be put aside: %s; trying again", error)

    def _failed(self, reason: str) -> float:
        if reason not in self._told:
            self._told.add(reason)
            logger.warning("no MQTT connection: %s; events are kept, trying again until it works", reason)
        return self._backoff.next_s()

    def _now_s(self) -> float:
        return self._feed.clock.monotonic_s()
