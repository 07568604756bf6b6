"""What a collector hears of cameras that are lost, slow or never were there, and of incidents that never happened."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from prometheus_client import generate_latest

from edge_agent.app.cooling import Level
from edge_agent.app.metrics.serve_metrics import Metrics
from edge_agent.app.metrics.server import MetricsServer, Page, judged
from edge_agent.capture.camera_health import CameraHealth
from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.data.pose import Poses
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight
from edge_agent.mqtt.outbox_rows import OutboxStats, Storage
from edge_agent.pipeline import Outcome, StageTimings

OF = {"camera": "hall"}
NAMES = ("hall", "yard")


class Device:
    """A device with two cameras whose state the test sets."""

    def __init__(self) -> None:
        self.clock = MediaClock()
        self.health = {name: CameraHealth(name) for name in NAMES}
        self.paces: dict[str, Any] = {}
        self.person_score = 0.4
        self.vision = SimpleNamespace(pace=lambda name: self.paces[name], beat_s=0.0)
        for name in NAMES:
            self.health[name].started(0.0)
            self.judge(name, judged=0, sight=None, last_judged_s=None)
        sources = SimpleNamespace(
            clock=self.clock,
            detector=lambda: SimpleNamespace(model="m", detect=SimpleNamespace(runtime="r")),
            person_score=lambda: self.person_score,
            cameras=tuple(SimpleNamespace(name=name, health=health) for name, health in self.health.items()),
            vision=self.vision,
            mailbox=SimpleNamespace(dropped=lambda _: 0),
            sink=SimpleNamespace(
                outbox=SimpleNamespace(storage=Storage("ok", 0.0), stats=lambda: OutboxStats(0, 0, 0, 0)), waiting=0
            ),
            publisher=SimpleNamespace(connected=True, connects=1),
            cooling=SimpleNamespace(temperature_c=50.0, limit_fps=None, level=Level.COOL),
        )
        self.metrics = Metrics(0, sources, lambda: b"")  # type: ignore[arg-type]

    def judge(self, name: str, **pace: Any) -> None:
        self.paces[name] = SimpleNamespace(**pace)

    def at(self, now_s: float) -> None:
        self.clock.set(now_s)
        self.vision.beat_s = now_s

    def works(self, name: str, now_s: float) -> None:
        self.at(now_s)
        self.health[name].frame_arrived(now_s)
        self.judge(name, judged=100, sight="clear", last_judged_s=now_s)

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"edge_agent_{name}", labels)

    @property
    def checks(self) -> tuple[int, dict[str, bool]]:
        page = self.metrics.readyz()
        return page.status, json.loads(page.body)["checks"]


@pytest.fixture
def device() -> Iterator[Device]:
    made = Device()
    yield made
    made.metrics.server.close()


def outcome(*scores: float) -> Outcome:
    count = len(scores)
    keypoints = np.tile(np.array(scores, np.float32)[:, None], (1, 17))
    found = Poses(
        np.zeros((count, 4), np.float32), np.array(scores, np.float32), np.zeros((count, 17, 2), np.float32), keypoints
    )
    seen = Postures("hall", 0.0, 640, 480, ())
    timings = StageTimings(20.0, 1.0, 12.0, 2.0, 3.0, 0.5, 0.4, 0.3)
    return Outcome((), Sight(0.0, None), seen, (), 1, inferred=True, timings=timings, poses=found)


def test_a_camera_that_was_never_there_has_an_age_and_sees_nothing_so_that_alerts_notice(device: Device) -> None:
    device.at(3600.0)
    device.health["hall"].check(3600.0)
    assert device.value("last_frame_age_seconds", **OF) == 3600.0
    assert device.value("sight_clear", **OF) == 0.0


def test_a_lost_camera_sees_nothing_and_nobody(device: Device) -> None:
    device.works("hall", 10.0)
    device.metrics.meters.step("hall", outcome(0.9), 0.03)
    assert (device.value("sight_clear", **OF), device.value("persons", **OF)) == (1.0, 1.0)
    device.at(20.0)
    device.health["hall"].check(20.0)
    assert (device.value("sight_clear", **OF), device.value("persons", **OF)) == (0.0, 0.0)
    assert device.value("tracks", **OF) == 0.0
    assert device.value("last_frame_age_seconds", **OF) == 10.0


def test_what_scores_less_than_a_person_is_no_drift(device: Device) -> None:
    device.metrics.meters.step("hall", outcome(0.9, 0.15, 0.12), 0.03)
    of = {"camera": "hall", "model": "m"}
    assert device.value("person_confidence_ratio_count", **of) == 1
    assert device.value("keypoints_total", **of) == 17
    assert device.value("keypoints_missing_total", **of) == 0
    device.person_score = 0.1  # a reload
    device.metrics.meters.step("hall", outcome(0.15), 0.03)
    assert device.value("person_confidence_ratio_count", **of) == 2
    assert device.value("person_confidence_ratio_bucket", le="0.2", **of) == 1
    assert device.value("keypoints_missing_total", **of) == 17


@pytest.mark.parametrize(
    ("rule", "phase", "severity"),
    [
        ("fall", "raised", "critical"),
        ("man_down", "raised", "warning"),
        ("man_down", "updated", "critical"),
        ("man_down", "cleared", "warning"),
        ("slow_collapse", "raised", "warning"),
        ("blind", "raised", "warning"),
        ("camera_lost", "raised", "warning"),
        ("camera_back", "cleared", "warning"),
    ],
)
def test_the_first_incident_of_each_kind_is_an_increase_too(
    rule: str, phase: str, severity: str, device: Device
) -> None:
    labels = {"rule": rule, "phase": phase, "severity": severity}
    assert device.value("events_total", **labels) == 0
    device.metrics.meters.event(
        Event("e", "i", 0, Phase(phase), rule, Severity(severity), Verdict.YES, 1.0, "hall", "hall", 0.0, 0.0, ())
    )
    assert device.value("events_total", **labels) == 1


def test_ready_is_where_frames_are_judged_now_not_where_they_once_were(device: Device) -> None:
    device.works("hall", 10.0)
    device.works("yard", 10.0)
    assert device.checks == (200, {"vision": True, "camera hall": True, "camera yard": True})
    device.works("hall", 20.0)
    device.health["yard"].frame_arrived(20.0)  # it gives frames, and nobody looks at them
    assert device.checks == (503, {"vision": True, "camera hall": True, "camera yard": False})


def test_a_clip_that_was_played_to_its_end_keeps_nobody_from_being_ready(device: Device) -> None:
    device.works("yard", 10.0)
    device.health["yard"].ended()
    device.works("hall", 60.0)
    assert device.checks[0] == 200


@pytest.fixture
def answer(request: pytest.FixtureRequest) -> Callable[[Callable[[], Page]], int]:
    """The status that a reader of this page gets."""

    def ask(page: Callable[[], Page]) -> int:
        server, stop = MetricsServer(0, {"/metrics": page}), threading.Event()
        thread = threading.Thread(target=server.run, args=(stop,))
        thread.start()
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as reader:
                reader.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
                # To its end: the server closes when all is done, and a failure is told after the answer went out.
                text = b"".join(iter(lambda: reader.recv(4096), b""))
            return int(text.split()[1])
        finally:
            stop.set()
            thread.join(30.0)

    return ask


@pytest.mark.parametrize("error", [RuntimeError("a collector failed"), FileNotFoundError("/proc/self/stat")])
def test_a_page_that_fails_is_500_and_stands_in_the_journal_with_its_reason(
    error: Exception, answer: Callable[[Callable[[], Page]], int], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Page:
        raise error

    assert answer(broken) == 500
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"({type(error).__name__})" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_a_reader_that_goes_away_is_no_trouble(
    answer: Callable[[Callable[[], Page]], int], caplog: pytest.LogCaptureFixture
) -> None:
    def gone() -> Page:
        raise BrokenPipeError

    answer(gone)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert answer(lambda: judged({})) == 200


def test_every_number_of_such_a_device_can_be_scraped(device: Device) -> None:
    assert b"edge_agent_persons" in generate_latest(device.metrics.registry)
