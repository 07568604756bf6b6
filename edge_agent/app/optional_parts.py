"""Parts of the daemon that run only where the settings want them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from edge_agent.capture.source_settings import ClipSettings, SourceSettings
from edge_agent.clock import Clock
from edge_agent.errors import BrokerError
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics
from edge_agent.posture_log.seen_frame_to_log import SeenFrameToLog
from edge_agent.settings.settings import Settings

if TYPE_CHECKING:
    from edge_agent.mqtt.sparkplug import SparkplugSink

logger = logging.getLogger(__name__)

_POSTURES_DIRECTORY = "postures"


def posture_log(settings: Settings, clock: Clock) -> SeenFrameToLog | None:
    """What records the postures; None where nobody wants them."""
    if not settings.posture_log.enabled:
        return None
    return SeenFrameToLog(settings.state_dir / _POSTURES_DIRECTORY, settings.posture_log, clock)


def sparkplug(settings: Settings, topics: Topics, retained: RetainedTable, clock: Clock) -> SparkplugSink | None:
    """What shows the device to a SCADA system; None where nobody wants that.

    Raises:
        BrokerError: Its package is not installed.
    """
    if not settings.mqtt.sparkplug.enabled:
        return None
    try:
        from edge_agent.mqtt.sparkplug import SparkplugSink
    except ImportError as error:
        raise BrokerError(
            f"mqtt.sparkplug needs {error.name}: install edge-agent with the extra `sparkplug`, or switch it off"
        ) from error
    return SparkplugSink(settings.mqtt, topics, retained, clock, settings.state_dir)


def no_matter(name: str, error: BaseException) -> None:
    """A thread died without which the agent does its work."""
    logger.error("watching goes on without %s (%s); please report this", name, type(error).__name__)


def is_clip(source: SourceSettings) -> bool:
    """Whether frames come from a recording."""
    return isinstance(source, ClipSettings)
