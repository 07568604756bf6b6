"""Where a provisioning file may lie: the boot partition, and USB sticks that are plugged in."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_agent.errors import ProvisioningError
from edge_agent.provision.plain_file import is_plain

logger = logging.getLogger(__name__)

Kind = Literal["boot", "usb", "directory"]
FILE_NAMES = ("edge-agent.yaml", "edge-agent.yml", "edge-agent.yaml.txt")
"""The last one is what Windows makes of the first where it hides endings."""

# Raspberry Pi OS from Debian 12 on, before that (and Jetson), and PCs.
BOOT = ("boot/firmware", "boot", "boot/efi")
# Where people and desktops mount what they plug in (FHS 3.0, sections 3.11 and 3.12; udisks2 mounts below /run/media).
_PLUGGED_IN = (Path("/media"), Path("/run/media"), Path("/mnt"))
_FILE_SYSTEMS = "vfat,exfat,ext4"
_GUARDED = "nosuid,nodev,noexec,nosymfollow"
_MOUNT_S = 20.0


@dataclass(frozen=True, slots=True)
class Medium:
    """A directory in which a provisioning file may lie.

    Attributes:
        directory: As it is mounted.
        kind: Which one.
        name: For people.
    """

    directory: Path
    kind: Kind
    name: str

    def files(self) -> list[Path]:
        """Its provisioning files: there should be one at most."""
        return [place for name in FILE_NAMES if is_plain(place := self.directory / name)]


def boot_media(root: Path) -> list[Medium]:
    """The boot partition, wherever it is mounted."""
    places = [root / place for place in BOOT]
    return [Medium(place, "boot", f"the boot partition ({place})") for place in places if place.is_dir()]


def usb_devices(root: Path) -> list[Path]:
    """The partitions of what can be unplugged, as device files, and devices without partitions."""
    found: list[Path] = []
    for disk in sorted((root / "sys/block").glob("*")):
        on_usb = "/usb" in str(disk.resolve()) or _read(disk / "removable") == "1"
        if not on_usb or _read(disk / "size") in ("", "0"):
            continue
        partitions = sorted(part.parent.name for part in disk.glob("*/partition"))
        found.extend(root / "dev" / name for name in partitions or [disk.name])
    return found


@contextmanager
def mounted_medium(device: Path, below: Path) -> Iterator[Medium | None]:
    """Inside, a USB device's files are there to be read; None where it has no file system of a stick.

    Args:
        device: A block device.
        below: An existing directory of ours; the device is mounted in it, where it is not mounted already.
    """
    name = f"the USB stick ({device.name})"
    if places := _mounted_at(device):
        # A computer may have been started from what can be unplugged, or keep there what others than root may write.
        is_stick = all(any(each.is_relative_to(known) for known in (*_PLUGGED_IN, below)) for each in places)
        yield Medium(places[0], "usb", name) if is_stick else None
        return
    place = below / device.name
    place.mkdir(exist_ok=True)
    if not _mount("-t", _FILE_SYSTEMS, "-o", f"ro,{_GUARDED}", str(device), str(place)):
        yield None
        return
    try:
        yield Medium(place, "usb", name)
    finally:
        _run("umount", str(place))


@contextmanager
def written(directory: Path) -> Iterator[None]:
    """Inside, a medium can be written to; what was mounted read-only is so again afterwards.

    Raises:
        ProvisioningError: It cannot be: a switch, a fault, or a file system that is read-only by nature.
    """
    if not os.statvfs(directory).f_flag & os.ST_RDONLY:
        yield
        return
    place = _mount_point(directory)
    if not _mount("-o", "remount,rw", str(place)):
        raise ProvisioningError("it is read-only")
    try:
        yield
    finally:
        _mount("-o", "remount,ro", str(place))


def _mount_point(directory: Path) -> Path:
    return next(each for each in (directory, *directory.parents) if each.is_mount())


def _mounted_at(device: Path) -> list[Path]:
    """Every place where a device, or a part of it, is mounted already (proc(5), mountinfo)."""
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        number = device.stat().st_rdev
    except OSError:
        return []
    wanted = f"{os.major(number)}:{os.minor(number)}"
    mounts = [fields for fields in map(str.split, lines) if fields[2] == wanted]
    return [Path(fields[4].encode().decode("unicode_escape")) for fields in mounts]


def _mount(*arguments: str) -> bool:
    return _run("mount", *arguments)


def _run(*command: str) -> bool:
    try:
        ran = subprocess.run(command, capture_output=True, timeout=_MOUNT_S, check=False)  # noqa: S603  # our own words
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.info("%s: %s", command[0], error)
        return False
    if ran.returncode:
        logger.info("%s", ran.stderr.decode(errors="replace").strip())
    return ran.returncode == 0


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
