"""Brokers, devices and subscribers for the tests of `edge_agent.mqtt`."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Mosquitto, TlsFiles, make_tls, require_mosquitto
from mqtt_device import Device
from mqtt_subscriber import Subscriber

from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.session import Timing


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """Closes what the test opened, last first."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def broker(free_port: int, tmp_path: Path, closing: ExitStack) -> Callable[..., Mosquitto]:
    """Starts a mosquitto with the options that the test names."""
    require_mosquitto()

    def start(**options: Any) -> Mosquitto:
        mosquitto = Mosquitto(free_port, tmp_path / "broker", **options)
        closing.callback(mosquitto.stop)
        return mosquitto.start()

    return start


@pytest.fixture
def device(tmp_path: Path, closing: ExitStack) -> Callable[..., Device]:
    """Builds a device with the broker settings that the test names; not started yet."""

    def build(port: int, timing: Timing | None = None, **settings: Any) -> Device:
        made = Device(BrokerSettings(host="127.0.0.1", port=port, **settings), tmp_path, timing or Timing())
        closing.callback(made.stop)
        return made

    return build


@pytest.fixture
def subscriber(closing: ExitStack) -> Callable[..., Subscriber]:
    """Connects a subscriber."""

    def connect(port: int, **options: Any) -> Subscriber:
        made = Subscriber(port, **options)
        closing.callback(made.close)
        return made

    return connect


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """A test authority, a server and a client certificate."""
    return make_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def another_port() -> int:
    """A second free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
