"""The image, by `--image FILE`: what lies on the card, and that its own kernel boots it into an agent that watches.

It is booted on a virtual board, not on a Raspberry Pi: what the firmware does before the kernel is not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from disk_image import GATEWAY, DiskImage, VirtualMachine, require_tools, said
from free_ports import free_ports
from machine import PROJECT
from mosquitto import Mosquitto, require_mosquitto
from mqtt_subscriber import Subscriber

pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(3600)]

CLIP = "/opt/edge-agent/lib/shared/edge_agent/demo/clip.mp4"
GROWN_BY = 1 << 30
# An emulated processor takes twenty times as long as a board.
BOOT_S, FIRST_EVENT_S = 900.0, 900.0
# Told on the console, since nobody can log in. `--wait`: until everything was started or has failed.
PROBE = """
state=$(systemctl is-system-running --wait)
exec >/dev/ttyAMA0
echo "probe state $state failed [$(systemctl list-units --failed --plain --no-legend | cut -d ' ' -f 1 | tr '\\n' ' ')]"
echo "probe root $(findmnt -n -o FSTYPE,OPTIONS /)"
echo "probe persist $(df -m --output=size /persist | tail -n 1) MB"
echo "probe journal $(ls -d /var/log/journal 2>&1)"
echo "probe ssh $(systemctl is-active ssh) zram $(grep -c zram /proc/swaps)"
echo "probe clock $(systemctl is-active systemd-timesyncd) $(ls -l /persist/timesync)"
echo "probe agent $(systemctl show -P ActiveState edge-agent) $(systemctl show -P StatusText edge-agent)"
echo "probe end"
"""
PROBE_UNIT = """[Unit]
After=local-fs.target
[Service]
ExecStart=/bin/sh /etc/probe.sh
"""


@pytest.fixture(scope="module")
def image(request: pytest.FixtureRequest) -> DiskImage:
    given = request.config.getoption("--image")
    if not given:
        pytest.skip("by a flag: --image FILE (packaging/image/build-image.sh makes one)")
    require_tools()
    return DiskImage(Path(given).resolve())


def test_the_table_is_what_the_firmware_of_every_board_reads(image: DiskImage) -> None:
    assert image.table["label"] == "dos"
    assert [each.type for each in image.partitions] == ["c", "83", "83"]
    assert all(each.start % (4 << 20) == 0 for each in image.partitions)
    last = image.partitions[-1]
    assert last.start + last.size == image.file.stat().st_size


def test_a_laptop_sees_a_card_that_says_what_to_do(image: DiskImage) -> None:
    assert "EDGE-BOOT" in image.fat("mlabel", "-s", "::")
    assert "edge-agent.yaml" in image.fat("mtype", "::/README.txt")
    names = {name.removeprefix("::/") for name in image.fat("mdir", "-b", "::").split()}
    assert "edge-agent.yaml" not in names
    assert "authorized_keys" not in names


def test_the_firmware_finds_its_files_a_kernel_an_initrd_and_device_trees(image: DiskImage) -> None:
    names = {name.removeprefix("::/") for name in image.fat("mdir", "-b", "::").split()}
    assert {"bootcode.bin", "start.elf", "fixup.dat", "start4.elf", "fixup4.dat", "config.txt", "cmdline.txt"} <= names
    assert {"bcm2837-rpi-3-b-plus.dtb", "bcm2711-rpi-4-b.dtb", "bcm2711-rpi-400.dtb", "bcm2711-rpi-cm4-io.dtb"} <= names
    settings = image.fat("mtype", "::/config.txt")
    for key in ("kernel=", "initramfs "):
        (line,) = [line for line in settings.splitlines() if line.startswith(key)]
        assert line.removeprefix(key) in names
    assert "root=LABEL=edge-root" in image.fat("mtype", "::/cmdline.txt")


def test_its_file_systems_are_in_order(image: DiskImage, tmp_path: Path) -> None:
    for number, label in ((2, "edge-root"), (3, "edge-state")):
        assert "clean" in said("e2fsck", "-n", image.ext4(number))
        assert label in said("dumpe2fs", "-h", image.ext4(number))
    boot = tmp_path / "boot"
    with image.file.open("rb") as file:
        file.seek(image.partitions[0].start)
        boot.write_bytes(file.read(image.partitions[0].size))
    said("fsck.vfat", "-n", boot)


def test_the_package_is_installed_and_starts_by_itself(image: DiskImage) -> None:
    status = image.read("/var/lib/dpkg/status")
    (ours,) = [each for each in status.split("\n\n") if each.startswith("Package: edge-agent\n")]
    assert "Status: install ok installed" in ours
    assert "Architecture: arm64" in ours
    assert not re.search(r"^Status: (?!install ok installed|deinstall ok config-files)", status, re.MULTILINE)
    assert {"edge-agent.service", "keys-from-boot.service"} <= image.names(
        "/etc/systemd/system/multi-user.target.wants"
    )
    assert {"etc-edge-agent", "var-lib-edge-agent", "timesync"} <= image.names("/", 3)


def test_nobody_has_a_password_and_nothing_that_should_differ_is_the_same_on_every_device(image: DiskImage) -> None:
    hashes = {line.split(":")[1] for line in image.read("/etc/shadow").splitlines()}
    assert hashes <= {"*", "!", "!*", "!!"}
    assert "ssh.service" not in image.names("/etc/systemd/system/multi-user.target.wants")
    assert not any(name.startswith("ssh_host_") for name in image.names("/etc/ssh"))
    assert image.read("/etc/machine-id") == ""
    assert image.read("/var/lib/systemd/random-seed") == ""
    assert image.names("/etc-edge-agent", 3) == {"credentials"}
    assert image.names("/etc-edge-agent/credentials", 3) == set()


def configuration(port: int) -> str:
    """The demonstration's clip, again and again, and a broker outside."""
    settings = yaml.safe_load((PROJECT / "edge_agent" / "demo" / "demo.yaml").read_text())
    settings |= {"site": "plant-1", "device": "hall-1"}
    settings["cameras"][0]["source"] |= {"path": CLIP, "loop": True}
    settings["mqtt"] |= {"host": GATEWAY, "port": port}
    return yaml.safe_dump(settings)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    require_mosquitto()
    (port,) = free_ports(1)
    made = Mosquitto(port, tmp_path / "broker").start()
    yield made
    made.stop()


