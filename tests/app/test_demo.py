"""`edge-agent demo` as its user runs it: real daemon, real broker, and nothing left behind."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import psutil
import pytest
from mosquitto import Mosquitto, require_mosquitto
from mqtt_subscriber import Subscriber

from edge_agent.app.demo import local_broker
from edge_agent.app.demo.child_process import child_process
from edge_agent.app.demo.daemon_process import DaemonProcess
from edge_agent.capture.clip import ClipReader
from edge_agent.cli.main import main

SHARED = Path(__file__).resolve().parents[3] / "shared"
MODEL = str(SHARED / "models" / "yolov8n_320_quant_pc_uf_pose_coco-st.tflite")
FALL = SHARED / "clips" / "upfall" / "a04_t1_c1.mp4"
FRAMES = 50  # the fall is confirmed in frame 36

pytestmark = [pytest.mark.shared, pytest.mark.broker]
Output = pytest.CaptureFixture[str]

CONFIG = """\
site: demo
device: hall-1
cameras:
  - name: hall
    source: {type: clip, path: clip.mp4}
mqtt: {host: 127.0.0.1}
"""
FALLS = "{rule: fall, at_s: 1.0, what: somebody falls}"
ENTERS = "{rule: zone_entry, at_s: 0.5, what: somebody steps into the zone}"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first seconds of a real fall."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with ClipReader(FALL) as source:  # before OpenCV's writer, for OpenCV and FFmpeg are silenced at the first opening
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 18.0, (640, 480))
        for _ in range(FRAMES):
            writer.write(source.read().image)
    writer.release()
    return path


@pytest.fixture
def story(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Writes a story with these incidents; gives the arguments that play it. What it writes lands in `left`."""
    (tmp_path / "left").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "left"))
    monkeypatch.setattr("tempfile.tempdir", None)

    def write(*incidents: str, model: str = MODEL) -> list[str]:
        directory = tmp_path / "story"
        directory.mkdir()
        (directory / "clip.mp4").write_bytes(clip.read_bytes())
        (directory / "demo.yaml").write_text(CONFIG)
        (directory / "expected.yaml").write_text(f"incidents: [{', '.join(incidents)}]\n")
        return ["demo", "--story", str(directory), "--model", model]

    return write


@pytest.fixture
def no_mosquitto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(local_broker, "_SYSTEM_PROGRAMS", "/nowhere")


