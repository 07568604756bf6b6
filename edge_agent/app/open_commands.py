"""Everything that commands need, built from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.app.audit import Audit
from edge_agent.app.command_actions import BUSY_S, CommandActions, Reach
from edge_agent.app.command_desk import CommandDesk, Judges
from edge_agent.app.config_shadow import ConfigShadow, InForce
from edge_agent.app.reloader import Reloader
from edge_agent.app.self_test import SelfTest
from edge_agent.app.snoozing import Snoozing
from edge_agent.app.support.bundle_on_request import BundleOnRequest
from edge_agent.app.vision import Vision
from edge_agent.clock import Clock
from edge_agent.command.bytes_to_command import BytesToCommand
from edge_agent.command.bytes_to_config import BytesToConfig
from edge_agent.command.gate import Gate, Place
from edge_agent.command.ledger import CommandLedger
from edge_agent.errors import ConfigError
from edge_agent.ids import IdSource
from edge_agent.mqtt.inbound import Inbound
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics
from edge_agent.runtime.task_desk import TaskDesk
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_to_hash import config_hash

_FILE = "commands.sqlite"


@dataclass(frozen=True, slots=True, eq=False)
class CommandParts:
    """What commands work with.

    Attributes:
        clock: The agent's.
        ids: For records.
        topics: Of this device.
        inbound: What comes from the broker.
        retained: Gets the report on the configuration.
        outbox: Kept events.
        vision: Its thread has the alarms.
        self_test: Looks at everything.
        support: Writes bundles.
        reloader: Reads the configuration again.
        main: Where the main thread is asked to reload.
    """

    clock: Clock
    ids: IdSource
    topics: Topics
    inbound: Inbound
    retained: RetainedTable
    outbox: Outbox
    vision: Vision
    self_test: SelfTest
    support: BundleOnRequest
    reloader: Reloader
    main: TaskDesk[None]


class Commands:
    """The desk with its ledger and its shadow."""

    def __init__(self, config: Path, settings: Settings, parts: CommandParts) -> None:
        """Build it; nothing is opened."""
        self._parts = parts
        clock, reloader = parts.clock, parts.reloader
        self._ledger = CommandLedger(settings.state_dir / _FILE, clock)
        audit = Audit(settings.device, clock, parts.ids)
        snoozing = Snoozing(settings.commands, audit, clock)
        gate = Gate(settings.commands, Place(settings.site, settings.device), clock)
        reach = Reach(
            vision=parts.vision,
            outbox=parts.outbox,
            errands=parts.inbound.errands,
            audit=audit,
            snoozing=snoozing,
            self_test=parts.self_test,
            support=parts.support,
            reload=self._reload,
            topics=parts.topics,
        )
        in_force = InForce(
            check=lambda document: _problems(config, document),
            apply=self._reload,
            config_hash=lambda: config_hash(reloader.settings),
            publish=self._publish,
        )
        self.shadow = ConfigShadow(self._ledger, clock, in_force)
        judges = Judges(
            command=BytesToCommand(settings.commands, gate, self._ledger, clock),
            config=BytesToConfig(gate),
            actions=CommandActions(reach),
            shadow=self.shadow,
            audit=audit,
        )
        self.desk = CommandDesk(parts.inbound, parts.topics, clock, judges)
        parts.vision.chore = snoozing.expire

    def open(self) -> None:
        """Open the ledger and take up the configuration that was in force; before the desk's thread starts."""
        self._ledger.open()
        self.shadow.report("none")
        self.shadow.at_start(self._start_with)

    def close(self, *, on_purpose: bool) -> None:
        """Close the ledger, once the desk's thread has ended.

        Args:
            on_purpose: The agent had started and was told to end: its configuration did not bring it down.
        """
        if on_purpose:
            self.shadow.proven()
        self._ledger.close()

    def _reload(self, overlay: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        try:
            return self._parts.main.ask(lambda _: self._parts.reloader(overlay), BUSY_S)
        except TimeoutError as error:
            return (str(error),)

    def _start_with(self, overlay: Mapping[str, Any]) -> tuple[str, ...]:
        try:
            self._parts.reloader.start_with(overlay)
        except ConfigError as error:
            return tuple(problem.in_file(error.file) for problem in error.problems)
        return ()

    def _publish(self, payload: bytes) -> None:
        self._parts.retained.set(self._parts.topics.config_reported, payload)
        self._parts.inbound.errands.wake()


def _problems(config: Path, document: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        load_settings(config, document)
    except ConfigError as error:
        return tuple(problem.in_file(config.name) for problem in error.problems)
    return ()
