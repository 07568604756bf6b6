"""What every test may use: the real material beside the checkout, and free ports on loopback."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from free_ports import free_ports
from hypothesis import HealthCheck, settings
from mosquitto import Mosquitto, require_mosquitto
from mqtt_subscriber import Subscriber

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"


def pytest_configure() -> None:
    """No deadline, neither to judge an example nor to make one: a busy machine is no failure.

    In CI, hypothesis has such a profile itself.
    """
    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    if not os.environ.get("CI"):
        settings.load_profile("unhurried")
    # Where this run was started in the background or with nohup, these are ignored, and would be by what it starts.
    # What is handled here has its default there.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the real material where it is absent, and say so."""
    if (SHARED / "models").is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason="needs the real models and clips of ../shared, which are absent"))


@pytest.fixture(autouse=True)
def restored_umask() -> Iterator[None]:
    """Some commands set it for their process, which is the tests' here."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def restored_log() -> Iterator[None]:
    """`main` directs the package's log, in fixtures of a whole session, too; each test wants it as it was."""
    _undirected()
    yield
    _undirected()


def _undirected() -> None:
    package = logging.getLogger("edge_agent")
    package.handlers.clear()
    package.propagate = True
    package.setLevel(logging.NOTSET)


@pytest.fixture
def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    return free_ports(1)[0]


@pytest.fixture
def another_port() -> int:
    """A second one."""
    return free_ports(1)[0]


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
def subscriber(closing: ExitStack) -> Callable[..., Subscriber]:
    """Connects a subscriber."""

    def connect(port: int, **options: Any) -> Subscriber:
        made = Subscriber(port, **options)
        closing.callback(made.close)
        return made

    return connect
