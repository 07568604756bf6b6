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

logger = logging.getLogger(__name__)

Kind = Literal["boot", "usb", "directory"]
FILE_NAMES = ("edge-agent.yaml", "edge-agent.yml", "edge-agent.yaml.txt")
"""The last one is what Windows makes of the first where it hides endings."""

# Raspberry Pi OS from Debian 12 on, before that (and Jetson), and PCs.
_BOOT = ("boot/firmware", "boot", "boot/efi")
_SYSTEM = ("/", *(f"/{place}" for place in _BOOT))
_FILE_SYSTEMS = "vfat,exfat,ext4"
_GUARDED = "nosuid,nodev,noexec"
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

    def file(self) -> Path | None:
        """The provisioning file; None where there is none."""
        places = (self.directory / name for name in FILE_NAMES)
        return next((place for place in places if place.is_file() and not place.is_symlink()), None)


def boot_media(root: Path) -> list[Medium]:
    """The boot partition, wherever it is mounted."""
    places = [root / place for place in _BOOT]
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
    if (place := _mounted_at(device)) is not None:
        # A computer may have been started from what can be unplugged; that is no stick.
        yield None if str(place) in _SYSTEM else Medium(place, "usb", name)
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


def _mounted_at(device: Path) -> Path | None:
    """Where a device is mounted already; the first place (proc(5), mountinfo)."""
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        number = device.stat().st_rdev
    except OSError:
        return None
    wanted = f"{os.major(number)}:{os.minor(number)}"
    for line in lines:
        fields = line.split()
        if fields[2] == wanted and fields[3] == "/":
            return Path(fields[4].encode().decode("unicode_escape"))
    return None


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
