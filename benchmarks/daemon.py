"""The daemon from outside: how soon it judges frames, how much memory it takes, how fast an event reaches a subscriber.

    python benchmarks/daemon.py --model MODEL --clip CLIP [--seconds N]

Starts a mosquitto on a free port of 127.0.0.1 and `edge-agent run` on the clip in a loop, with a zone that covers the
whole view, so that everybody who appears is an event. Prints one JSON object:

- ``ready_s``: from the start of the process to the `info` message, which follows the opening of the model;
- ``rss_mb``: resident memory at the end;
- ``frame_to_subscriber_ms``: from the stamp of the frame that decided to the arrival of its event, p50 and p95, with
  ``frame_ms_p95``, the part of it that capture and the whole step take.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import yaml
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

_EVERYWHERE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(directory: Path, model: Path, clip: Path, port: int) -> Path:
    """A configuration that makes an event of everybody who appears."""
    settings = {
        "site": "bench",
        "device": "bench",
        "state_dir": str(directory / "state"),
        "model": {"use": str(model.resolve()), "threads": 1},
        "cameras": [
            {
                "name": "clip",
                "source": {"type": "clip", "path": str(clip.resolve()), "loop": True},
                "zones": [{"name": "everywhere", "polygon": _EVERYWHERE}],
            }
        ],
        "rules": {"zone_entry": {"cooldown_s": 0, "left_s": 0}},
        "mqtt": {"host": "127.0.0.1", "port": port},
    }
    path = directory / "config.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def measure(directory: Path, model: Path, clip: Path, seconds: float) -> dict[str, Any]:
    """Run broker, subscriber and agent for so long."""
    port = free_port()
    (directory / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    broker = subprocess.Popen(["mosquitto", "-c", directory / "mosquitto.conf"], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    arrivals: list[tuple[float, float, MQTTMessage]] = []
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = lambda _client, _data, message: arrivals.append((time.monotonic(), time.time(), message))
    client.connect("127.0.0.1", port)
    client.subscribe("#", 1)
    client.loop_start()
    config = configuration(directory, model, clip, port)
    started_s = time.monotonic()
    agent = subprocess.Popen([sys.executable, "-m", "edge_agent", "run", "--config", config])
    try:
        time.sleep(seconds)
        rss_mb = psutil.Process(agent.pid).memory_info().rss / 1e6
    finally:
        agent.terminate()
        agent.wait(10)
        client.loop_stop()
        broker.terminate()
        broker.wait(10)
    ready_s = next(at_s for at_s, _, message in arrivals if message.topic.endswith("/info")) - started_s
    return {"ready_s": round(ready_s, 2), "rss_mb": round(rss_mb, 1), **latencies(arrivals)}


def latencies(arrivals: list[tuple[float, float, MQTTMessage]]) -> dict[str, Any]:
    """Figures of the events among these messages."""
    health = [json.loads(message.payload) for _, _, message in arrivals if message.topic.endswith("/health")]
    late_ms = sorted(
        1e3 * (wall_s - observed_s(json.loads(message.payload)))
        for _, wall_s, message in arrivals
        if "/event/" in message.topic
    )
    return {
        "events": len(late_ms),
        "frame_ms_p95": health[-1]["cameras"]["clip"]["frame_ms_p95"] if health else None,
        "frame_to_subscriber_ms": {
            "p50": round(late_ms[len(late_ms) // 2], 1),
            "p95": round(late_ms[int(0.95 * (len(late_ms) - 1))], 1),
        },
    }


def observed_s(event: dict[str, Any]) -> float:
    """Unix seconds of the frame that decided an event."""
    # fromisoformat takes no Z before Python 3.11.
    return datetime.fromisoformat(event["data"]["observed_at"].replace("Z", "+00:00")).timestamp()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="a .tflite file")
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=40.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        print(json.dumps(measure(Path(directory), args.model, args.clip, args.seconds), indent=1))


if __name__ == "__main__":
    main()