@pytest.mark.parametrize("kernel_parameters", ["", "overlayroot=tmpfs:recurse=0"], ids=["writable", "read-only"])
def test_it_boots_and_its_events_reach_a_broker(
    image: DiskImage, broker: Mosquitto, tmp_path: Path, kernel_parameters: str
) -> None:
    require_tools(emulator=True)
    card = image.copy(tmp_path / "card.img", GROWN_BY)
    card.write("/etc-edge-agent/config.yaml", configuration(broker.port), 3)
    card.write("/etc/probe.sh", PROBE)
    card.write("/etc/systemd/system/probe.service", PROBE_UNIT)
    card.debugfs(2, "symlink /etc/systemd/system/multi-user.target.wants/probe.service ../probe.service")
    listener = Subscriber(broker.port)
    machine = VirtualMachine(card, tmp_path, kernel_parameters)
    try:
        machine.until(lambda console: "probe end" in console, BOOT_S)
        listener.until(lambda _: any(e["type"] == "edge-agent.zone_entry.v1" for e in listener.events()), FIRST_EVENT_S)
        told = dict(re.findall(r"^probe (\w+) (.*?)\r?$", machine.console(), re.MULTILINE))
    finally:
        listener.close()
        machine.power_off()
        (tmp_path / "card.img").unlink()
    assert told["state"] == "running failed []", machine.console()[-3000:]
    assert told["root"].startswith("overlay" if kernel_parameters else "ext4")
    assert int(told["persist"].split()[0]) > 1000
    assert "No such file" in told["journal"]
    assert told["ssh"] == "inactive zram 1"
    assert told["agent"].startswith("active watching hall"), told["agent"]
