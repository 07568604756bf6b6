"""A Debian that is set up by one file on its boot partition: nobody types a command in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from free_ports import free_ports
from machine import PROJECT, Machine, debian_tree, require_containers
from mosquitto import Mosquitto, require_mosquitto
from mqtt_subscriber import Subscriber

pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(600)]

UNIT = "edge-agent.service"
PROVISION = "edge-agent-provision.service"
CLIP = "/opt/edge-agent/lib/shared/edge_agent/demo/clip.mp4"
BOOT = "boot/firmware"
PASSWORD = "open sesame"
LISTENER = "listener"
# What a start changes in any case.
KEPT = ("config.yaml", "provisioned.json", "credentials/mqtt-password", "provisioning/books.json")


def provisioning_file(port: int) -> str:
    """The demonstration, as an installer would write it."""
    settings = yaml.safe_load((PROJECT / "edge_agent" / "demo" / "demo.yaml").read_text())
    settings |= {"site": "plant-1", "device": "auto"}
    settings["provision"] = {"mqtt_password": PASSWORD, "host_name": "press-1"}
    settings["cameras"][0]["source"] |= {"path": CLIP, "loop": True}
    settings["mqtt"] |= {"port": port, "username": "press-1"}
    settings.pop("state_dir", None)
    return "# For the press in hall 1.\n" + yaml.safe_dump(settings)


class Box:
    """The machine and its broker."""

    def __init__(self, machine: Machine, broker: Mosquitto) -> None:
        self.machine = machine
        self.broker = broker
        self.listener = Subscriber(broker.port, username=LISTENER, password=PASSWORD)

    @property
    def boot(self) -> Path:
        return self.machine.root / BOOT

    def info(self) -> dict[str, Any]:
        """The latest."""
        seen = self.listener.until(lambda messages: any(each.topic.endswith("/info") for each in messages), 30.0)
        found: dict[str, Any] = next(each.json for each in reversed(seen) if each.topic.endswith("/info"))
        return found

    def kept(self) -> dict[str, bytes]:
        home = self.machine.root / "etc/edge-agent"
        return {name: (home / name).read_bytes() for name in KEPT}

    def stat(self, place: str) -> str:
        return self.machine.run("stat", "--format=%U:%G %a", place).strip()


@pytest.fixture(scope="module")
def box(suite: str, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A machine that was installed as an image is, got the file on its boot partition, and was switched on."""
    require_containers()
    require_mosquitto()
    (port,) = free_ports(1)
    directory = tmp_path_factory.mktemp(f"provisioned-{suite}")
    with ExitStack() as stack:
        broker = Mosquitto(port, directory / "broker", users={"press-1": PASSWORD, LISTENER: PASSWORD})
        stack.callback(broker.stop)
        broker.start()
        machine = Machine(directory / "debian")
        stack.callback(machine.power_off)
        machine.boot(debian_tree(suite))
        shutil.copyfile(package, machine.root / "edge-agent.deb")
        machine.run("unshare", "--net", "dpkg", "--install", "/edge-agent.deb", timeout_s=300)
        machine.run("rm", "/edge-agent.deb")
        machine.shut_down()
        made = Box(machine, broker)
        stack.callback(made.listener.close)
        made.boot.mkdir(parents=True)
        (made.boot / "edge-agent.yaml").write_text(provisioning_file(port))
        machine.start()
        yield made


def test_it_watches_and_its_events_reach_the_broker_with_its_password(box: Box) -> None:
    box.machine.until(lambda: box.machine.show(UNIT, "ActiveState") == "active", 60)
    box.listener.until(lambda _: bool(box.listener.events()), 60)
    assert "u'press-1'" in box.broker.log.read_text()


def test_the_file_is_gone_from_the_boot_partition_and_a_note_is_there(box: Box) -> None:
    assert [file.name for file in box.boot.iterdir()] == ["edge-agent.done.txt"]
    assert PASSWORD not in (box.boot / "edge-agent.done.txt").read_text()


def test_secrets_are_where_nobody_but_root_can_read_them(box: Box) -> None:
    assert box.stat("/etc/edge-agent/credentials/mqtt-password") == "root:root 600"
    assert box.stat("/etc/edge-agent/credentials") == "root:root 700"
    assert box.stat("/etc/edge-agent/config.yaml") == "root:edge-agent 640"
    assert box.stat("/etc/edge-agent/provisioned.json") == "root:edge-agent 640"
    assert PASSWORD not in (box.machine.root / "etc/edge-agent/config.yaml").read_text()
    assert PASSWORD not in box.machine.journal("--boot")


