"""The device that is soaked, with all that it has around it: broker, subscriber, a camera on the network, updater."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from typing import Any, final

import yaml

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS / place) for place in ("updater", "capture", "app", "")]

from device_run import CLIP, DeviceRun  # noqa: E402
from mosquitto import Mosquitto  # noqa: E402
from mqtt_subscriber import Subscriber  # noqa: E402
from rtsp_camera import RtspCamera  # noqa: E402

CLIP_S = 24.0
DEMO = CLIP.parent
LOOPED, PLUGGED = "hall", "yard"
"""Names of the cameras: the clip in a loop, and the one that is unplugged."""
_CHECK_EVERY_S = 30.0


@final
class Site:
    """Everything runs once it is made; `closing` ends it.

    Args:
        directory: For all their files.
        ports: Three free ones on 127.0.0.1.
        minutes: How long the recording of the network camera must last.
        closing: Ends what was started.
    """

    def __init__(self, directory: Path, ports: tuple[int, int, int], minutes: float, closing: ExitStack) -> None:
        broker_port, camera_port, self._metrics_port = ports
        broker = Mosquitto(broker_port, directory / "mosquitto", queue=0).start()
        closing.callback(broker.stop)
        self.subscriber = Subscriber(broker_port)
        closing.callback(self.subscriber.close)
        recording = _recording(directory, minutes)
        self.camera = closing.enter_context(RtspCamera(camera_port, recording=recording))
        self.device = DeviceRun(directory, closing, broker_port, **self._settings(camera_port))
        config = yaml.safe_load(self.device.config.read_text())
        config["update"]["check_every_s"] = _CHECK_EVERY_S
        self.device.config.write_text(yaml.safe_dump(config))

    def start(self) -> None:
        """Start both processes, and let them install a release: a change of models belongs to the life of a device."""
        release = self.device.publish("1.2", trial_s=5.0)
        self.device.agent.start()
        self.device.until(lambda: self.judged(PLUGGED) > 0 and self.judged(LOOPED) > 0, 60.0, "frames")
        self.device.updater.start()
        self.device.until(lambda: self.device.active_release() == release, 180.0, "the release")

    def pids(self) -> dict[str, int]:
        """Of the processes that are soaked.

        Raises:
            AssertionError: One of them ended, which none may.
        """
        found = {}
        for name, process in (("agent", self.device.agent), ("updater", self.device.updater)):
            assert process.process is not None
            assert process.runs, f"the {name} ended:\n{process.text[-3000:]}"
            found[name] = process.process.pid
        return found

    def judged(self, camera: str) -> int:
        """Frames of a camera that were judged so far; 0 while the agent does not answer."""
        found = re.search(rf'^edge_agent_frames_judged_total{{camera="{camera}"}} (\S+)', self.metrics(), re.MULTILINE)
        return int(float(found[1])) if found else 0

    def metrics(self) -> str:
        """The page for Prometheus; empty while the agent does not answer."""
        address = f"http://127.0.0.1:{self._metrics_port}/metrics"
        try:
            with urllib.request.urlopen(address, timeout=5.0) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def health(self) -> dict[str, Any]:
        """The latest report at the broker; empty before the first."""
        for message in reversed(self.subscriber.messages):
            if message.topic.endswith("/health") and message.payload:
                return dict(json.loads(message.payload))
        return {}

    def _settings(self, camera_port: int) -> dict[str, Any]:
        demo = yaml.safe_load((DEMO / "demo.yaml").read_text())["cameras"][0]
        looped = {**demo, "name": LOOPED, "source": {"type": "clip", "path": str(CLIP), "loop": True}}
        url = f"rtsp://127.0.0.1:{camera_port}/cam"
        plugged = {**deepcopy(demo), "name": PLUGGED, "source": {"type": "stream", "url": url}}
        plugged["zones"][0]["name"] = "yard-line"  # zones of two cameras bear two names
        # A worker who does the same again 24 s later must be told again: then each round of the clip counts.
        rules = {name: {"cooldown_s": 0} for name in ("zone_entry", "bend_hold", "fall")}
        return {"cameras": [looped, plugged], "metrics": {"port": self._metrics_port}, "rules": rules}


def _recording(directory: Path, minutes: float) -> Path:
    """The clip of the demonstration, so often that nobody sees its end."""
    path = directory / "camera.mp4"
    rounds = int(minutes * 60.0 / CLIP_S) + 20
    command = ["ffmpeg", "-loglevel", "error", "-stream_loop", str(rounds), "-i", CLIP, "-c", "copy", path]
    subprocess.run(command, check=True)
    return path
