"""Numbers that are asked for only when somebody reads them: frames, outbox, broker, heat, clock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from edge_agent import __version__
from edge_agent.app.metrics.meters import InView
from edge_agent.app.metrics.sources import Sources
from edge_agent.capture.camera_health import CameraState
from edge_agent.errors import OutboxError


class DeviceNumbers(Collector):
    """Reads everything at each scrape."""

    def __init__(self, sources: Sources, in_view: Mapping[str, InView]) -> None:
        self._from = sources
        self._in_view = in_view
        self._started_s = sources.clock.monotonic_s()

    def collect(self) -> Iterator[Any]:
        """Every family, anew."""
        opened = self._from.detector()
        labels = {"version": __version__, "model": opened.model, "runtime": opened.detect.runtime}
        info = GaugeMetricFamily("edge_agent_build_info", "Always 1; the labels tell.", labels=tuple(labels))
        info.add_metric(tuple(labels.values()), 1)
        yield info
        yield _gauge("uptime_seconds", "Since the agent started.", self._from.clock.monotonic_s() - self._started_s)
        yield _gauge("clock_synchronised", "1 where the clock follows a time server.", self._from.clock.synchronised())
        yield from self._heat()
        yield from self._frames()
        yield from self._views()
        yield from self._broker()
        yield from self._outbox()

    def _heat(self) -> Iterator[Any]:
        cooling = self._from.cooling
        if cooling.temperature_c is not None:
            yield _gauge("temperature_celsius", "Of the first thermal zone.", cooling.temperature_c)
        text = "Frames a second that the network may look at while the processor is hot; absent otherwise."
        if cooling.limit_fps is not None:
            yield _gauge("inference_limit_hertz", text, cooling.limit_fps)
        yield _gauge("thermal_level", "0 cool, 1 warm: fewer looks, 2 hot: fewest looks.", cooling.level.value)

    def _frames(self) -> Iterator[Any]:
        came = _family("frames_in", "Frames that a camera gave.")
        judged = _family("frames_judged", "Frames that were judged.")
        dropped = _family("frames_dropped", "Frames that came faster than they could be judged.")
        age = _by_camera("last_frame_age_seconds", "Since the last frame, or the start where none came yet.")
        now_s = self._from.clock.monotonic_s()
        for camera in self._from.cameras:
            pace, lost = self._from.vision.pace(camera.name), self._from.mailbox.dropped(camera.name)
            came.add_metric((camera.name,), pace.judged + lost)
            judged.add_metric((camera.name,), pace.judged)
            dropped.add_metric((camera.name,), lost)
            if (last_s := camera.health.last_frame_s) is not None:
                age.add_metric((camera.name,), now_s - last_s)
        yield from (came, judged, dropped, age)

    def _views(self) -> Iterator[Any]:
        """What is in view. A camera that gives no frames shows nobody, whoever was there when it was lost."""
        clear = _by_camera("sight_clear", "1 where persons could be seen.")
        persons = _by_camera("persons", "Persons whom the camera sees now.")
        tracks = _by_camera("tracks", "Persons who are followed, lost ones too.")
        for camera in self._from.cameras:
            live = camera.health.state is CameraState.LIVE
            seen = self._in_view[camera.name] if live else InView()
            clear.add_metric((camera.name,), float(live and self._from.vision.pace(camera.name).sight == "clear"))
            persons.add_metric((camera.name,), seen.persons)
            tracks.add_metric((camera.name,), seen.tracks)
        yield from (clear, persons, tracks)

    def _broker(self) -> Iterator[Any]:
        publisher = self._from.publisher
        yield _gauge("mqtt_connected", "1 while the broker accepts this device.", publisher.connected)
        connects = CounterMetricFamily("edge_agent_mqtt_connects", "Connections that the broker accepted.")
        connects.add_metric((), publisher.connects)
        yield connects

    def _outbox(self) -> Iterator[Any]:
        sink, outbox = self._from.sink, self._from.sink.outbox
        memory_only = outbox.storage.state == "memory_only"
        yield _gauge("outbox_memory_only", "1 while the disk takes no events.", memory_only)
        yield _gauge("outbox_waiting_events", "Events in memory that the disk has not taken.", sink.waiting)
        with contextlib.suppress(OutboxError):  # `outbox_memory_only` says so
            stats = outbox.stats()
            yield _gauge("outbox_pending_events", "Events that the broker does not have yet.", stats.pending)
            yield _gauge("outbox_quarantined_events", "Events that the broker will never take.", stats.quarantined)
            yield _gauge("outbox_used_bytes", "In use in the outbox's file.", stats.bytes_used)
            dropped = CounterMetricFamily("edge_agent_outbox_dropped_events", "Events lost for space, ever.")
            dropped.add_metric((), stats.dropped)
            yield dropped
            text = "Age of the oldest event that waits; 0 without one."
            yield _gauge("outbox_oldest_pending_seconds", text, stats.oldest_pending_s)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"edge_agent_{name}", text, value=float(value))


def _by_camera(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"edge_agent_{name}", text, labels=("camera",))


def _family(name: str, text: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"edge_agent_{name}", text, labels=("camera",))
