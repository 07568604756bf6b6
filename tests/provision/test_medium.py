"""Boot partitions and sticks: which are found, and that nothing is written to one before it must be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from edge_agent.errors import ProvisioningError
from edge_agent.provision import medium as medium_module
from edge_agent.provision.books import Books
from edge_agent.provision.look import anything_to_do, look_everywhere, look_in
from edge_agent.provision.medium import Medium, boot_media, mounted_medium, usb_devices, written


def disk(root: Path, name: str, *partitions: str, removable: str = "0", bus: str = "pci/nvme") -> None:
    device = root / "sys/devices" / bus / name
    for each in partitions:
        (device / each).mkdir(parents=True)
        (device / each / "partition").write_text(each[-1])
    device.mkdir(parents=True, exist_ok=True)
    (device / "removable").write_text(f"{removable}\n")
    (device / "size").write_text("2048\n")
    (root / "sys/block").mkdir(parents=True, exist_ok=True)
    (root / "sys/block" / name).symlink_to(device)


def names(root: Path) -> list[str]:
    return [device.name for device in usb_devices(root)]


def test_what_can_be_unplugged_is_looked_at_and_no_other_disk(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "sda1", "sda2", removable="1")
    disk(tmp_path, "sdb", "sdb1", bus="usb2/2-1/host")
    disk(tmp_path, "sdc", removable="1")
    disk(tmp_path, "mmcblk0", "mmcblk0p1", bus="mmc0")
    disk(tmp_path, "loop0", bus="virtual")
    assert names(tmp_path) == ["sda1", "sda2", "sdb1", "sdc"]


def test_a_reader_without_a_card_is_none(tmp_path: Path) -> None:
    disk(tmp_path, "sda", removable="1")
    (tmp_path / "sys/block/sda/size").write_text("0\n")
    assert names(tmp_path) == []


def test_a_computer_without_any_has_none(tmp_path: Path) -> None:
    assert usb_devices(tmp_path) == []
    assert boot_media(tmp_path) == []


def test_the_boot_partition_is_looked_for_where_it_is_mounted(tmp_path: Path) -> None:
    (tmp_path / "boot/firmware").mkdir(parents=True)
    assert [medium.directory.name for medium in boot_media(tmp_path)] == ["firmware", "boot"]


def test_a_link_is_no_provisioning_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("site: x\n")
    (tmp_path / "edge-agent.yaml").symlink_to("elsewhere")
    assert Medium(tmp_path, "usb", "stick").files() == []


def test_where_nothing_is_there_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from edge_agent.provision.look import anything_to_do, look_in\n"
        "import edge_agent.cli.provision_command\n"
        "root = Path(sys.argv[1])\n"
        "assert not any(anything_to_do(root, media) for media in look_in(root))\n"
        "print([name for name in ('pydantic', 'yaml', 'numpy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
    (tmp_path / "edge-agent.yml").write_text("site: x\n")
    assert all(anything_to_do(tmp_path, media) for media in look_in(tmp_path))


@contextmanager
def stick(directory: Path, *, read_only: bool = False) -> Iterator[Path]:
    """A block device with a file system on it, and a provisioning file."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("making a block device needs root and mkfs.ext4")
    image, tree = directory / "image", directory / "tree"
    tree.mkdir(parents=True)
    (tree / "edge-agent.yaml").write_text("site: plant-1\n")
    (tree / "link").symlink_to("/etc/hostname")
    subprocess.run(["mkfs.ext4", "-q", "-d", tree, image, "4M"], check=True)
    options = ["--read-only"] if read_only else []
    ran = subprocess.run(["losetup", "--find", "--show", *options, image], capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"no loop device: {ran.stderr.strip()}")
    device = Path(ran.stdout.strip())
    try:
        yield device
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def test_a_stick_is_read_only_until_it_is_written_and_again_afterwards(tmp_path: Path) -> None:
    with stick(tmp_path / "stick") as device:
        with mounted_medium(device, tmp_path) as medium:
            assert medium is not None
            assert medium.files() == [tmp_path / device.name / "edge-agent.yaml"]
            with pytest.raises(OSError, match="Read-only"):
                (medium.directory / "note").write_text("x")
            with written(medium.directory):
                (medium.directory / "note").write_text("x")
            with pytest.raises(OSError, match="Read-only"):
                (medium.directory / "note").write_text("y")
            with mounted_medium(device, tmp_path) as same:
                assert same is not None
                assert same.directory == medium.directory
            with mounted_medium(device, tmp_path / "elsewhere") as elsewhere:
                assert elsewhere is None
        assert not (tmp_path / device.name / "note").exists()
        with mounted_medium(device, tmp_path) as medium:
            assert medium is not None
            assert (medium.directory / "note").read_text() == "x"


