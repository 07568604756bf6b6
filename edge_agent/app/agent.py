"""The parts of the daemon, built from the settings and wired; who starts what, and in which order it ends."""

from __future__ import annotations

import logging
import random
import threading
from functools import partial

from edge_agent.app.assign import assign
from edge_agent.app.camera_change_to_event import CameraChangeToEvent
from edge_agent.app.event_sink import EventSink
from edge_agent.app.open_detector import OpenDetector, Runtime, open_detector
from edge_agent.app.open_incidents_to_events import close_open_incidents
from edge_agent.app.reports import HealthReport, info_payload, read_boot_id
from edge_agent.app.state_lock import StateLock
from edge_agent.app.vision import Orders, Vision, no_follow_up
from edge_agent.capture.device_to_frame import Camera
from edge_agent.capture.source_settings import ClipSettings, SourceSettings
from edge_agent.capture.source_table import source_for
from edge_agent.clock import Clock
from edge_agent.data.frame import Frame
from edge_agent.errors import OutboxError
from edge_agent.ids import RandomIds
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.outbox_rows import OpenIncident
from edge_agent.mqtt.outbox_schema import OUTBOX_FILE
from edge_agent.mqtt.payload import encode
from edge_agent.mqtt.publisher import Publisher
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session import Feed, Timing
from edge_agent.mqtt.topics import Topics
from edge_agent.pipeline import DETECTOR_SCORE, Assignment, Pipeline, PipelineSettings
from edge_agent.runtime.backoff import FullJitter
from edge_agent.runtime.mailbox import Mailbox
from edge_agent.runtime.worker import Worker
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_to_hash import config_hash
from edge_agent.update.names import ACTIVE
from edge_agent.update.store import Store

logger = logging.getLogger(__name__)

# All threads together; a camera's driver may hold on to its thread for longer, which then ends with the process.
_STOP_S = 3.0


class Agent:
    """Everything that `edge-agent run` runs."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Build the parts; nothing is opened or started.

        Raises:
            BrokerError: A file of the broker's settings cannot be used.
        """
        self._settings = settings
        self._clock = clock
        self._ids = RandomIds()
        self._boot_id = read_boot_id()
        self._topics = Topics(settings.mqtt.topic_prefix, settings.site, settings.device)
        self._retained = RetainedTable()
        self.outbox = Outbox(settings.state_dir / OUTBOX_FILE, settings.outbox, clock, self._boot_id)
        feed = Feed(self._topics, self.outbox, self._retained, clock, Timing())
        self.publisher = Publisher(settings.mqtt, feed, random.Random())
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._cameras = tuple(
            Camera(camera.name, partial(source_for, camera.source), self._mailbox, clock, FullJitter(random.Random()))
            for camera in settings.cameras
        )
        self._sink = EventSink(self.outbox, self._topics, self._retained, clock, self.publisher.wake)
        lost = CameraChangeToEvent(clock, self._ids)
        self.vision = Vision(self._cameras, self._mailbox, self._sink, clock, lost)
        self.health = HealthReport(self._cameras, self._mailbox, self.vision, self._sink, clock)
        self.died = threading.Event()
        self._publishing = Worker("publisher", self.publisher.run, self._on_death)
        self._capturing = [Worker(f"capture-{camera.name}", camera.run, self._on_death) for camera in self._cameras]
        self._judging = Worker("vision", self.vision.run, self._on_death)
        self._lock = StateLock(settings.state_dir)
        self._detector: OpenDetector | None = None

    def start(self) -> None:
        """Open everything and start the threads.

        Raises:
            OutboxError: Another agent has the state directory, or the outbox is of a newer agent.
            StoreError: There is no such model.
            ModelError: The model cannot or must not be used.
        """
        self._lock.acquire()
        self.outbox.open()
        sources = [camera.source for camera in self._settings.cameras]
        clips = [worker for worker, source in zip(self._capturing, sources, strict=True) if _is_clip(source)]
        live = [worker for worker in self._capturing if worker not in clips]
        for worker in (self._publishing, *live):
            # Cameras and broker take their time; the model is opened meanwhile.
            worker.start()
        model = self._settings.model
        how = Runtime(runtime=model.runtime, threads=model.threads, score=DETECTOR_SCORE)
        self._detector = open_detector(model.use or ACTIVE, Store(self._settings.state_dir), how)
        orders = self._orders(self._settings)
        pipelines = {
            name: Pipeline(assignment, orders.how, self._detector.detect, self._clock, self._ids)
            for name, assignment in orders.assignments.items()
        }
        for event in close_open_incidents(self._left_open(), self._clock, self._ids):
            self._sink.put(event, orders.to_mqtt, no_follow_up)
        self.vision.prepare(pipelines, orders)
        self._announce(self._settings, orders)
        self._judging.start()
        for worker in clips:
            # A recording waits, so that it is seen from its first frame on.
            worker.start()

    def reload(self, settings: Settings) -> None:
        """Take over zones, calibration, rules and thresholds; the rest of the settings waits for a restart."""
        orders = self._orders(settings)
        self.vision.reorder(orders)
        self._announce(settings, orders)

    def stop(self) -> None:
        """End every thread and close the outbox; what the last frame raised still goes out."""
        deadline_s = self._clock.monotonic_s() + _STOP_S
        for worker in (self._judging, *self._capturing):
            worker.request_stop()
        self._mailbox.close()
        self._judging.join(_STOP_S / 2)
        self._publishing.request_stop()
        self.publisher.wake()
        for worker in (self._judging, self._publishing, *self._capturing):
            if not worker.join(max(0.0, deadline_s - self._clock.monotonic_s())):
                logger.warning("thread %s does not end; leaving it behind", worker.name)
        if self._sink.unheard:
            logger.error("%d events could neither be stored nor published and are lost", self._sink.unheard)
        self.outbox.close()
        self._lock.release()

    def _left_open(self) -> tuple[OpenIncident, ...]:
        """Of the run before. Where the disk does not tell, the next start clears them."""
        try:
            return self.outbox.open_incidents()
        except OutboxError:
            return ()

    def _orders(self, settings: Settings) -> Orders:
        assignments: dict[str, Assignment] = {
            camera.name: assign(camera.scene, settings.rules, settings.shadow) for camera in settings.cameras
        }
        model = self._detector.model if self._detector else ""
        envelope = Envelope(self._boot_id, model, config_hash(settings))
        how = PipelineSettings(person_score=settings.model.score, strain=settings.strain)
        return Orders(assignments, how, EventToMqtt(self._topics, envelope, self._clock))

    def _announce(self, settings: Settings, orders: Orders) -> None:
        assignments = tuple(orders.assignments.values())
        if self._detector is not None:
            detector = self._detector
            info = info_payload(detector.model, detector.detect.runtime, config_hash(settings), assignments)
            self._retained.set(self._topics.info, encode(info))

    def _on_death(self, name: str, error: BaseException) -> None:
        self.died.set()


def _is_clip(source: SourceSettings) -> bool:
    return isinstance(source, ClipSettings)
