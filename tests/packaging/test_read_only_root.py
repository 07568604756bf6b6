"""A root that nobody can write to, as a device has it that loses its power at any time: only the state is writable."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from free_ports import free_ports
from machine import Machine, debian_tree, installed, require_containers
from mosquitto import Mosquitto, require_mosquitto
from mqtt_subscriber import Subscriber
from test_booted_debian import CONFIG, UNIT, configuration

pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(600)]

IN_MEMORY = ("/tmp", "/var/tmp", "/var/log", "/var/lib/systemd")


def test_with_a_read_only_root_it_watches_delivers_and_keeps_what_waits(
    suite: str, package: Path, tmp_path: Path
) -> None:
    require_containers()
    require_mosquitto()
    (port,) = free_ports(1)
    state = tmp_path / "state"
    state.mkdir()
    with ExitStack() as stack:
        broker = Mosquitto(port, tmp_path / "broker", persistence=True)
        stack.callback(broker.stop)
        broker.start()
        listener = Subscriber(port)
        stack.callback(listener.close)
        tree = stack.enter_context(installed(debian_tree(suite), package, tmp_path))
        (tree / CONFIG.lstrip("/")).write_text(configuration(port))
        # systemd makes it at the first start, and cannot here.
        (tree / "var/lib/edge-agent").mkdir()
        machine = Machine(tmp_path / "debian")
        stack.callback(machine.power_off)
        writable = [f"--tmpfs={place}" for place in IN_MEMORY] + [f"--bind={state}:/var/lib/edge-agent"]
        machine.boot(tree, "--read-only", *writable)
        assert "Read-only file system" in machine.run(
            "touch", "/etc/edge-agent/new", "/opt/new", "/usr/new", check=False
        )
        machine.until(lambda: machine.show(UNIT, "ActiveState") == "active", 60)
        listener.until(lambda _: any(each["type"] == "edge-agent.fall.v1" for each in listener.events()), 60)
        broker.stop()
        machine.until(lambda: "events wait on the disk" in machine.show(UNIT, "StatusText"), 60)
        assert (state / "outbox.sqlite").stat().st_size > 0
        heard = len(listener.events())
        broker.start()
        listener.until(lambda _: len(listener.events()) > heard, 70)
        assert machine.show(UNIT, "NRestarts") == "0"
