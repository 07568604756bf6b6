"""docs/examples/subscriber.py against a run of the agent: every event once, and what is missing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Mosquitto
from mqtt_subscriber import Subscriber
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared"
EXAMPLE = PROJECT / "docs" / "examples" / "subscriber.py"
MODEL = SHARED / "models" / "yolov8n_320_quant_pc_uf_pose_coco-st.tflite"
CLIP = SHARED / "clips" / "upfall" / "a04_t1_c1.mp4"

pytestmark = [pytest.mark.shared, pytest.mark.broker]


class Example:
    """The example in a process of its own."""

    def __init__(self, port: int, log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "error", EXAMPLE, "127.0.0.1", str(port)], stdout=output, stderr=output
            )

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(timeout=30)

    def until(self, done: Callable[[list[str]], bool], timeout_s: float = 30.0) -> list[str]:
        deadline = time.monotonic() + timeout_s
        while not done(lines := self._log.read_text().splitlines()):
            assert time.monotonic() < deadline, "\n".join(lines)
            assert self._process.poll() is None, "\n".join(lines)
            time.sleep(0.02)
        return lines


def events_of(lines: list[str]) -> list[int]:
    return [int(line.split()[0]) for line in lines if re.match(r"\d+ (live|late) ", line)]


def test_it_prints_every_event_once_and_tells_what_is_missing(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], tmp_path: Path, closing: ExitStack
) -> None:
    mosquitto = broker()
    example = Example(mosquitto.port, tmp_path / "example.log")
    closing.callback(example.stop)
    mosquitto.until_logged("Sending SUBACK to event-printer")
    listener = subscriber(mosquitto.port, topics="edge-agent/v1/+/+/event/+")
    settings: dict[str, Any] = {
        "site": "plant-1",
        "device": "dev-1",
        "state_dir": str(tmp_path / "state"),
        "model": {"use": str(MODEL), "threads": 1},
        "cameras": [{"name": "hall", "source": {"type": "clip", "path": str(CLIP)}}],
        "mqtt": {"host": "127.0.0.1", "port": mosquitto.port},
    }
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings))
    with (tmp_path / "agent.log").open("ab") as log:
        agent = subprocess.Popen(
            [sys.executable, "-m", "edge_agent", "run", "--config", config], stdout=log, stderr=log
        )
    closing.callback(agent.wait, 30)
    closing.callback(agent.terminate)
    listener.until(lambda messages: len(messages) >= 2, 40.0)
    (first, second) = listener.events()[:2]
    lines = example.until(lambda lines: len(events_of(lines)) >= 2)
    assert events_of(lines)[:2] == [first["seq"], second["seq"]]
    assert "fall" in lines[0]
    agent.terminate()
    agent.wait(30)
    listener.hear_out()  # what the agent said last
    count = len(listener.events())

    sender = Client(CallbackAPIVersion.VERSION2)
    sender.connect("127.0.0.1", mosquitto.port)
    sender.loop_start()
    closing.callback(sender.loop_stop)
    topic = listener.messages[0].topic
    last = max(event["seq"] for event in listener.events())
    ahead = {**second, "seq": last + 3, "id": "ahead"}
    fills = {**second, "seq": last + 1, "id": "fills", "historical": True}
    for event in (second, ahead, ahead, fills):
        sender.publish(topic, json.dumps(event), 1).wait_for_publish(30)
    lines = example.until(lambda lines: any("late" in line.split()[:2] for line in lines))
    assert events_of(lines)[count:] == [last + 3, last + 1], "duplicates are printed once"
    missing = [line for line in lines if line.startswith("missing")]
    assert missing[0].endswith(f"[{last + 1}, {last + 2}]")
    lines = example.until(lambda lines: lines[-1].startswith("missing") and lines[-1] != missing[0])
    assert lines[-1].endswith(f"[{last + 2}]"), "a late event fills its gap"

    straight = {**second, "seq": 0, "id": "straight from memory", "unstored": True}
    stored = {**straight, "seq": last + 4}
    del stored["unstored"]
    for event in (straight, stored, {**second, "seq": last + 5, "id": "next"}):
        sender.publish(topic, json.dumps(event), 1).wait_for_publish(30)
    lines = example.until(lambda lines: last + 5 in events_of(lines))
    assert [line for line in lines if line.startswith("- live")] != [], "told at once, though it has no number yet"
    assert last + 4 not in events_of(lines), "its duplicate brings the number"
    lines = example.until(lambda lines: lines[-1].startswith("missing"))
    assert lines[-1].endswith(f"[{last + 2}]")


def test_it_is_as_short_as_promised() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) <= 30
