"""`edge-agent run` from frames to the broker, as its user runs it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from agent_process import AgentProcess
from mjpeg_server import MjpegCamera
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber

from edge_agent.app.agent import Agent
from edge_agent.app.open_detector import OpenDetector, Runtime
from edge_agent.capture.camera_health import CameraState
from edge_agent.cli.run_command import UNUSABLE_CONFIG
from edge_agent.clock import SystemClock
from edge_agent.errors import ModelRefused
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.update.built_in import factory_model
from edge_agent.update.store import Store

pytestmark = [pytest.mark.shared, pytest.mark.broker]

SHARED = Path(__file__).resolve().parents[3] / "shared"
ROOT = "edge-agent/v1/plant-1/dev-1"
# `RSS < 200 MB with one camera` (design, section 10).
RSS_MB = 200.0


def clip(name: str, *, loop: bool = False, **camera: Any) -> dict[str, Any]:
    path = SHARED / "clips" / name
    return {"name": "hall", "source": {"type": "clip", "path": str(path), "loop": loop}, **camera}


def zone(polygon: list[list[float]]) -> dict[str, Any]:
    return {"name": "behind-the-line", "polygon": polygon}


LINE = [[0.22, 1.00], [0.52, 0.47], [0.07, 0.31], [0.00, 0.70], [0.00, 1.00]]
NOWHERE = [[0.90, 0.00], [1.00, 0.00], [1.00, 0.05]]


def on(topic: str, **fields: Any) -> Callable[[list[Received]], bool]:
    """Whether a message on this topic has these fields, in the payload or in its `data`."""

    def seen(messages: list[Received]) -> bool:
        return any(
            message.topic == f"{ROOT}/{topic}"
            and fields.items() <= {**message.json, **message.json.get("data", {})}.items()
            for message in messages
        )

    return seen


def on_trial(*rules: str) -> Callable[[list[Received]], bool]:
    """Whether `health` says that each of these rules, which are on trial, would have been raised."""

    def seen(messages: list[Received]) -> bool:
        healths = (message.json for message in messages if message.topic == f"{ROOT}/health")
        counts = (health["cameras"]["hall"].get("shadow", {}) for health in healths)
        return any(all(count.get(rule) for rule in rules) for count in counts)

    return seen


def test_a_fall_on_a_clip_arrives_and_the_agent_stops_cleanly(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    listener = subscriber(port)
    running = agent(port, [clip("upfall/a04_t1_c1.mp4")])
    running.settings["shadow"] = {"fall": {"suspect_s": 0.5}, "zone_entry": {}}
    running.start()
    listener.until(on("event/fall", phase="raised", severity="critical", camera="hall", zone="hall"))
    listener.until(on("alarm/hall", active=True, severity="critical", count=1))
    listener.until(on_trial("fall"))
    assert running.process is not None
    assert psutil.Process(running.process.pid).memory_info().rss / 1e6 < RSS_MB
    assert running.stop() < 5.0
    listener.until(on("status", status="offline", reason="stopped"))
    info = next(m.json for m in listener.messages if m.topic == f"{ROOT}/info")
    assert (info["cameras"], info["rules"][0]) == (["hall"], "fall")
    falls = [m.json["data"]["phase"] for m in listener.messages if m.topic == f"{ROOT}/event/fall"]
    assert falls.count("raised") == 1, "what is on trial is not reported"
    assert "Traceback" not in running.text


def test_sighup_takes_over_zones_and_a_bad_configuration_leaves_them(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    listener = subscriber(port)
    running = agent(port, [clip("factory/worker-zone.gif", loop=True, zones=[zone(NOWHERE)])]).start()
    listener.until(on("status", status="online"))
    running.settings["cameras"][0]["zones"] = [zone([[0.1, 0.1], [0.2, 0.2]])]
    running.reload()
    running.until_logged("the settings in force stay")
    running.until_logged("cameras[0].zones[0].polygon")
    running.settings["cameras"][0]["zones"] = [zone(LINE)]
    running.settings["shadow"] = {"zone_entry": {}}
    running.reload()
    listener.until(on("event/zone_entry", phase="raised", zone="behind-the-line"))
    listener.until(on_trial("zone_entry"))
    assert running.stop() < 5.0


def test_a_camera_that_vanishes_is_reported_once_and_again_when_it_is_back(
    broker: Callable[..., Mosquitto],
    subscriber: Callable[..., Subscriber],
    agent: Callable[..., AgentProcess],
    closing: ExitStack,
) -> None:
    port = broker().port
    listener = subscriber(port)
    camera = closing.enter_context(MjpegCamera())
    source = {"type": "stream", "url": f"http://127.0.0.1:{camera.port}/video"}
    running = agent(port, [{"name": "yard", "source": source}]).start()
    running.until_logged("camera yard gives frames")
    listener.until(on("alarm/yard", active=False))
    camera.vanish()
    listener.until(on("event/camera_lost", phase="raised", camera="yard"))
    camera.appear()
    listener.until(on("event/camera_back", phase="cleared", camera="yard"), 40.0)
    lost = [m.json["data"] for m in listener.messages if "/event/camera_" in m.topic]
    assert [event["rule"] for event in lost] == ["camera_lost", "camera_back"]
    assert lost[0]["incident_id"] == lost[1]["incident_id"]
    assert running.stop() < 5.0


@pytest.mark.parametrize(
    ("change", "complaint", "code"),
    [
        ({"model": {"use": "/absent.tflite"}}, "/absent.tflite", 1),
        ({"mqtt": {"host": "127.0.0.1", "username": "a", "password_file": "/absent"}}, "/absent", UNUSABLE_CONFIG),
    ],
)
def test_what_cannot_start_says_so_in_one_line(
    agent: Callable[..., AgentProcess], change: dict[str, Any], complaint: str, code: int
) -> None:
    starting = agent(1, [clip("upfall/a04_t1_c1.mp4")], **change).start()
    assert starting.process is not None
    assert starting.process.wait(timeout=30) == code
    lines = [line for line in starting.text.splitlines() if line.startswith("edge-agent: ")]
    assert len(lines) == 1
    assert complaint in lines[0]
    assert "Traceback" not in starting.text


def test_a_state_directory_that_cannot_be_made_is_told_and_the_agent_watches_all_the_same(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    listener = subscriber(port)
    running = agent(port, [clip("upfall/a04_t1_c1.mp4")], state_dir="/proc/nowhere").start()
    listener.until(on("event/fall", phase="raised"))
    running.until_logged("`state_dir` must be a directory that the agent may write to")
    running.stop()
    assert "Traceback" not in running.text


def test_no_broker_delays_nothing_and_loses_nothing(
    free_port: int,
    broker: Callable[..., Mosquitto],
    subscriber: Callable[..., Subscriber],
    agent: Callable[..., AgentProcess],
) -> None:
    running = agent(free_port, [clip("upfall/a04_t1_c1.mp4")]).start()
    running.until_logged("fall raised")
    # Should the agent be faster: an event that nobody was there for is sent again.
    listener = subscriber(broker().port)
    listener.until(on("event/fall", phase="raised"), 60.0)  # the agent waits for up to 30 s between two tries
    assert json.loads(listener.messages[-1].payload)
    assert running.stop() < 5.0


def test_a_stop_while_the_model_is_being_opened_is_obeyed(agent: Callable[..., AgentProcess]) -> None:
    running = agent(1, [clip("upfall/a04_t1_c1.mp4")]).start()
    running.until_logged("no MQTT connection")  # the publisher has started, the model is on its way
    assert running.stop() < 5.0
    assert "fall raised" not in running.text


def test_a_recording_waits_until_somebody_looks_and_the_active_model_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    cameras = [clip("factory/worker-zone.gif")]
    document = {"site": "a", "device": "b", "state_dir": str(tmp_path / "state"), "cameras": cameras}
    config.write_text(yaml.safe_dump({**document, "mqtt": {"host": "127.0.0.1", "port": 1}}))
    agent = Agent(load_settings(config), SystemClock(), config)
    seen: list[tuple[str, CameraState]] = []

    def open_slowly(model: str, _store: Store, _how: Runtime) -> OpenDetector:
        time.sleep(0.5)
        seen.append((model, agent._cameras[0].health.state))
        raise ModelRefused("enough")

    monkeypatch.setattr("edge_agent.app.model_keeper.open_detector", open_slowly)
    with pytest.raises(ModelRefused):
        agent.start()
    agent.stop()
    assert seen == [(str(factory_model()), CameraState.STARTING)]


def test_systemd_hears_that_the_agent_works_even_where_the_camera_is_absent(
    agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30.0)
        absent = {"name": "hall", "source": {"type": "v4l2", "device": "/dev/video-absent"}}
        running = agent(1, [absent]).start(NOTIFY_SOCKET=str(tmp_path / "notify"))
        said = [systemd.recv(1000).decode()]
        while "READY=1" not in said:
            said.append(systemd.recv(1000).decode())
        assert "STATUS=waiting for the first frame" in said
        running.until_logged("camera hall is lost")
        assert running.stop() < 5.0


def test_a_second_agent_does_not_touch_the_state_of_the_first(
    agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    running = agent(1, [clip("factory/worker-zone.gif", loop=True)]).start()
    running.until_logged("camera hall gives frames")
    second = AgentProcess(tmp_path / "second", running.settings)
    second.directory.mkdir()
    second.start()
    assert second.process is not None
    assert second.process.wait(timeout=30) == 1
    assert "another edge-agent uses this state directory" in second.text
    assert running.stop() < 5.0


def test_systemd_is_told_why_a_configuration_cannot_be_used_and_that_a_restart_is_no_cure(
    agent: Callable[..., AgentProcess], tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30.0)
        running = agent(1, [{"name": "hall", "source": {"type": "periscope"}}])
        running.start(NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert running.process is not None
        assert running.process.wait(timeout=30) == 78
        said = systemd.recv(1000).decode()
    assert said.startswith("STATUS=not watching, since the configuration cannot be used: ")
    assert "periscope" in said
