"""Parts of the agent that most devices do without: made only where the settings ask for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_agent.app.metrics.sources import Sources
from edge_agent.capture.source_settings import ClipSettings, SourceSettings
from edge_agent.clock import Clock
from edge_agent.errors import BrokerError, MetricsError
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics
from edge_agent.posture_log.seen_frame_to_log import SeenFrameToLog
from edge_agent.settings.settings import Settings

if TYPE_CHECKING:
    from edge_agent.app.metrics.serve_metrics import Metrics
    from edge_agent.mqtt.sparkplug import SparkplugSink

logger = logging.getLogger(__name__)

_POSTURES_DIRECTORY = "postures"


def open_posture_log(settings: Settings, clock: Clock) -> SeenFrameToLog | None:
    """What records the postures; None where nobody wants them."""
    if not settings.posture_log.enabled:
        return None
    return SeenFrameToLog(settings.state_dir / _POSTURES_DIRECTORY, settings.posture_log, clock)


def open_sparkplug(settings: Settings, topics: Topics, retained: RetainedTable, clock: Clock) -> SparkplugSink | None:
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


def open_metrics(settings: Settings, sources: Sources, health: Callable[[], bytes]) -> Metrics | None:
    """Numbers for Prometheus; None where nobody wants them. A port that is taken costs the numbers, never the watching.

    Raises:
        MetricsError: Its package is not installed.
    """
    if settings.metrics.port is None:
        return None
    try:
        from edge_agent.app.metrics.serve_metrics import Metrics
    except ImportError as error:
        raise MetricsError(
            f"metrics needs {error.name}: install edge-agent with the extra `metrics`, or leave out metrics.port"
        ) from error
    try:
        return Metrics(settings.metrics.port, sources, health)
    except MetricsError as error:
        logger.error("%s; watching goes on without numbers", error)
        return None


def no_matter(name: str, error: BaseException) -> None:
    """A thread died without which the agent does its work."""
    logger.error("watching goes on without %s (%s); please report this", name, type(error).__name__, exc_info=error)


def is_clip(source: SourceSettings) -> bool:
    """Whether frames come from a recording."""
    return isinstance(source, ClipSettings)
