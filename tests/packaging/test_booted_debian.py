"""The package on a Debian that was booted for it: one device's life, from installation to purge, in this order.

The broker is outside, as a broker is. Nothing here is stopped by the test itself but by what stops devices: a killed
process, a hung one, a broker that is away, a slip in the configuration, an upgrade.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from booted_device import UNIT, Device, files
from free_ports import free_ports
from machine import PROJECT, Machine, debian_tree, require_containers
from mosquitto import Mosquitto, require_mosquitto
from tuf_files import TufFiles

pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(900)]

UPDATER = "edge-agent-updater.service"
CONFIG = "/etc/edge-agent/config.yaml"
CLIP = "/opt/edge-agent/lib/shared/edge_agent/demo/clip.mp4"
# The demo's clip takes 24 s and has its first incident in the first half.
ONE_CLIP_S = 40.0
WATCHDOG_S = 20.0


def configuration(port: int) -> str:
    """The demonstration's, played again and again, with the broker outside."""
    settings = yaml.safe_load((PROJECT / "edge_agent" / "demo" / "demo.yaml").read_text())
    settings |= {"site": "plant-1", "device": "hall-1"}
    settings["cameras"][0]["source"] |= {"path": CLIP, "loop": True}
    settings["mqtt"]["port"] = port
    return yaml.safe_dump(settings)


def doctor(device: Device) -> dict[str, str]:
    """Its verdicts, none of which is that something fails."""
    report = json.loads(device.machine.run("edge-agent", "doctor", "--json"))
    return {check["check"]: check["verdict"] for check in report["checks"]}


