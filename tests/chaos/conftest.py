"""A device, a bad network, a subscriber and a seed for each test."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from device_and_listener import DeviceProcess, Listener, say
from network import Network


@pytest.fixture
def rng() -> random.Random:
    """The same in every run, unless EDGE_AGENT_CHAOS_SEED names another; shown where a test fails."""
    seed = int(os.environ.get("EDGE_AGENT_CHAOS_SEED", "1"))
    say(f"EDGE_AGENT_CHAOS_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def network(closing: ExitStack, rng: random.Random) -> Callable[[int], Network]:
    def build(broker_port: int) -> Network:
        made = Network(broker_port, rng)
        closing.callback(made.close)
        return made

    return build


@pytest.fixture
def device(tmp_path: Path, closing: ExitStack) -> Callable[[int], DeviceProcess]:
    def build(port: int) -> DeviceProcess:
        directory = tmp_path / "device"
        directory.mkdir()
        made = DeviceProcess(directory, port)
        closing.callback(made.kill)
        return made

    return build


@pytest.fixture
def listener(closing: ExitStack) -> Callable[..., Listener]:
    def connect(port: int, *args: Any, **limits: int) -> Listener:
        made = Listener(port, *args, **limits)
        closing.callback(made.close)
        return made

    return connect