def started_by(story_directory: Path) -> list[psutil.Process]:
    """What runs of a demonstration, known by where it writes: a number may be another process's by now."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("TMPDIR") == str(story_directory / "left"):
                found.append(process)
    return found


def nothing_is_left(tmp_path: Path) -> bool:
    return not list((tmp_path / "left").iterdir()) and not started_by(tmp_path)


def test_with_mosquitto_every_incident_arrives_and_is_told(
    story: Callable[..., list[str]], tmp_path: Path, capsys: Output
) -> None:
    require_mosquitto()
    assert main(story(FALLS)) == 0
    said = capsys.readouterr().out
    assert said.startswith("broker      mosquitto on 127.0.0.1:")
    # Of what is played at its own speed, a busy machine may judge another frame than the first that would do.
    assert re.search(r"  FALL raised            camera hall; critical, after [1-9]\.\d s, ", said)
    assert "\nok     fall         00:01.0  00:0" in said
    assert said.endswith("all 1 incidents of the clip were raised exactly once, and no other\n")
    assert nothing_is_left(tmp_path)


@pytest.mark.usefixtures("no_mosquitto")
def test_with_amqtt_too(story: Callable[..., list[str]], tmp_path: Path, capsys: Output) -> None:
    pytest.importorskip("amqtt")
    assert main(story(FALLS)) == 0
    assert capsys.readouterr().out.startswith("broker      amqtt on 127.0.0.1:")
    assert nothing_is_left(tmp_path)


def test_what_is_absent_and_what_is_too_much_end_with_1(
    story: Callable[..., list[str]], tmp_path: Path, capsys: Output
) -> None:
    require_mosquitto()
    assert main(story(ENTERS)) == 1
    said = capsys.readouterr().out
    assert "\nWRONG  zone_entry   00:00.5  -        somebody steps into the zone" in said
    assert "\nWRONG  fall         -        00:0" in said
    assert said.endswith("1 incidents of the clip were not raised, 1 were that should not\n")
    assert nothing_is_left(tmp_path)


def test_on_a_broker_of_others_it_keeps_to_itself_and_cleans_up(
    story: Callable[..., list[str]],
    broker: Callable[..., Mosquitto],
    subscriber: Callable[..., Subscriber],
    capsys: Output,
) -> None:
    port = broker().port
    listener = subscriber(port)
    assert main([*story(FALLS), "--broker", f"127.0.0.1:{port}"]) == 0
    assert capsys.readouterr().out.startswith(f"broker      broker on 127.0.0.1:{port}")
    assert {message.topic.split("/")[0] for message in listener.messages} == {"edge-agent-demo"}
    assert subscriber(port).hear_out() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("wait_s", [0.0, 0.7], ids=["while it starts", "while it plays"])
def test_it_can_be_interrupted_and_leaves_nothing(
    story: Callable[..., list[str]], tmp_path: Path, number: signal.Signals, wait_s: float
) -> None:
    require_mosquitto()
    command = [sys.executable, "-m", "edge_agent", *story(FALLS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("agent  " in line for line in process.stdout)
        time.sleep(wait_s)
        assert len(started_by(tmp_path)) > 1, "itself, its broker, and soon the agent"
        process.send_signal(number)
        assert process.wait(30) == 130
    assert nothing_is_left(tmp_path)


def test_a_loop_ends_well_with_ctrl_c_and_leaves_nothing_on_a_broker_of_others(
    story: Callable[..., list[str]], broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber]
) -> None:
    port = broker().port
    command = [sys.executable, "-m", "edge_agent", *story(FALLS), "--loop", "--broker", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("FALL raised" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        assert "stopped; 1 incidents were raised" in process.stdout.read()
        assert process.wait(30) == 0
    assert subscriber(port).hear_out() == []


@pytest.mark.usefixtures("no_mosquitto")
def test_without_a_broker_it_says_what_to_install(
    story: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(local_broker, "find_spec", lambda _: None)
    assert main(story(FALLS)) == 1
    assert "pip install 'edge-agent[demo]'" in capsys.readouterr().err


def test_a_broker_that_is_not_there(story: Callable[..., list[str]], free_port: int, capsys: Output) -> None:
    assert main([*story(FALLS), "--broker", f"127.0.0.1:{free_port}"]) == 1
    assert f"no MQTT broker answers at 127.0.0.1:{free_port}" in capsys.readouterr().err


def test_waiting_for_a_broker_that_says_nothing_can_be_interrupted(story: Callable[..., list[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "edge_agent", *story(FALLS), "--broker", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                assert process.wait(30) == 130, "it would have given up by itself after 10 s, with 1"


def test_without_the_built_in_model_it_says_so_before_it_starts_anything(
    story: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr("edge_agent.update.built_in.packaged_models", lambda: tmp_path / "package")
    *arguments, _, _ = story(FALLS)  # without --model
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"the built-in model is missing from {tmp_path}/package/edge-pose-n" in captured.err


def test_an_agent_that_cannot_start_is_quoted(story: Callable[..., list[str]], tmp_path: Path, capsys: Output) -> None:
    require_mosquitto()
    (tmp_path / "broken.tflite").write_bytes(b"\x00\x00\x00\x00TFL3 and nothing more")
    assert main(story(FALLS, model=str(tmp_path / "broken.tflite"))) == 1
    assert f"the agent ended before its clip did: {tmp_path}/broken.tflite" in capsys.readouterr().err
    assert nothing_is_left(tmp_path)


def test_the_log_of_a_long_demonstration_does_not_fill_a_pipe() -> None:
    """The daemon would stand still where nobody reads what it writes."""
    noise = [sys.executable, "-c", "import sys; sys.stderr.write('a long line of a log\\n' * 50_000)"]
    with child_process(noise, subprocess.PIPE) as child:
        daemon = DaemonProcess(child, lambda: 0.0)
        assert child.wait(30) == 0
        daemon.stop()
    assert daemon.last_words == "a long line of a log"
