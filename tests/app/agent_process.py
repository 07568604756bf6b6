"""The agent as its user starts it: `edge-agent run` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

MODEL = "yolov8n_320_quant_pc_uf_pose_coco-st.tflite"


class AgentProcess:
    """One device. `start`, `stop` and `kill` may alternate; configuration and state stay.

    Attributes:
        directory: Holds the configuration, the state and the log.
        settings: Written to the configuration file at each start and by `write`.
        inside: A command that runs the agent's, as ``unshare`` does.
    """

    def __init__(self, directory: Path, settings: dict[str, Any]) -> None:
        self.directory = directory
        self.settings = settings
        self.config = directory / "config.yaml"
        self.log = directory / "agent.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.inside: list[str] = []

    def write(self) -> None:
        self.config.write_text(yaml.safe_dump(self.settings))

    def start(self, **environment: str) -> AgentProcess:
        self.write()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.inside, sys.executable, "-m", "edge_agent", "run", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
            )
        return self

    def stop(self) -> float:
        """SIGTERM; returns the seconds until the process was gone. It must end cleanly."""
        assert self.process is not None
        started = time.monotonic()
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, self.text
        return time.monotonic() - started

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)

    def reload(self) -> None:
        self.write()
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    @property
    def text(self) -> str:
        # It is read while it is written: a letter of several bytes may not be there as a whole.
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def until_logged(self, words: str, timeout_s: float = 30.0) -> None:
        deadline = time.monotonic() + timeout_s
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} was not logged within {timeout_s} s:\n{self.text}"
            time.sleep(0.02)
