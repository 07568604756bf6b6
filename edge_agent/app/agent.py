"""The parts of the daemon, built from the settings and wired; who starts what, and in which order it ends."""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.app.announcement import Announcement
from edge_agent.app.camera_change_to_event import CameraChangeToEvent
from edge_agent.app.cooling import Cooling
from edge_agent.app.event_sink import EventSink
from edge_agent.app.metrics.sources import Sources
from edge_agent.app.model_keeper import ModelKeeper
from edge_agent.app.open_detector import OpenDetector
from edge_agent.app.open_incidents_to_events import close_open_incidents
from edge_agent.app.optional_parts import is_clip, no_matter, open_metrics, open_posture_log, open_sparkplug
from edge_agent.app.reloader import Reloader
from edge_agent.app.reports import HealthReport, read_boot_id
from edge_agent.app.self_test import SelfTest
from edge_agent.app.settings_to_home import settings_to_home
from edge_agent.app.settings_to_orders import settings_to_orders
from edge_agent.app.state_lock import StateLock
from edge_agent.app.vision import Orders, Vision, no_follow_up
from edge_agent.app.zone_report import ZoneReport
from edge_agent.capture.device_to_frame import Camera, reopenings
from edge_agent.capture.source_table import source_for
from edge_agent.clock import Clock
from edge_agent.data.frame import Frame
from edge_agent.errors import OutboxError
from edge_agent.ids import RandomIds
from edge_agent.mqtt.feed import Feed
from edge_agent.mqtt.inbound import Inbound
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.outbox_rows import OpenIncident
from edge_agent.mqtt.outbox_schema import OUTBOX_FILE
from edge_agent.mqtt.payload import HealthPayload, encode
from edge_agent.mqtt.publisher import Publisher
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session_timing import Timing
from edge_agent.mqtt.topics import Topics
from edge_agent.pipeline import Pipeline
from edge_agent.runtime.mailbox import Mailbox
from edge_agent.runtime.task_desk import TaskDesk
from edge_agent.runtime.worker import Worker
from edge_agent.settings.settings import Settings

if TYPE_CHECKING:
    from edge_agent.app.metrics.serve_metrics import Metrics
    from edge_agent.app.open_commands import Commands

logger = logging.getLogger(__name__)

# All threads together; a camera's driver may hold on to its thread for longer, which then ends with the process.
_STOP_S = 3.0
_NAME_S = 10.0


