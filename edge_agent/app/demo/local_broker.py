"""A broker of the demonstration's own, on loopback: mosquitto where it is installed, amqtt otherwise."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from edge_agent.app.demo.child_process import child_process
from edge_agent.app.demo.story_to_config import BrokerAddress
from edge_agent.errors import DemoError

HOST = "127.0.0.1"
_START_S = 10.0
_SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin"  # Debian's mosquitto lies where a user's PATH does not look


@dataclass(frozen=True, slots=True)
class _Kind:
    """A broker that could be started.

    Attributes:
        name: For people.
        protocol: What it speaks at best.
        command: Gives the command line for a port and a directory for its files.
    """

    name: str
    protocol: Literal["5", "3.1.1"]
    command: Callable[[int, Path], list[str]]


@contextmanager
def local_broker(directory: Path, interrupted: Callable[[], bool]) -> Iterator[BrokerAddress]:
    """Start a broker that listens on loopback alone, and stop it when the context ends.

    Args:
        directory: For its configuration.
        interrupted: Whether to stop waiting for it.

    Raises:
        KeyboardInterrupt: It was interrupted while the broker started.
        DemoError: None is installed, or none starts.
    """
    kinds = tuple(_installed())
    if not kinds:
        raise DemoError(
            "there is no MQTT broker here: `pip install 'edge-agent[demo]'`, or `apt install mosquitto`, or name one "
            "with --broker HOST"
        )
    with ExitStack() as stack:
        for kind in kinds:
            port = _free_port()
            child = stack.enter_context(child_process(kind.command(port, directory), subprocess.DEVNULL))
            if _listens(child, port, interrupted):
                yield BrokerAddress(HOST, port, kind.protocol, kind.name)
                return
        raise DemoError(
            f"{' and '.join(kind.name for kind in kinds)} cannot be started on {HOST}; name a broker with --broker HOST"
        )


def _installed() -> Iterator[_Kind]:
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_PROGRAMS}")
    if program:
        yield _Kind("mosquitto", "5", lambda port, directory: _mosquitto(program, port, directory))
    if find_spec("amqtt"):
        module = "edge_agent.app.demo.amqtt_process"
        yield _Kind("amqtt", "3.1.1", lambda port, _: [sys.executable, "-m", module, HOST, str(port)])


def _mosquitto(program: str, port: int, directory: Path) -> list[str]:
    config = directory / "mosquitto.conf"
    # Started by root it would become another user, who may be absent.
    user = "user root\n" if os.geteuid() == 0 else ""
    config.write_text(f"listener {port} {HOST}\nallow_anonymous true\npersistence false\n{user}", "utf-8")
    return [program, "-c", str(config)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _listens(child: subprocess.Popen[bytes], port: int, interrupted: Callable[[], bool]) -> bool:
    """Wait until the child takes connections; False where it ends or takes too long."""
    deadline_s = time.monotonic() + _START_S
    while child.poll() is None and time.monotonic() < deadline_s:
        if interrupted():
            raise KeyboardInterrupt
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return True
        time.sleep(0.02)
    return False
