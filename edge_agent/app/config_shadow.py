"""The configuration that somebody asked for from afar: taken, kept over restarts, and reported."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from edge_agent.clock import Clock
from edge_agent.command.bytes_to_config import DesiredConfig
from edge_agent.command.ledger import CommandLedger, StoredConfig
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused
from edge_agent.mqtt.command_payload import ConfigReportedPayload
from edge_agent.mqtt.payload import MAX_PAYLOAD_BYTES, encode, rfc3339

logger = logging.getLogger(__name__)

_MAX_STARTS = 3  # our own: one end of the agent may be the power's, three in a row are the configuration's
PROVEN_S = 60.0
"""An agent that has run for so long with a configuration is not brought down by it."""
_MAX_PROBLEM_CHARS = 240


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """How the shadow reaches the agent.

    Attributes:
        check: Whether a document goes together with the file; returns what is wrong.
        apply: Takes it over, on the main thread; returns what is wrong.
        config_hash: Of what is in force.
        publish: Sets the retained report.
    """

    check: Callable[[Mapping[str, Any]], tuple[str, ...]]
    apply: Callable[[Mapping[str, Any]], tuple[str, ...]]
    config_hash: Callable[[], str]
    publish: Callable[[bytes], None]


class ConfigShadow:
    """One document with a version, laid over the device's file. Used by one thread at a time."""

    def __init__(self, ledger: CommandLedger, clock: Clock, in_force: InForce) -> None:
        self._ledger = ledger
        self._clock = clock
        self._in_force = in_force
        self._version = 0
        self._unproven: StoredConfig | None = None

    def at_start(self, start_with: Callable[[Mapping[str, Any]], tuple[str, ...]]) -> None:
        """Take up what was in force before; where that cannot be, the file alone is, and the report says so.

        Args:
            start_with: Lays a document over the file; returns what is wrong.
        """
        try:
            stored = self._ledger.config()
            if stored.version == 0:
                return
            if stored.starts >= _MAX_STARTS:
                text = f"the agent ended {stored.starts} times soon after it had started with it"
                raise CommandRefused(Reason.BAD_CONFIG, text)
            problems = start_with(json.loads(stored.document))
            if problems:
                raise CommandRefused(Reason.BAD_CONFIG, "\n".join(problems))
        except CommandRefused as refusal:
            logger.error("the desired configuration is not in force: %s", refusal)
            self.report("refused", refusal)
            return
        self._version = stored.version
        self._unproven = replace(stored, starts=stored.starts + 1)
        try:
            self._ledger.store_config(self._unproven)
        except CommandRefused as refusal:
            logger.warning("starts with the desired configuration are not counted: %s", refusal)
        self.report("applied")

    def take(self, desired: DesiredConfig) -> bool:
        """Take over a configuration that the right people signed.

        Returns:
            Whether it is new; the broker gives the one in force again at each connect.

        Raises:
            CommandRefused: Older than the one in force, or something is wrong with it; the one in force stays.
        """
        document = json.dumps(desired.document, sort_keys=True)
        stored = self._ledger.config()
        if desired.version == stored.version and document == stored.document:
            if desired.version == self._version:
                self.report("applied")
            return False
        if desired.version <= stored.version:
            taken = desired.version == stored.version
            reason = Reason.VERSION_TAKEN if taken else Reason.OLD_VERSION
            raise CommandRefused(reason, f"version {stored.version} has been in force: give this one a greater number")
        if problems := self._in_force.check(desired.document):
            raise CommandRefused(Reason.BAD_CONFIG, "\n".join(problems))
        new = StoredConfig(desired.version, document, 0)
        self._ledger.store_config(new)
        if problems := self._in_force.apply(desired.document):
            self._ledger.store_config(stored)
            raise CommandRefused(Reason.BAD_CONFIG, "\n".join(problems))
        self._version, self._unproven = desired.version, None
        self.report("applied")
        return True

    def proven(self) -> None:
        """The agent has run with it for a while."""
        if self._unproven is not None:
            try:
                self._ledger.store_config(replace(self._unproven, starts=0))
            except CommandRefused as refusal:
                logger.warning("%s", refusal)
            self._unproven = None

    def report(
        self,
        state: Literal["none", "applied", "refused"],
        refusal: CommandRefused | None = None,
        refused_version: int | None = None,
    ) -> None:
        """Publish how it stands."""
        problems = [line[:_MAX_PROBLEM_CHARS] for line in str(refusal).splitlines()] if refusal else []
        while True:
            payload = ConfigReportedPayload(
                state=state,
                version=self._version,
                config_hash=self._in_force.config_hash(),
                refused_version=refused_version,
                reason=refusal.reason if refusal else None,
                problems=tuple(problems),
                at=rfc3339(self._clock.wall_s()),
            )
            encoded = encode(payload)
            if len(encoded) <= MAX_PAYLOAD_BYTES or not problems:
                break
            problems.pop()
        self._in_force.publish(encoded)
