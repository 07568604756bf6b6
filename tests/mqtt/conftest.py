"""Brokers, devices and subscribers for the tests of `edge_agent.mqtt`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mosquitto import TlsFiles, make_tls
from mqtt_device import Device

from edge_agent.clock import SystemClock
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.session_timing import Timing


@pytest.fixture
def device(tmp_path: Path, closing: ExitStack) -> Callable[..., Device]:
    """Builds a device with the broker settings that the test names; not started yet, content without a subscriber."""

    def build(port: int, timing: Timing | None = None, clock: SystemClock | None = None, **settings: Any) -> Device:
        broker = BrokerSettings(host="127.0.0.1", port=port, **settings)
        made = Device(broker, tmp_path, timing or Timing(unheard_s=0.0), clock)
        closing.callback(made.stop)
        return made

    return build


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """A test authority, a server and a client certificate."""
    return make_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KiB."""
    mount = tmp_path / "disk"
    mount.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system cannot be mounted here (needs root)")
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)
