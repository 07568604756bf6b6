"""The updater's own connection to the broker. An update never waits for it."""

from __future__ import annotations

import dataclasses
import logging
import random
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.command.bytes_to_command import UPDATER, BytesToCommand
from edge_agent.command.gate import Gate, Place
from edge_agent.command.ledger import CommandLedger
from edge_agent.ids import RandomIds
from edge_agent.mqtt import channels
from edge_agent.mqtt.broker_access import check_at_start
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.errands import Reply
from edge_agent.mqtt.event_source import NoEvents
from edge_agent.mqtt.feed import Feed
from edge_agent.mqtt.inbound import Inbound
from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.payload import encode, rfc3339
from edge_agent.mqtt.publisher import Publisher
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session_timing import Timing
from edge_agent.mqtt.topics import Topics
from edge_agent.mqtt.update_payload import UpdateEventPayload, UpdateProgressPayload
from edge_agent.runtime.worker import Worker
from edge_agent.update.reason import UpdateState
from edge_agent.updater.command_ear import CommandEar
from edge_agent.updater.service import UpdateService
from edge_agent.updater.standing import Standing
from edge_agent.updater.standing_to_status import standing_to_status
from edge_agent.updater.updater_settings import UpdaterSettings

logger = logging.getLogger(__name__)

_PROGRESS_EVERY_S = 1.0
_LEDGER_FILE = "commands.sqlite"
_JOIN_S = 2.0
# A look that finds nothing is no news, and there is one every hour on every device of a fleet.
_SILENT = frozenset({UpdateState.CHECKING})


class Link:
    """Reports, and hears commands where a key is configured.

    Args:
        settings: Of the updater.
        clock: The machine's.

    Raises:
        BrokerError: A file of the broker's settings cannot be used.
    """

    def __init__(self, settings: UpdaterSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._topics = Topics(settings.mqtt.topic_prefix, settings.site, settings.device)
        self._retained = RetainedTable()
        self._ids = RandomIds()
        self._progress_s = 0.0
        self._told: int | None = None
        listens = bool(settings.commands.keys)
        self._inbound = Inbound(commands=listens, only=(self._topics.of(channels.UPDATE_COMMAND),) if listens else ())
        feed = Feed(self._topics, NoEvents(), self._retained, clock, Timing(), announces=False)
        self._publisher = Publisher(own_broker_settings(settings), feed, random.Random(), self._inbound)
        self._workers = [Worker("publisher", self._publisher.run, self._on_death)]

    def start(self, service: UpdateService, directory: Path) -> None:
        """Start the threads.

        Args:
            service: Obeys.
            directory: Of the updater's state.
        """
        settings, clock = self._settings, self._clock
        if settings.commands.keys:
            gate = Gate(settings.commands, Place(settings.site, settings.device), clock)
            ledger = CommandLedger(directory / _LEDGER_FILE, clock)
            judge = BytesToCommand(settings.commands, gate, ledger, clock, UPDATER)
            ear = CommandEar(self._inbound, self._topics, clock, judge, service)
            self._workers.append(Worker("commands", ear.run, self._on_death))
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Send what waits, and end the threads."""
        for worker in self._workers:
            worker.request_stop()
        self._publisher.wake()
        for worker in self._workers:
            worker.join(_JOIN_S)

    def changed(self, standing: Standing) -> None:
        """Publish where the updater stands."""
        now_s, update, entry = self._clock.wall_s(), self._settings.update, standing.entry
        device = f"{self._settings.site}/{self._settings.device}"
        status = standing_to_status(standing, device, update.group, now_s)
        self._retained.set(self._topics.of(channels.UPDATE_STATUS), encode(status))
        told, self._told = self._told, entry.number
        if told is not None and told != entry.number and entry.state not in _SILENT:
            event = UpdateEventPayload(
                id=self._ids.new(now_s),
                number=entry.number,
                release=entry.release,
                state=entry.state.value,
                reason=entry.reason.value if entry.reason else None,
                at=rfc3339(entry.at_s),
            )
            topic = self._topics.of(channels.UPDATE_EVENTS)
            message = Outgoing(topic, encode(event), expiry_s=channels.UPDATE_EVENT_EXPIRY_S)
            until_s = self._clock.monotonic_s() + channels.UPDATE_EVENT_EXPIRY_S
            self._inbound.errands.reply(Reply(message, until_s))
        self._publisher.wake()

    def progress(self, release: str, done_bytes: int, total_bytes: int) -> None:
        """Publish how far a download is, now and then."""
        now_s = self._clock.monotonic_s()
        if now_s < self._progress_s:
            return
        self._progress_s = now_s + _PROGRESS_EVERY_S
        payload = UpdateProgressPayload(
            release=release, done_bytes=done_bytes, total_bytes=total_bytes, at=rfc3339(self._clock.wall_s())
        )
        self._publisher.set_numbers(self._topics.of(channels.UPDATE_PROGRESS), encode(payload))

    def _on_death(self, name: str, error: BaseException) -> None:
        """An update goes on without its report."""
        logger.error(
            "the updater goes on without %s (%s); please report this", name, type(error).__name__, exc_info=error
        )


def own_broker_settings(settings: UpdaterSettings) -> BrokerSettings:
    """The device's, with a client id of its own: a broker ends the older of two connections of one id.

    Raises:
        BrokerError: The certificate is another device's.
    """
    mqtt = settings.mqtt
    agent_id = mqtt.client_id or f"edge-agent-{settings.site}-{settings.device}"
    check_at_start(mqtt, agent_id)
    # The certificate names the device, hence the agent's id: it was checked against that.
    tls = None if mqtt.tls is None else dataclasses.replace(mqtt.tls, bind_client_id=False)
    return dataclasses.replace(mqtt, client_id=f"{agent_id}-updater", tls=tls, birth=None)