class Agent:
    """Everything that `edge-agent run` runs."""

    def __init__(self, settings: Settings, clock: Clock, config: Path) -> None:
        """Build the parts; nothing is opened or started.

        Args:
            settings: As read from the file.
            clock: The system's.
            config: The file, to be read again.

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
        inbound = Inbound(commands=bool(settings.commands.keys))
        self.publisher = Publisher(settings.mqtt, feed, random.Random(), inbound)
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._cameras = tuple(
            Camera(camera.name, partial(source_for, camera.source), self._mailbox, clock, reopenings(random.Random()))
            for camera in settings.cameras
        )
        self._sink = EventSink(self.outbox, self._topics, self._retained, clock, self._wake)
        lost = CameraChangeToEvent(clock, self._ids)
        self.vision = Vision(self._cameras, self._mailbox, self._sink, clock, lost)
        self.health = HealthReport(self._cameras, self._mailbox, self.vision, self._sink, clock)
        self.reloader = Reloader(config, settings, self.reload)
        self.main_desk: TaskDesk[None] = TaskDesk()
        self._commands = self._build_commands(config, inbound) if inbound.commands else None
        self.died = threading.Event()
        self.started = False
        self._publishing = Worker("publisher", self.publisher.run, self._on_death)
        self._capturing = [Worker(f"capture-{camera.name}", camera.run, self._on_death) for camera in self._cameras]
        self._judging = Worker("vision", self.vision.run, self._on_death)
        self._posture_log = open_posture_log(settings, clock)
        # What is only there for later trials must not end the watching, however it fails.
        self._logging = [Worker("posture-log", log.run, no_matter) for log in (self._posture_log,) if log]
        self._obeying = Worker("commands", self._commands.desk.run, self._on_death) if self._commands else None
        self._sparkplug = open_sparkplug(settings, self._topics, self._retained, clock)
        self._announcement = Announcement(settings, self._topics, self._retained, self._sparkplug, config)
        # Its will tells the host that it is gone; the alarms go on where events do.
        self._showing = [Worker("sparkplug", sink.run, no_matter) for sink in (self._sparkplug,) if sink]
        self._lock = StateLock(settings.state_dir)
        self._models = ModelKeeper(settings_to_home(settings, self._boot_id), clock, self._model_changed)
        self._keeping = Worker("models", self._models.run, self._on_death)
        self._detector: OpenDetector | None = None
        self._orders_now: Orders | None = None
        self._last_health = b""
        self._cooling = Cooling(self._slow_down)
        self._metrics: Metrics | None = None

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
        clips = [worker for worker, source in zip(self._capturing, sources, strict=True) if is_clip(source)]
        live = [worker for worker in self._capturing if worker not in clips]
        for worker in (self._publishing, *live):
            # Cameras and broker take their time; the model is opened meanwhile.
            worker.start()
        self._detector = self._models.open()
        if self._commands is not None:
            self._commands.open()
            self._settings = self.reloader.settings
        orders = self._orders_now = self._orders(self._settings)
        detect = self._models.detector
        for event in close_open_incidents(self._left_open(), self._clock, self._ids):
            self._sink.put(event, orders.to_mqtt, no_follow_up)
        self.vision.prepare(
            lambda each: Pipeline(each, orders.how, detect, self._clock, self._ids),
            orders,
            self._posture_log,
            self._zone_report(),
        )
        self._announce(self._settings, orders)
        self._measure(self._detector)
        for worker in (*self._logging, *self._showing, self._judging, self._keeping):
            worker.start()
        for worker in clips:
            # A recording waits, so that it is seen from its first frame on.
            worker.start()
        if self._obeying is not None:
            self._obeying.start()
        self.started = True

    def reload(self, settings: Settings) -> None:
        """Take over zones, calibration, rules and thresholds; the rest of the settings waits for a restart."""
        orders = self._orders_now = self._orders(settings)
        self.vision.reorder(orders)
        self._announce(settings, orders)

    def _model_changed(self, opened: OpenDetector) -> None:
        """Another model watches from now on: name it in what is published. Not a reload: nobody's incident ends."""

        def name_it(_: None) -> None:
            self._detector = opened
            if self._metrics is not None:
                self._metrics.meters.name_model(opened.model)
            settings, now = self.reloader.settings, self._orders_now
            if now is not None:
                orders = self._orders_now = replace(self._orders(settings), timetable=now.timetable)
                self.vision.reorder(orders)
                self._announce(settings, orders)

        try:
            self.main_desk.ask(name_it, _NAME_S)
        except TimeoutError:
            logger.warning("the name of the model that watches now is not published: the agent is busy or ends")

    def report_health(self) -> HealthPayload:
        """Publish the numbers of `health`, and return them."""
        self._cooling.look(self._clock.monotonic_s())
        more = {"certificates": self.publisher.certificates(), "inference_limit_fps": self._cooling.limit_fps}
        health = self.health().model_copy(update=more)
        self._last_health = encode(health)
        self.publisher.set_health(self._last_health)
        if self._sparkplug is not None:
            self._sparkplug.set_health(health)
        return health

    def stop(self, *, on_purpose: bool = True) -> None:
        """End every thread and close the outbox; what the last frame raised still goes out.

        Args:
            on_purpose: Nothing failed that nobody foresaw: neither a model on trial nor a configuration is to blame.
        """
        on_purpose = on_purpose and not self.died.is_set()
        deadline_s = self._clock.monotonic_s() + _STOP_S
        obeying = (self._obeying,) if self._obeying else ()
        for worker in (self._judging, self._keeping, *obeying, *self._capturing):
            worker.request_stop()
        self._mailbox.close()
        self._judging.join(_STOP_S / 2)
        for worker in (*self._logging, *self._showing, self._publishing):
            worker.request_stop()
        self._wake()
        still = (*obeying, *self._showing, *self._logging, *self._capturing)
        for worker in (self._judging, self._publishing, self._keeping, *still):
            if not worker.join(max(0.0, deadline_s - self._clock.monotonic_s())):
                logger.warning("thread %s does not end; leaving it behind", worker.name)
        if self._sink.unheard:
            logger.error("%d events could neither be stored nor published and are lost", self._sink.unheard)
        self._models.close(on_purpose=on_purpose)
        self.outbox.close()
        if self._commands is not None and self._obeying is not None and not self._obeying.alive:
            self._commands.close(on_purpose=on_purpose and self.started)
        self._lock.release()

    def _build_commands(self, config: Path, inbound: Inbound) -> Commands:
        # Imported here: it brings in cryptography, 9 MB, which a device without a key does not need.
        from edge_agent.app.open_commands import CommandParts, Commands
        from edge_agent.app.support.bundle_on_request import BundleOnRequest

        self._sink.allow_snoozing(critical=self._settings.commands.snooze_critical)
        look = SelfTest(self._cameras, self.vision, self.outbox, self._settings.state_dir, self._clock)
        parts = CommandParts(
            clock=self._clock,
            ids=self._ids,
            topics=self._topics,
            inbound=inbound,
            retained=self._retained,
            outbox=self.outbox,
            vision=self.vision,
            self_test=look,
            support=BundleOnRequest(config, self._settings.state_dir, self._clock, lambda: self._last_health),
            reloader=self.reloader,
            main=self.main_desk,
        )
        return Commands(config, self._settings, parts)

    def _measure(self, opened: OpenDetector) -> None:
        sources = Sources(
            cameras=self._cameras,
            mailbox=self._mailbox,
            vision=self.vision,
            sink=self._sink,
            publisher=self.publisher,
            cooling=self._cooling,
            clock=self._clock,
            detector=lambda: self._detector or opened,
            person_score=lambda: self.reloader.settings.model.score,
        )
        self._metrics = open_metrics(self._settings, sources, lambda: self._last_health)
        if self._metrics is not None:
            self.vision.observer = self._metrics.meters
            self._showing.append(Worker("metrics", self._metrics.server.run, no_matter))

    def _slow_down(self, least_interval_s: float) -> None:
        self.vision.least_interval_s = least_interval_s

    def _left_open(self) -> tuple[OpenIncident, ...]:
        """Of the run before. Where the disk does not tell, the next start clears them."""
        try:
            return self.outbox.open_incidents()
        except OutboxError:
            return ()

    def _orders(self, settings: Settings) -> Orders:
        model = self._detector.model if self._detector else ""
        return settings_to_orders(settings, model, self._boot_id, self._topics, self._clock)

    def _zone_report(self) -> ZoneReport | None:
        if not self._settings.mqtt.zone_numbers:
            return None
        return ZoneReport(self._topics, self._clock, self.publisher.set_numbers)

    def _announce(self, settings: Settings, orders: Orders) -> None:
        if self._detector is not None:
            self._announcement.announce(settings, orders.timetable, self._detector)
        self._wake()

    def _wake(self) -> None:
        """An alarm, an event or a request to stop: whoever publishes should look at once."""
        self.publisher.wake()
        if self._sparkplug is not None:
            self._sparkplug.wake()

    def _on_death(self, name: str, error: BaseException) -> None:
        """A thread died without which nobody watches, or nobody hears of it."""
        self.died.set()  # before it is logged: the log may be what failed
        logger.critical("thread %s died; the agent ends and is started again", name, exc_info=error)
