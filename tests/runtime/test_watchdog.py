"""The sd_notify(3) protocol against a real AF_UNIX socket."""

from __future__ import annotations

import logging
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.runtime.watchdog import ServiceNotifier, watchdog_interval_s


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A listening service manager and what it writes into NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(30.0)
        if request.param == "path":
            address = str(tmp_path / "notify")
            listener.bind(address)
        else:
            name = f"edge-agent-test-{secrets.token_hex(8)}"
            listener.bind(f"\0{name}")
            address = f"@{name}"
        yield listener, address


def test_each_message_is_one_datagram_in_the_documented_form(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address})

    notifier.ready()
    notifier.status("2 cameras\nREADY=0")
    notifier.alive()
    notifier.reloading(12.345678)
    notifier.stopping()

    assert [listener.recv(4096) for _ in range(5)] == [
        b"READY=1",
        b"STATUS=2 cameras READY=0",  # one line: a text cannot smuggle in an assignment
        b"WATCHDOG=1",
        b"RELOADING=1\nMONOTONIC_USEC=12345678",
        b"STOPPING=1",
    ]


def test_without_a_service_manager_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    ServiceNotifier({}).ready()
    assert caplog.records == []


def test_a_manager_that_is_gone_is_logged_and_does_not_stop_the_agent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ServiceNotifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "READY=1" in caplog.text


@pytest.mark.skipif(shutil.which("systemd-notify") is None, reason="needs systemd-notify of the package systemd")
def test_our_ready_is_the_one_that_systemd_notify_sends(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(30.0)
        address = str(tmp_path / "notify")
        listener.bind(address)
        subprocess.run(["systemd-notify", "--ready", "--no-block"], env={"NOTIFY_SOCKET": address}, check=True)
        ServiceNotifier({"NOTIFY_SOCKET": address}).ready()
        assert listener.recv(4096).strip() == listener.recv(4096)


@pytest.mark.parametrize(
    ("environ", "interval_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_at_half_its_time_and_only_by_the_process_it_watches(
    environ: dict[str, str], interval_s: float | None
) -> None:
    assert watchdog_interval_s(environ, pid=42) == interval_s