def test_the_computer_has_its_name_at_once_and_for_good(box: Box) -> None:
    assert box.machine.run("uname", "-n").strip() == "press-1"
    assert (box.machine.root / "etc/hostname").read_text() == "press-1\n"
    assert "127.0.1.1\tpress-1\n" in (box.machine.root / "etc/hosts").read_text()


def test_it_says_so_on_the_console_in_the_journal_and_in_info(box: Box) -> None:
    for said in (box.machine.console(), box.machine.journal("--unit", PROVISION)):
        assert "provisioned from edge-agent.yaml on the boot partition" in said
        assert "host name press-1" in said
    provisioned = box.info()["provisioned"]
    assert (provisioned["source"], provisioned["wiped"]) == ("boot", True)
    assert provisioned["device_from"] in ("serial", "machine_id")


def test_the_updater_is_waiting_for_its_hour(box: Box) -> None:
    assert box.machine.show("edge-agent-updater.timer", "ActiveState") == "active"


def test_the_service_that_does_it_can_do_little_else(box: Box) -> None:
    last = box.machine.run("systemd-analyze", "security", "--no-pager", PROVISION).splitlines()[-1]
    assert float(last.split(": ")[1].split()[0]) <= 2.0


def test_a_second_boot_changes_nothing(box: Box) -> None:
    before = box.kept()
    box.machine.shut_down()
    box.machine.start()
    box.machine.until(lambda: box.machine.show(UNIT, "ActiveState") == "active", 60)
    assert "nothing to do" in box.machine.journal("--boot", "--unit", PROVISION)
    assert box.kept() == before
    assert box.machine.run("uname", "-n").strip() == "press-1"


def test_a_broken_file_says_why_and_the_configuration_of_before_goes_on(box: Box) -> None:
    before = box.kept()
    broken = provisioning_file(box.broker.port).replace("kind: restricted", "kind: forbidden")
    box.machine.shut_down()
    (box.boot / "edge-agent.yaml").write_text(broken)
    box.machine.start()
    box.machine.until(lambda: box.machine.show(UNIT, "ActiveState") == "active", 60)
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "forbidden" in text)
    note = (box.boot / "edge-agent.error.txt").read_text()
    for said in (box.machine.console(), box.machine.journal("--boot", "--unit", PROVISION), note):
        assert f"edge-agent.yaml:{line}: cameras[0].zones[0].kind" in said
    assert (box.boot / "edge-agent.yaml").read_text() == broken
    assert box.machine.show(PROVISION, "ActiveState") == "failed"
    assert box.kept() == before


def test_corrected_it_is_taken_and_the_reason_is_gone(box: Box) -> None:
    box.machine.shut_down()
    (box.boot / "edge-agent.yaml").write_text(provisioning_file(box.broker.port).replace("auto", "hall-7"))
    box.machine.start()
    box.machine.until(lambda: box.machine.show(UNIT, "ActiveState") == "active", 60)
    box.listener.until(lambda seen: any(each.topic.endswith("plant-1/hall-7/info") for each in seen), 30.0)
    assert [file.name for file in box.boot.iterdir()] == ["edge-agent.done.txt"]
    record = json.loads((box.machine.root / "etc/edge-agent/provisioned.json").read_text())
    assert record["device_from"] == "file"


def test_what_a_power_cut_struck_is_ended_before_the_agent_reads_it(box: Box) -> None:
    box.machine.shut_down()
    config = box.machine.root / "etc/edge-agent/config.yaml"
    ready = box.machine.root / "etc/edge-agent/provisioning/ready"
    ready.mkdir(mode=0o700)
    new = ready / "0"
    new.write_text(config.read_text().replace("hall-7", "hall-8"))
    new.chmod(0o640)
    os.chown(new, 0, config.stat().st_gid)
    (ready / "list.json").write_text(json.dumps({"places": ["etc/edge-agent/config.yaml"], "gone": []}))
    box.machine.start()
    box.listener.until(lambda seen: any(each.topic.endswith("plant-1/hall-8/info") for each in seen), 60.0)
    assert not ready.exists()
    assert "cut off is complete now" in box.machine.journal("--boot", "--unit", PROVISION)
