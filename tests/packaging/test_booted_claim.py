"""A device of a fleet, from the package: it watches at once, claims its certificate, and is heard without a restart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from claim_bench import Fleet, real_now
from free_ports import free_ports
from machine import PROJECT, Machine, debian_tree, require_containers
from mosquitto import Mosquitto, TlsFiles, require_mosquitto
from mqtt_subscriber import Subscriber

from edge_agent.fleet.claim_authority import broker_files, read_authority
from edge_agent.fleet.key_files import no_passphrase

pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(600)]

AGENT, CLAIM = "edge-agent.service", "edge-agent-claim.service"
NAME = "plant-1/hall-1"
CLIP = "/opt/edge-agent/lib/shared/edge_agent/demo/clip.mp4"
PLACE = "/var/lib/edge-agent/claim"
TOKEN = "/etc/edge-agent/credentials/claim-token"


class Plant:
    """What the tests share: the device, the fleet's server, and a broker that wants certificates."""

    def __init__(self, machine: Machine, fleet: Fleet, directory: Path) -> None:
        self.machine, self.fleet = machine, fleet
        self.port, self.clear_port = free_ports(2)
        authority = read_authority(fleet.place, no_passphrase)
        cert_file, key_file = broker_files(authority, ["127.0.0.1"], directory, real_now())
        files = TlsFiles(fleet.place.ca, cert_file, key_file, cert_file, key_file, fleet.place.ca)
        more = ("use_identity_as_username true", f"listener {self.clear_port} 127.0.0.1")
        self.broker = Mosquitto(self.port, directory / "broker", tls=files, client_certificates=True, more=more)

    def configuration(self, device: str = "hall-1") -> str:
        settings = yaml.safe_load((PROJECT / "edge_agent" / "demo" / "demo.yaml").read_text())
        settings |= {"site": "plant-1", "device": device}
        settings["cameras"][0]["source"] |= {"path": CLIP, "loop": True}
        ca_file = "/etc/edge-agent/ca.pem"
        claim = {"url": self.fleet.url, "ca_file": ca_file, "token_credential": "claim-token"}
        files = {"cert_file": f"{PLACE}/device.pem", "key_file": f"{PLACE}/device.key"}
        settings["mqtt"] |= {"port": self.port, "tls": {"ca_file": ca_file, **files, "claim": claim}}
        return yaml.safe_dump(settings)


