"""The whole way: the operator's tool, a web server, a real device and a broker, each as its user starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from device_run import MODEL, DeviceRun, Process
from free_ports import free_ports
from mosquitto import Mosquitto
from tuf_files import another_version

pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(300)]

TOOL = str(Path(sys.executable).with_name("edge-agent-fleet"))


class Operator:
    """Somebody at a terminal."""

    def __init__(self, directory: Path) -> None:
        self.fleet = directory / "fleet"
        self._directory = directory
        self("init")
        self("add-group", "plant-1")

    def __call__(self, command: str, *arguments: str) -> str:
        done = subprocess.run(
            [TOOL, *command.split(), "--fleet", str(self.fleet), *arguments], capture_output=True, text=True, timeout=90
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_version(self, version: str) -> None:
        self("add-model", str(another_version(MODEL, self._directory / f"model-{version}", version, 0)))

    @property
    def root(self) -> Path:
        return self.fleet / "repository" / "metadata" / "1.root.json"


def follow(device: DeviceRun, operator: Operator, url: str) -> None:
    """Have the device follow this operator's group."""
    config: dict[str, Any] = yaml.safe_load(device.config.read_text())
    config["update"] |= {"url": url, "group": "plant-1", "trusted_root": str(operator.root)}
    device.config.write_text(yaml.safe_dump(config))


def test_a_rollout_reaches_a_device_and_a_revoked_release_leaves_it(
    broker: Callable[..., Mosquitto], tmp_path: Path, closing: ExitStack
) -> None:
    port, web_port = broker().port, free_ports(1)[0]
    operator = Operator(tmp_path)
    server = Process([TOOL, "serve", "--fleet", str(operator.fleet), "--port", str(web_port)], tmp_path / "server.log")
    closing.callback(server.start().kill)
    device = DeviceRun(tmp_path, closing, port)
    follow(device, operator, f"http://127.0.0.1:{web_port}")
    device.agent.start()
    device.updater.start()
    device.until(lambda: "edge-pose-n 1.1 watches" in device.agent.text)

    operator.add_version("1.2")
    operator("rollout start", "--group", "plant-1", "--stages", "100", "--trial-s", "2", "edge-pose-n", "1.2")
    run = [TOOL, "rollout", "run", "--fleet", str(operator.fleet), "--group", "plant-1"]
    controller = Process([*run, "--broker", f"127.0.0.1:{port}", "--interval", "0.5"], tmp_path / "controller.log")
    closing.callback(controller.start().kill)
    device.until(lambda: "on trial is the active one now" in device.agent.text, what="the commit")
    assert controller.process is not None
    assert controller.process.wait(timeout=30) == 0, controller.text
    assert "1 of 1 committed" in controller.text

    operator("revoke", "edge-pose-n", "1.2")
    device.until(lambda: "ROLLED_BACK: revoked" in device.updater.text)
    device.until(lambda: device.agent.text.count("edge-pose-n 1.1 watches") == 2, what="the factory model")
    assert device.active_release() is None
    assert device.agent.runs
    assert "0 problems" in operator("verify")
