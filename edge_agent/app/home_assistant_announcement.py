"""Announces the device to Home Assistant, and takes back what is no longer there."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from edge_agent.mqtt.broker_settings import HomeAssistantSettings
from edge_agent.mqtt.home_assistant import Platform, Watched, discovery, discovery_topic, encode_discovery
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics
from edge_agent.runtime.replace_file import replace_file

logger = logging.getLogger(__name__)

_FILE = "home-assistant.json"


class _Announced(BaseModel):
    """What the broker may still keep from us."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str
    entities: dict[str, Platform]


class HomeAssistantAnnouncement:
    """Keeps the retained announcement up to date.

    Home Assistant keeps an entity that a later announcement only leaves out, so what was announced once is noted in
    the state directory: a zone that is renamed, or a switch that is turned off, takes its entities along, whether the
    agent runs or not when that happens.
    """

    def __init__(
        self, settings: HomeAssistantSettings, topics: Topics, retained: RetainedTable, state_dir: Path
    ) -> None:
        self._settings = settings
        self._topics = topics
        self._retained = retained
        self._file = state_dir / _FILE

    def announce(self, watched: Watched) -> None:
        """Announce what is watched now. Where it is switched off, take back what was announced before."""
        before = self._recall()
        topic = discovery_topic(self._settings.prefix, self._topics)
        if before is not None and (before.topic != topic or not self._settings.enabled):
            self._retained.set(before.topic, b"")
            before = None
        if not self._settings.enabled:
            return
        message = discovery(self._topics, watched, before.entities if before else {})
        # Noted first: what is noted and not published does no harm.
        self._note(_Announced(topic=topic, entities={name: entity.p for name, entity in message.cmps.items()}))
        self._retained.set(topic, encode_discovery(message))

    def _recall(self) -> _Announced | None:
        try:
            return _Announced.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            logger.warning(
                "%s cannot be read (%s): Home Assistant may keep entities that are gone; delete them there",
                self._file,
                type(error).__name__,
            )
            return None

    def _note(self, announced: _Announced) -> None:
        try:
            replace_file(self._file, announced.model_dump_json().encode())
        except OSError as error:
            logger.warning("cannot write %s (%s): entities that vanish will stay", self._file, error.strerror)
