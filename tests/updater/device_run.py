"""A whole device on loopback: agent and updater as their users start them, a file server, and a signed repository."""

from __future__ import annotations

import functools
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import yaml
from tuf_files import TufFiles, another_version

from edge_agent.update.model_slots import Slots
from edge_agent.update.pointer import Pointer
from edge_agent.update.release import Budget
from edge_agent.update.store import Store

PROJECT = Path(__file__).resolve().parents[2]
MODEL = PROJECT / "models" / "edge-pose-n"
CLIP = PROJECT / "edge_agent" / "demo" / "clip.mp4"
ROOT = "edge-agent/v1/plant-1/dev-1"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Process:
    """One command in a process group of its own; it may be started again and again."""

    def __init__(self, command: list[str], log: Path) -> None:
        self.command = command
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> Process:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **environment},
            )
        return self

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """The whole tree, without a word: what a power cut leaves."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def text(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


class DeviceRun:
    """The device; `closing` ends everything that it starts."""

    def __init__(self, directory: Path, closing: ExitStack, mqtt_port: int = 1, **settings: Any) -> None:
        self.directory = directory
        self.state = directory / "state"
        self.repository = TufFiles(directory / "repository")
        handler = functools.partial(_Quiet, directory=str(directory / "repository"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        closing.callback(server.server_close)
        closing.callback(server.shutdown)
        (directory / "root.json").write_bytes(self.repository.root)
        config = {
            "site": "plant-1",
            "device": "dev-1",
            "state_dir": str(self.state),
            "model": {"threads": 1},
            "cameras": [{"name": "hall", "source": {"type": "clip", "path": str(CLIP), "loop": True}}],
            "mqtt": {"host": "127.0.0.1", "port": mqtt_port},
            "update": {
                "url": f"http://127.0.0.1:{server.server_address[1]}",
                "group": "canary",
                "trusted_root": "root.json",
                "check_every_s": 1.0,
                "keep_free_mb": 1.0,
            },
            **settings,
        }
        self.config = directory / "config.yaml"
        self.config.write_text(yaml.safe_dump(config))
        interpreter = [sys.executable, "-m", "edge_agent"]
        self.agent = Process([*interpreter, "run", "--config", str(self.config)], directory / "agent.log")
        self.updater = Process(
            [*interpreter, "updater", "run", "--config", str(self.config)], directory / "updater.log"
        )
        closing.callback(self.agent.kill)
        closing.callback(self.updater.kill)
        self._counter = 0

    def publish(self, version: str, *, padding: int = 0, budget: Budget | None = None, **changes: Any) -> str:
        """A new version of the built-in model; returns the SHA-256 of its release.json."""
        source = another_version(MODEL, self.directory / f"model-{version}", version, padding)
        return self.publish_directory(source, version, budget=budget, **changes)

    def publish_directory(self, source: Path, version: str, *, budget: Budget | None = None, **changes: Any) -> str:
        release = self.repository.add_model(source, version, budget=budget)
        self.point(release, version, **changes)
        return release

    def point(self, release: str, version: str, **changes: Any) -> None:
        self._counter += 1
        fields = {"rollout": f"r-{version}", "percent": 100, "trial_s": 2.0, **changes}
        pointer = Pointer(
            group="canary", counter=self._counter, name="pose", version=version, release_sha256=release, **fields
        )
        self.repository.point(pointer)

    @property
    def slots(self) -> Slots:
        return Store(self.state).slots()

    def active_release(self) -> str | None:
        active = self.slots.active
        return active.release if active else None

    def until(self, done: Callable[[], bool], timeout_s: float = 60.0, what: str = "") -> float:
        """Wait; returns how long it took."""
        started_s = time.monotonic()
        while not done():
            took_s = time.monotonic() - started_s
            logs = f"agent:\n{self.agent.text[-3000:]}\nupdater:\n{self.updater.text[-3000:]}"
            assert took_s < timeout_s, f"{what} not within {timeout_s} s; {logs}"
            time.sleep(0.05)
        return time.monotonic() - started_s
