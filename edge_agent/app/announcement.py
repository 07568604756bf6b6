"""What subscribers learn of the device before anything happens: who watches where, by which rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent import __version__
from edge_agent.app.camera_change_to_event import CAMERA_BACK, CAMERA_LOST
from edge_agent.app.former_places import FormerPlaces
from edge_agent.app.home_assistant_announcement import HomeAssistantAnnouncement
from edge_agent.app.open_detector import OpenDetector
from edge_agent.app.provisioned import read_provisioned
from edge_agent.app.reports import info_payload
from edge_agent.app.timetable import Timetable
from edge_agent.mqtt.home_assistant import Watched
from edge_agent.mqtt.payload import encode
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_to_hash import config_hash

if TYPE_CHECKING:
    from edge_agent.mqtt.sparkplug import SparkplugSink

_PLACES_FILE = "places.json"


class Announcement:
    """Keeps the retained `info` and what Home Assistant knows up to date, and takes back former zones. One thread's.

    Args:
        settings: The topics' names and the state directory are taken from them, and do not change.
        topics: Of the device.
        retained: Where retained messages are left for the publisher.
        sparkplug: Shows the same to a SCADA system, where somebody wants that.
        config: The configuration file; beside it stands how the device was provisioned.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        retained: RetainedTable,
        sparkplug: SparkplugSink | None,
        config: Path,
    ) -> None:
        self._config = config
        self._topics = topics
        self._retained = retained
        self._sparkplug = sparkplug
        self._former_places = FormerPlaces(settings.state_dir / _PLACES_FILE)
        self._home_assistant = HomeAssistantAnnouncement(
            settings.mqtt.home_assistant, topics, retained, settings.state_dir
        )

    def announce(self, settings: Settings, timetable: Timetable, detector: OpenDetector) -> None:
        """Say what is watched from now on.

        Args:
            settings: In force.
            timetable: Of them: all zones, also those that are not there in this shift, since subscribers set up their
                alarms once.
            detector: What watches.
        """
        for place in self._former_places.since(timetable.places):
            self._retained.set(self._topics.alarm(place), b"")
        assignments = tuple(timetable.assignment(scene, scene.zones) for scene in timetable.scenes)
        how = read_provisioned(self._config)
        info = info_payload(detector.model, detector.detect.runtime, config_hash(settings), assignments, how)
        self._retained.set(self._topics.info, encode(info))
        rules = (*info.rules, CAMERA_LOST, CAMERA_BACK)
        self._home_assistant.announce(Watched(info.cameras, info.zones, rules, __version__))
        if self._sparkplug is not None:
            zones = {camera.name: tuple(zone.name for zone in camera.zones) for camera in settings.cameras}
            self._sparkplug.watch(zones, __version__)
