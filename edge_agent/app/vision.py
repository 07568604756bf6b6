"""The vision thread: frames from every camera through its pipeline, events into the sink."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from edge_agent.app.calibration_log import CalibrationLog
from edge_agent.app.camera_change_to_event import CameraChangeToEvent
from edge_agent.app.event_sink import EventSink
from edge_agent.app.observer import Observer, Unobserved
from edge_agent.app.timetable import ShiftChange, Timetable
from edge_agent.app.zone_report import ZoneReport
from edge_agent.capture.device_to_frame import Camera
from edge_agent.clock import Clock
from edge_agent.data.event import Event
from edge_agent.data.exposure import Exposure
from edge_agent.data.frame import Frame
from edge_agent.data.strain import Strain
from edge_agent.mqtt.event_to_mqtt import EventToMqtt
from edge_agent.pipeline import Pipeline, PipelineSettings
from edge_agent.posture_log.seen_frame import Origin, SeenFrame
from edge_agent.posture_log.seen_frame_to_log import SeenFrameToLog
from edge_agent.rules.rules_stage import Assignment
from edge_agent.runtime.mailbox import Mailbox
from edge_agent.runtime.task_desk import TaskDesk

logger = logging.getLogger(__name__)

# How late a silent camera, a reload or a stop may be noticed.
_TURN_S = 0.2
_RECENT_FRAMES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """What the vision thread works by; replaced as a whole when the settings are read again.

    Attributes:
        timetable: What each camera is to watch for, and when.
        how: How the pipelines run.
        to_mqtt: Serialises events.
        origins: By name of the camera, what its postures come from; for the posture log.
    """

    timetable: Timetable
    how: PipelineSettings
    to_mqtt: EventToMqtt
    origins: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class CameraPace:
    """How one camera's frames are judged.

    Attributes:
        judged: Frames judged since the start.
        last_judged_s: Monotonic seconds at the end of the last one's step; None before the first.
        sight: ``clear``, or what keeps anybody from being seen; None before the first frame.
        shadowed: By rule on trial, how many incidents it would have raised since the start; empty without a trial.
        exposures: By ergonomic rule, how long people worked so.
        strain: How long people worked at which level of RULA and REBA; None where nobody was in view.
        recent_ms: Time from the stamp of each of the last frames to the end of its step, in milliseconds.
    """

    judged: int
    last_judged_s: float | None
    sight: str | None
    shadowed: Mapping[str, int]
    exposures: Mapping[str, Exposure]
    strain: Strain | None
    recent_ms: tuple[float, ...]


def no_follow_up(event: Event) -> None:
    """Nothing depends on this event having been stored."""


@dataclass(frozen=True, slots=True, eq=False)
class AtWork:
    """What only the vision thread may touch.

    Attributes:
        sink: Takes events.
        orders: In force.
    """

    sink: EventSink
    orders: Orders


def no_chore(work: AtWork) -> None:
    """Nothing has to be done in every turn."""


class Vision:
    """Judges every frame that capture leaves in the mailbox; `run` is the body of its thread.

    Attributes:
        settled: Set once a frame was judged, or a camera was reported as lost: the agent does its work.
        desk: Where other threads ask for what only this one may do.
        chore: Done once a turn; set before the thread starts.
        observer: Counts; likewise.
        least_interval_s: Seconds from one look of the network to the next; more than 0 while the processor is hot. Any
            thread may set it.
    """

    def __init__(
        self,
        cameras: Iterable[Camera],
        mailbox: Mailbox[Frame],
        sink: EventSink,
        clock: Clock,
        lost: CameraChangeToEvent,
    ) -> None:
        self._cameras = tuple(cameras)
        self._mailbox = mailbox
        self._sink = sink
        self._clock = clock
        self._lost_to_event = lost
        self._shifts = ShiftChange(clock)
        self._calibration_log = CalibrationLog()
        self._pipelines: dict[str, Pipeline] = {}
        self._orders: Orders | None = None
        self._posture_log: SeenFrameToLog | None = None
        self._zone_report: ZoneReport | None = None
        self._new_orders: deque[Orders] = deque(maxlen=1)
        self._recent_ms = {camera.name: deque[float](maxlen=_RECENT_FRAMES) for camera in self._cameras}
        self._judged = {camera.name: 0 for camera in self._cameras}
        self._last_judged_s: dict[str, float] = {}
        self._sights: dict[str, str] = {}
        self._shadowed: dict[str, dict[str, int]] = {camera.name: {} for camera in self._cameras}
        self._beat_s = clock.monotonic_s()
        self.settled = threading.Event()
        self.desk: TaskDesk[AtWork] = TaskDesk()
        self.chore: Callable[[AtWork], None] = no_chore
        self.observer: Observer = Unobserved()
        self.least_interval_s = 0.0

    @property
    def beat_s(self) -> float:
        """Monotonic seconds of the last turn; an old one means that the thread hangs."""
        return self._beat_s

    def prepare(
        self,
        new_pipeline: Callable[[Assignment], Pipeline],
        orders: Orders,
        posture_log: SeenFrameToLog | None = None,
        zone_report: ZoneReport | None = None,
    ) -> None:
        """Hand over what the thread works with, before it starts.

        Args:
            new_pipeline: Makes one for each camera.
            orders: To work by at first.
            posture_log: Records what the rules see; without one nothing is recorded.
            zone_report: Counts by zone; without one nothing is counted.
        """
        assignments = self._shifts.start(orders.timetable)
        self._pipelines = {name: new_pipeline(assignment) for name, assignment in assignments.items()}
        self._posture_log = posture_log
        self._zone_report = zone_report
        self._orders = orders
        self._count_anew(assignments)
        self._count_in(orders, assignments)

    def reorder(self, orders: Orders) -> None:
        """Work by these orders from the next turn on. Any thread."""
        self._new_orders.append(orders)

    def pace(self, camera: str) -> CameraPace:
        """How this camera's frames are judged. Any thread."""
        pipeline = self._pipelines.get(camera)
        return CameraPace(
            judged=self._judged[camera],
            last_judged_s=self._last_judged_s.get(camera),
            sight=self._sights.get(camera),
            shadowed=dict(self._shadowed[camera]),
            exposures=pipeline.exposures if pipeline else {},
            strain=pipeline.strain if pipeline else None,
            recent_ms=tuple(self._recent_ms[camera]),
        )

    def run(self, stop: threading.Event) -> None:
        """Judge frames until `stop` is set."""
        orders = self._orders
        if orders is None:
            raise RuntimeError("prepare comes before run")
        self._sink.show(orders.timetable.places)
        while not stop.is_set():
            frame = self._mailbox.take(_TURN_S)
            self._beat_s = self._clock.monotonic_s()
            if self._new_orders:
                orders = self._take_over(self._new_orders.popleft(), orders)
            self._change_shift(orders)
            if frame is not None:
                self._calibration_log(frame, orders.timetable.calibration(frame.camera))
                self._judge(frame, orders)
            for camera in self._cameras:
                for change in camera.health.check(self._clock.monotonic_s()):
                    self._put(self._lost_to_event(change), orders.to_mqtt, no_follow_up)
                    self.settled.set()
            self.desk.serve(AtWork(self._sink, orders))
            self.chore(AtWork(self._sink, orders))
            self._sink.retry(orders.to_mqtt)
            if self._zone_report is not None:
                self._zone_report.turn()
        if self._zone_report is not None:
            self._zone_report.tell()

    def _put(self, event: Event, to_mqtt: EventToMqtt, stored: Callable[[Event], None]) -> None:
        if self._zone_report is not None:
            self._zone_report.note(event)
        self.observer.event(event)
        self._sink.put(event, to_mqtt, stored)

    def _judge(self, frame: Frame, orders: Orders) -> None:
        pipeline = self._pipelines[frame.camera]
        pipeline.slow_down(self.least_interval_s)
        outcome = pipeline.step(frame)
        for event in outcome.events:
            self._put(event, orders.to_mqtt, pipeline.stored)
        if self._zone_report is not None:
            self._zone_report.see(outcome.sight, outcome.postures, pipeline.exposures)
        if self._posture_log is not None:
            self._posture_log.put(orders.origins[frame.camera], SeenFrame(outcome.sight, outcome.postures))
        for event in outcome.shadowed:
            logger.info("camera %s: %s, which is on trial, would have been raised", frame.camera, event.rule)
            self._shadowed[frame.camera][event.rule] += 1
        fault = outcome.sight.fault
        self._sights[frame.camera] = fault.value if fault else "clear"
        self._judged[frame.camera] += 1
        self._last_judged_s[frame.camera] = now_s = self._clock.monotonic_s()
        latency_s = now_s - frame.t_s
        self._recent_ms[frame.camera].append(1e3 * latency_s)
        self.observer.step(frame.camera, outcome, latency_s)
        self.settled.set()

    def _take_over(self, orders: Orders, before: Orders) -> Orders:
        if orders.timetable is before.timetable:
            return orders  # another model, which nobody's incident ends for
        assignments = self._shifts.start(orders.timetable)
        for name, assignment in assignments.items():
            pipeline = self._pipelines[name]
            for event in pipeline.reconfigure(assignment, orders.how):
                self._put(event, orders.to_mqtt, pipeline.stored)
        self._sink.show(orders.timetable.places)
        self._count_anew(assignments)
        self._count_in(orders, assignments)
        return orders

    def _change_shift(self, orders: Orders) -> None:
        """Let zones come and go with their shifts, without a restart."""
        assignments = self._shifts.due()
        if assignments:
            self._count_in(orders, assignments)
        for name, assignment in assignments.items():
            pipeline = self._pipelines[name]
            zones = ", ".join(zone.name for zone in assignment.scene.zones) or "none"
            logger.info("camera %s: the zones of this shift are %s", name, zones)
            for event in pipeline.change_shift(assignment):
                self._put(event, orders.to_mqtt, pipeline.stored)

    def _count_in(self, orders: Orders, assignments: Mapping[str, Assignment]) -> None:
        if self._zone_report is not None:
            scenes = (assignment.scene for assignment in assignments.values())
            self._zone_report.watch(orders.timetable.places, scenes)

    def _count_anew(self, assignments: Mapping[str, Assignment]) -> None:
        """Rules that go on trial count from nothing; those that are go on. Replaced as a whole: others read it."""
        for name, assignment in assignments.items():
            before = self._shadowed[name]
            self._shadowed[name] = {rule.name: before.get(rule.name, 0) for rule in assignment.shadow}