@pytest.fixture(scope="module")
def device(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A booted machine with a broker beside it; nothing is installed yet."""
    require_containers()
    require_mosquitto()
    (port,) = free_ports(1)
    directory = tmp_path_factory.mktemp(f"boot-{suite}")
    with ExitStack() as stack:
        broker = Mosquitto(port, directory / "broker", persistence=True)
        stack.callback(broker.stop)
        broker.start()
        machine = Machine(directory / "debian")
        stack.callback(machine.power_off)
        made = Device(machine.boot(debian_tree(suite)), broker)
        stack.callback(made.listener.close)
        yield made


def test_it_installs_without_a_network_and_waits_for_its_configuration(device: Device, package: Path) -> None:
    machine = device.machine
    shutil.copyfile(package, machine.root / "edge-agent.deb")
    said = machine.run("unshare", "--net", "dpkg", "--install", "/edge-agent.deb", timeout_s=300)
    assert "waits for its configuration" in said
    assert "edge-agent 0." in machine.run("edge-agent", "--version")
    assert machine.show(UNIT, "ActiveState") == "inactive"
    assert machine.run("systemctl", "is-enabled", UNIT, "edge-agent-updater.timer").split() == ["enabled", "enabled"]
    assert UNIT not in machine.run("systemctl", "--failed", "--no-legend")


def test_installing_it_twice_changes_nothing(device: Device) -> None:
    before = files(device.machine)
    device.machine.run("dpkg", "--install", "/edge-agent.deb", timeout_s=300)
    assert files(device.machine) == before


def test_once_configured_it_watches_and_events_reach_the_broker(device: Device) -> None:
    machine = device.machine
    machine.write(CONFIG, configuration(device.broker.port))
    machine.run("edge-agent", "check-config", CONFIG)
    machine.run("systemctl", "start", UNIT)
    assert machine.show(UNIT, "ActiveState") == "active"
    device.listener.until(lambda _: any(each["type"] == "edge-agent.fall.v1" for each in device.listener.events()), 60)
    machine.until(lambda: device.status().startswith("watching hall ("), 30)
    assert device.status().endswith("broker connected")
    entry = machine.journal("--unit", UNIT, "--output=verbose", "LOGGER=edge_agent.capture.camera_health")
    assert "THREAD_NAME=capture-hall" in entry
    assert "PRIORITY=6" in entry


def test_the_doctor_finds_the_device_well(device: Device) -> None:
    assert doctor(device)["broker publish"] == "pass"


def test_a_support_bundle_has_the_journal(device: Device) -> None:
    device.machine.run("edge-agent", "support-bundle", "--config", CONFIG, "--quick", "--output", "/tmp/help.tar.gz")
    inside = device.machine.run("tar", "--extract", "--to-stdout", "--gzip", "--file", "/tmp/help.tar.gz")
    assert "]: camera hall " in inside
    assert "broker publish" in inside


def test_the_updater_ends_well_without_a_section_and_stays_with_one(device: Device, tmp_path: Path) -> None:
    machine = device.machine
    assert machine.show("edge-agent-updater.timer", "ActiveState") == "active"
    machine.run("systemctl", "start", UPDATER)
    machine.until(lambda: machine.show(UPDATER, "ActiveState") == "inactive", 30)
    assert machine.show(UPDATER, "Result") == "success"
    assert "no section `update`" in machine.journal("--identifier=edge-agent-updater", "--output=cat")
    machine.write("/etc/edge-agent/root.json", TufFiles(tmp_path).root.decode())
    update = {"url": "http://127.0.0.1:9", "group": "canary", "trusted_root": "root.json"}
    machine.write(CONFIG, configuration(device.broker.port) + yaml.safe_dump({"update": update}))
    machine.run("systemctl", "start", UPDATER)
    assert machine.show(UPDATER, "ActiveState") == "active"
    device.until_said("update/status", 0.0, 30.0)
    machine.until(lambda: "repository" in machine.show(UPDATER, "StatusText"), 30)
    log = machine.journal("--identifier=edge-agent-updater", "--output=verbose")
    assert "THREAD_NAME=publisher" in log
    machine.run("systemctl", "stop", UPDATER)
    assert machine.show(UPDATER, "Result") == "success"
    machine.write(CONFIG, configuration(device.broker.port))


def test_its_user_sees_nothing_of_the_machine_but_what_it_needs(device: Device) -> None:
    last = device.machine.run("systemd-analyze", "security", "--no-pager", UNIT).splitlines()[-1]
    assert float(last.split(": ")[1].split()[0]) <= 1.5
    assert device.machine.run("stat", "--format=%U:%G %a", "/var/lib/edge-agent").strip() == "edge-agent:edge-agent 750"
    assert device.machine.run("stat", "--format=%U", f"/proc/{device.pid}").strip() == "edge-agent"


def test_it_takes_over_a_changed_configuration_without_a_restart(device: Device) -> None:
    before = device.pid
    for zone in ("line-3", "line-2"):
        since_s = time.monotonic()
        device.machine.write(CONFIG, configuration(device.broker.port).replace("line-2", zone))
        device.machine.run("systemctl", "reload", UNIT)
        device.until_said("info", since_s, 30.0)
        assert device.zones() == [zone]
    assert device.pid == before


def test_killed_it_is_back_and_publishes_within_five_seconds(device: Device) -> None:
    before, since_s = device.pid, time.monotonic()
    device.signal("SIGKILL")
    assert device.until_online(since_s, 30.0) <= 5.0
    assert device.pid not in (0, before)


def test_hung_it_is_restarted_by_the_watchdog(device: Device) -> None:
    before, restarts = device.pid, int(device.machine.show(UNIT, "NRestarts"))
    since_s = time.monotonic()
    device.signal("SIGSTOP")
    # It ends within WatchdogSec of its last word; what follows is the start.
    assert device.machine.until(lambda: device.pid != before, WATCHDOG_S + 30.0) < WATCHDOG_S + 1.0
    device.until_online(since_s, 30.0)
    assert int(device.machine.show(UNIT, "NRestarts")) == restarts + 1
    assert f"Watchdog timeout (limit {WATCHDOG_S:.0f}s)" in device.machine.journal("--unit", UNIT)


def test_without_a_broker_it_stays_active_and_keeps_what_happens_even_when_killed(device: Device) -> None:
    machine = device.machine
    device.broker.stop()
    restarts = machine.show(UNIT, "NRestarts")
    machine.until(lambda: "NO BROKER" in device.status() and "events wait on the disk" in device.status(), ONE_CLIP_S)
    assert machine.show(UNIT, "ActiveState") == "active"
    assert machine.show(UNIT, "NRestarts") == restarts
    device.signal("SIGKILL")
    machine.until(lambda: machine.show(UNIT, "ActiveState") == "active" and device.pid, 30)
    since_s = time.monotonic()
    device.broker.start()
    device.until_online(since_s, 70.0)
    # One more whole event from after it all: then nothing is on the way any more.
    heard = len(device.listener.events())
    device.listener.until(lambda _: len(device.listener.events()) > heard and not device.missing(), ONE_CLIP_S + 30)


def test_a_broken_configuration_fails_with_the_reason_and_is_not_tried_again(device: Device) -> None:
    machine = device.machine
    machine.write(CONFIG, configuration(device.broker.port).replace("kind: restricted", "kind: forbidden"))
    machine.run("systemctl", "restart", UNIT, check=False)
    machine.until(lambda: machine.show(UNIT, "ActiveState") == "failed", 30)
    machine.run("journalctl", "--sync")  # what `systemctl status` shows of it
    said = machine.run("systemctl", "status", "--no-pager", "--full", UNIT, check=False)
    assert "not watching, since the configuration cannot be used" in said
    assert "forbidden" in said
    assert machine.show(UNIT, "ExecMainStatus") == "78"
    assert machine.show(UNIT, "NRestarts") == "0"
    machine.write(CONFIG, configuration(device.broker.port))
    machine.run("systemctl", "restart", UNIT)
    assert machine.show(UNIT, "ActiveState") == "active"


def test_a_password_comes_from_systemd_and_from_nowhere_else(device: Device) -> None:
    machine = device.machine
    settings = yaml.safe_load(configuration(device.broker.port))
    settings["mqtt"] |= {"username": "hall-1", "password_credential": "mqtt-password"}
    machine.write(CONFIG, yaml.safe_dump(settings))
    machine.run("systemctl", "restart", UNIT, check=False)
    machine.until(lambda: machine.show(UNIT, "ActiveState") == "failed", 30)
    assert "write the password into it" in device.status()
    secret = machine.root / "etc/edge-agent/credentials/mqtt-password"
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    since_s = time.monotonic()
    machine.run("systemctl", "restart", UNIT)
    device.until_online(since_s, 30.0)
    assert "open sesame" not in machine.run("systemctl", "show", UNIT)
    assert doctor(device)["broker auth"] == "pass"


def test_an_upgrade_keeps_configuration_outbox_models_and_keys(device: Device, later_package: Path) -> None:
    machine = device.machine
    shutil.copyfile(later_package, machine.root / "later.deb")
    kept = machine.root / "var/lib/edge-agent/models/of-the-customer/model.yaml"
    kept.parent.mkdir(parents=True)
    kept.write_text("name: of-the-customer\n")
    config = (machine.root / CONFIG.lstrip("/")).read_bytes()
    before, last = device.pid, max(event["seq"] for event in device.listener.events())
    machine.run("unshare", "--net", "dpkg", "--install", "/later.deb", timeout_s=300)
    assert machine.run("dpkg-query", "--show", "--showformat=${Version}", "edge-agent").endswith("+later")
    machine.until(lambda: device.pid not in (0, before), 30)
    device.listener.until(lambda _: max(e["seq"] for e in device.listener.events()) > last, ONE_CLIP_S)
    assert not device.missing()
    assert kept.read_text() == "name: of-the-customer\n"
    assert (machine.root / CONFIG.lstrip("/")).read_bytes() == config
    assert (machine.root / "etc/edge-agent/credentials/mqtt-password").read_text() == "open sesame\n"


def test_removed_it_leaves_configuration_and_state_and_purged_it_leaves_nothing(device: Device) -> None:
    machine = device.machine
    machine.run("dpkg", "--remove", "edge-agent")
    assert not (machine.root / "opt/edge-agent").exists()
    assert not os.path.lexists(machine.root / "usr/bin/edge-agent")
    assert (machine.root / "var/lib/edge-agent/outbox.sqlite").exists()
    assert (machine.root / CONFIG.lstrip("/")).exists()
    machine.run("dpkg", "--purge", "edge-agent")
    machine.run("rm", "/edge-agent.deb", "/later.deb")
    assert files(machine) - device.before <= BACKUPS
    assert device.before - files(machine) == set()
    assert "edge-agent" not in machine.run("getent", "passwd") + machine.run("getent", "group")


# What useradd, and userdel make of the lists of users, whoever calls them.
BACKUPS = {f"/etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow")} | {"/etc/.pwd.lock"}