def test_the_kernel_follows_no_link_of_a_stick(tmp_path: Path) -> None:
    with stick(tmp_path / "stick") as device, mounted_medium(device, tmp_path) as medium:
        assert medium is not None
        with pytest.raises(OSError, match="Too many levels"):
            (medium.directory / "link").open()
        with written(medium.directory), pytest.raises(OSError, match="Too many levels"):
            (medium.directory / "link").open("a")


def test_a_stick_with_a_switch_says_that_it_cannot_be_written(tmp_path: Path) -> None:
    with stick(tmp_path / "stick", read_only=True) as device, mounted_medium(device, tmp_path) as medium:
        assert medium is not None
        with pytest.raises(ProvisioningError, match="read-only"), written(medium.directory):
            pass


def test_a_device_without_a_file_system_is_left_alone(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "noise").write_bytes(b"x" * 4096)
    with mounted_medium(tmp_path / "noise", below) as medium:
        assert medium is None


@pytest.mark.parametrize(
    "places", [["/"], ["/boot/firmware"], ["/var/lib/edge-agent"], ["/persist"], ["/media/disk", "/var/lib/edge-agent"]]
)
def test_a_disk_on_usb_that_is_part_of_the_system_or_keeps_the_agent_s_state_is_no_stick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: list[str]
) -> None:
    monkeypatch.setattr(medium_module, "_mounted_at", lambda device: [Path(place) for place in places])
    with mounted_medium(tmp_path / "sda2", tmp_path) as medium:
        assert medium is None


@pytest.mark.parametrize("place", ["/media/installer/STICK", "/run/media/installer/STICK", "/mnt"])
def test_what_somebody_mounted_where_sticks_are_mounted_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(medium_module, "_mounted_at", lambda device: [Path(place)])
    with mounted_medium(tmp_path / "sda1", tmp_path) as medium:
        assert medium is not None
        assert str(medium.directory) == place


def test_a_device_that_is_closed_to_sticks_does_not_even_mount_one(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "sda1", removable="1")
    books = Books(accept_usb=False).file()
    (tmp_path / books.place).parent.mkdir(parents=True)
    (tmp_path / books.place).write_bytes(books.content)
    assert list(look_everywhere(tmp_path, tmp_path)) == []


def test_a_stick_that_is_plugged_in_meanwhile_is_not_forgotten(tmp_path: Path) -> None:
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    (root / "boot").mkdir(parents=True)
    (root / "dev").mkdir()
    scratch.mkdir()
    with ExitStack() as stack:
        passes = look_everywhere(root, scratch)
        assert [medium.kind for medium in next(passes)] == ["boot"]
        device = stack.enter_context(stick(tmp_path / "stick"))
        disk(root, "sda", removable="1")
        (root / "dev/sda").symlink_to(device)
        (medium,) = next(passes)
        assert (medium.kind, medium.name) == ("usb", "the USB stick (sda)")
        assert medium.files()
        assert next(passes, None) is None
        assert not any(scratch.joinpath("sda").iterdir())