@pytest.fixture(scope="module")
def plant(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    require_containers()
    require_mosquitto()
    directory = tmp_path_factory.mktemp(f"claim-{suite}")
    with ExitStack() as stack:
        fleet = Fleet(directory / "fleet")
        stack.callback(fleet.stop)
        machine = Machine(directory / "debian")
        stack.callback(machine.power_off)
        made = Plant(machine.boot(debian_tree(suite)), fleet, directory)
        stack.callback(made.broker.stop)
        made.broker.start()
        yield made


def test_where_nobody_wants_it_the_timer_runs_and_the_service_does_nothing(plant: Plant, package: Path) -> None:
    machine = plant.machine
    shutil.copyfile(package, machine.root / "edge-agent.deb")
    machine.run("dpkg", "--install", "/edge-agent.deb", timeout_s=300)
    assert machine.show("edge-agent-claim.timer", "ActiveState") == "active"
    machine.run("systemctl", "start", CLAIM)
    assert machine.show(CLAIM, "ConditionResult") == "no"


def test_without_an_invitation_the_agent_watches_all_the_same(plant: Plant) -> None:
    machine = plant.machine
    machine.write("/etc/edge-agent/ca.pem", plant.fleet.place.ca.read_text())
    machine.write("/etc/edge-agent/config.yaml", plant.configuration())
    machine.run("systemctl", "start", AGENT)
    machine.until(lambda: "NO BROKER" in machine.show(AGENT, "StatusText"), 30)
    machine.until(lambda: "this device has no certificate yet" in machine.journal("-u", AGENT), 30)
    machine.run("systemctl", "start", CLAIM)
    assert machine.show(CLAIM, "ConditionResult") == "no"


def test_a_wrong_token_is_told_and_ends_nothing(plant: Plant) -> None:
    machine = plant.machine
    machine.write(TOKEN, "wrong\n")
    machine.run("systemctl", "start", CLAIM, check=False)
    assert machine.show(CLAIM, "Result") == "exit-code"
    journal = machine.journal("-u", CLAIM)
    assert "does not take the token: it is wrong, was used or has expired" in journal
    assert machine.show(AGENT, "ActiveState") == "active"


def test_once_invited_it_claims_and_the_running_agent_is_heard(plant: Plant) -> None:
    machine = plant.machine
    before = machine.show(AGENT, "MainPID")
    token = plant.fleet.invite()
    machine.write(TOKEN, f"{token}\n")
    machine.run("systemctl", "start", CLAIM)
    assert machine.show(CLAIM, "Result") == "success"
    owners = machine.run("stat", "-c", "%U %a %n", f"{PLACE}/device.key", f"{PLACE}/device.pem").split("\n")
    assert owners[:2] == [f"edge-agent 600 {PLACE}/device.key", f"edge-agent 600 {PLACE}/device.pem"]
    heard = Subscriber(plant.clear_port)
    try:
        heard.until(lambda messages: any("/event/" in message.topic for message in messages), 90)
    finally:
        heard.close()
    assert f"u'{NAME}'" in plant.broker.log.read_text()
    assert (machine.show(AGENT, "MainPID"), machine.show(AGENT, "NRestarts")) == (before, "0")
    assert token not in machine.journal()


def test_in_its_sandbox_the_agent_hears_of_the_time_what_timesyncd_says(plant: Plant) -> None:
    machine = plant.machine
    heard = Subscriber(plant.clear_port)
    try:
        machine.run("install", "--directory", "/run/systemd/timesync")
        machine.run("touch", "/run/systemd/timesync/synchronized")
        heard.until(
            lambda messages: any("/event/" in each.topic and each.json["data"]["clock_synced"] for each in messages),
            90,
        )
    finally:
        heard.close()


def test_by_hand_as_root_it_becomes_the_agents_user_and_finds_nothing_to_do(plant: Plant) -> None:
    machine = plant.machine
    machine.run("edge-agent", "claim", "run", "--once")
    assert "renewal      from" in machine.run("edge-agent", "claim", "status")
    assert machine.run("stat", "-c", "%U", f"{PLACE}/device.key").strip() == "edge-agent"


def test_a_device_that_is_renamed_watches_on_and_is_heard_once_it_is_invited_by_its_new_name(plant: Plant) -> None:
    machine = plant.machine
    machine.write("/etc/edge-agent/config.yaml", plant.configuration("hall-2"))
    machine.run("systemctl", "restart", AGENT)
    machine.until(lambda: "NO BROKER" in machine.show(AGENT, "StatusText"), 30)
    machine.until(lambda: "is the certificate of plant-1/hall-1" in machine.journal("-u", AGENT), 30)
    machine.write(TOKEN, plant.fleet.invite("plant-1/hall-2") + "\n")
    machine.run("systemctl", "restart", CLAIM)
    assert machine.show(CLAIM, "Result") == "success"
    heard = Subscriber(plant.clear_port)
    try:
        heard.until(lambda messages: any("/hall-2/event/" in message.topic for message in messages), 90)
    finally:
        heard.close()
    assert (machine.show(AGENT, "ActiveState"), machine.show(AGENT, "NRestarts")) == ("active", "0")


def test_purge_leaves_no_key_behind(plant: Plant) -> None:
    machine = plant.machine
    machine.run("dpkg", "--purge", "edge-agent", timeout_s=120)
    assert not (machine.root / PLACE.lstrip("/")).exists()
    assert "edge-agent" not in machine.run("systemctl", "list-timers", "--all", "--no-pager")
