"""Numbers for Prometheus: what is counted, what they are called, and what readiness means."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from full_run import demo_agent
from prometheus_client import CollectorRegistry

from edge_agent.app.metrics import server
from edge_agent.app.metrics.meters import Meters
from edge_agent.app.metrics.server import MetricsServer, Page, judged
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.data.pose import Poses
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight
from edge_agent.errors import MetricsError
from edge_agent.pipeline import Outcome, StageTimings

UNITS = ("seconds", "ratio", "celsius", "hertz", "bytes", "total", "info", "events")
WITHOUT = {  # counts of what is there, and switches
    "edge_agent_persons", "edge_agent_tracks", "edge_agent_thermal_level", "edge_agent_sight_clear",
    "edge_agent_mqtt_connected", "edge_agent_outbox_memory_only", "edge_agent_clock_synchronised",
}  # fmt: skip


def poses(*confidences: float) -> Poses:
    count = len(confidences)
    keypoints = np.tile(np.array(confidences, np.float32)[:, None], (1, 17))
    shape = np.zeros((count, 17, 2), np.float32)
    return Poses(np.zeros((count, 4), np.float32), np.array(confidences, np.float32), shape, keypoints)


def outcome(found: Poses | None, invoke_ms: float = 12.0) -> Outcome:
    timings = StageTimings(20.0, 1.0, invoke_ms, 2.0, 3.0, 0.5, 0.4, 0.3)
    seen = Postures("hall", 0.0, 640, 480, ())
    return Outcome((), Sight(0.0, None), seen, (), 1, found is not None, timings, found)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_stages_are_histograms_with_the_model_as_a_label_and_rest_counts_no_inference() -> None:
    registry = CollectorRegistry()
    meters = Meters(registry, ("hall",), "edge-pose-n 1.1", lambda: 0.4)
    for _ in range(3):
        meters.step("hall", outcome(poses(0.9)), 0.03)
    meters.step("hall", outcome(None), 0.03)
    of = {"camera": "hall", "model": "edge-pose-n 1.1"}
    assert value(registry, "edge_agent_stage_seconds_count", stage="inference", **of) == 3
    assert value(registry, "edge_agent_stage_seconds_count", stage="step", **of) == 4
    assert value(registry, "edge_agent_stage_seconds_sum", stage="inference", **of) == pytest.approx(0.036)
    assert value(registry, "edge_agent_stage_seconds_bucket", stage="inference", le="0.01", **of) == 0
    assert value(registry, "edge_agent_stage_seconds_bucket", stage="inference", le="0.016", **of) == 3
    assert value(registry, "edge_agent_inferences_total", **of) == 3
    assert value(registry, "edge_agent_frame_latency_seconds_count", **of) == 4


def test_another_model_is_counted_under_its_own_name_and_what_was_counted_stays() -> None:
    registry = CollectorRegistry()
    meters = Meters(registry, ("hall",), "edge-pose-n 1.1", lambda: 0.4)
    meters.step("hall", outcome(None), 0.03)
    meters.name_model("edge-pose-n 1.2")
    meters.step("hall", outcome(poses(0.9)), 0.03)
    meters.step("hall", outcome(poses(0.9)), 0.03)
    assert value(registry, "edge_agent_frame_latency_seconds_count", camera="hall", model="edge-pose-n 1.1") == 1
    assert value(registry, "edge_agent_frame_latency_seconds_count", camera="hall", model="edge-pose-n 1.2") == 2


def test_events_are_counted_by_rule_phase_and_severity() -> None:
    registry = CollectorRegistry()
    meters = Meters(registry, ("hall",), "m", lambda: 0.4)
    raised = Event("e", "i", 0, Phase.RAISED, "fall", Severity.CRITICAL, Verdict.YES, 1.0, "hall", "hall", 0.0, 0.0, ())
    meters.event(raised)
    assert value(registry, "edge_agent_events_total", rule="fall", phase="raised", severity="critical") == 1


@pytest.fixture
def serving(closing: ExitStack) -> Callable[..., int]:
    """A server of these pages; returns its port."""

    def serve(**pages: Callable[[], Page]) -> int:
        made = MetricsServer(0, {f"/{name}": page for name, page in pages.items()})
        stop = threading.Event()
        thread = threading.Thread(target=made.run, args=(stop,))
        thread.start()
        closing.callback(thread.join, 30.0)
        closing.callback(stop.set)
        return made.port

    return serve


def test_what_is_not_well_is_503_and_named(serving: Callable[..., int]) -> None:
    state = {"vision": True, "camera hall": False}
    port = serving(readyz=lambda: judged(state))
    status, body = get(port, "/readyz")
    assert (status, json.loads(body)) == (503, {"ok": False, "checks": state})
    state["camera hall"] = True
    assert get(port, "/readyz?x=1")[0] == 200
    assert get(port, "/elsewhere")[0] == 404


def test_a_reader_that_says_nothing_holds_nobody_up(
    serving: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_CLIENT_S", None)  # it is never given up
    port = serving(healthz=lambda: judged({}))
    with socket.create_connection(("127.0.0.1", port)):
        assert get(port, "/healthz")[0] == 200


def test_only_loopback_is_listened_on(serving: Callable[..., int]) -> None:
    port = serving(healthz=lambda: judged({}))
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    mine = {words[1] for words in listening if words[1].endswith(f":{port:04X}") and words[3] == "0A"}
    assert mine == {f"0100007F:{port:04X}"}


def test_a_port_that_is_taken_says_so(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)), pytest.raises(MetricsError, match="another program has it"):
        MetricsServer(free_port, {})


def test_without_its_package_the_agent_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from edge_agent.app.optional_parts import open_metrics\n"
        "from edge_agent.runtime.metrics_settings import MetricsSettings\n"
        "from types import SimpleNamespace\n"
        "open_metrics(SimpleNamespace(metrics=MetricsSettings(port=9464)), None, None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MetricsError" in done.stderr
    assert "extra `metrics`" in done.stderr


def test_a_device_without_metrics_never_imports_the_package() -> None:
    code = "import sys, edge_agent.app.agent; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.fixture
def numbers(tmp_path: Path, free_port: int) -> Iterator[int]:
    """A real agent without a broker, that judges frames; returns the port of its metrics."""
    running = demo_agent(tmp_path, 1)
    running.settings["metrics"] = {"port": free_port}
    running.start()
    try:
        ready = threading.Event()
        for _ in range(300):
            try:
                if get(free_port, "/readyz")[0] == 200:
                    break
            except OSError:
                assert running.process is not None
                assert running.process.poll() is None, running.text
            ready.wait(0.1)
        yield free_port
    finally:
        assert running.stop() < 5.0
        assert "Traceback" not in running.text


def test_a_running_agent_serves_its_numbers_with_units_in_their_names(numbers: int) -> None:
    assert get(numbers, "/readyz")[0] == 200
    assert get(numbers, "/healthz") == (200, '{"ok": true, "checks": {"vision": true}}\n')
    status, text = get(numbers, "/metrics")
    assert status == 200
    names = set(re.findall(r"^# TYPE (edge_agent_\w+) ", text, re.MULTILINE))
    assert names >= {"edge_agent_stage_seconds", "edge_agent_frames_judged_total", "edge_agent_outbox_pending_events"}
    assert [name for name in sorted(names - WITHOUT) if not name.endswith(UNITS)] == []
    assert re.search(r'^edge_agent_build_info\{model="edge-pose-n 1\.1",.*\} 1\.0$', text, re.MULTILINE)
    assert re.search(r'^edge_agent_frames_judged_total\{camera="hall"\} [1-9]', text, re.MULTILINE)
    assert re.search(r"^edge_agent_mqtt_connected 0\.0$", text, re.MULTILINE)
    assert "process_open_fds" in text
