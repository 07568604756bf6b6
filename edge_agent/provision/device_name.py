"""A name for a device that nobody has named: from what its board says of itself."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_agent.errors import ProvisioningError

Origin = Literal["file", "serial", "machine_id"]

_PREFIX = "edge-"
_MAX_SLUG_CHARS = 40  # our own: leaves the site 17 of the 63 that a certificate's common name has for both
_HASH_CHARS = 8
_ID_CHARS = 12
# Raspberry Pi and Jetson have the first (Devicetree Specification 0.4, section 3.2), PCs the second, for root alone.
_SERIAL_FILES = ("proc/device-tree/serial-number", "sys/class/dmi/id/product_serial")
_MACHINE_ID = "etc/machine-id"
# What makers of boards leave in the field, by its letters and digits. Our own list, from machines as they are sold.
_NO_SERIAL = frozenset(
    (
        "tobefilledbyoem",
        "defaultstring",
        "systemserialnumber",
        "systemserial",
        "serialnumber",
        "notspecified",
        "notapplicable",
        "notavailable",
        "none",
        "null",
        "invalid",
        "unknown",
        "empty",
        "oem",
        "0123456789",
        "123456789",
        "1234567890",
    )
)
_FEWEST_CHARS = 4
# machine-id(5): it is confidential, and is to be hashed with a key of the application before it is shown.
_KEY = b"edge-agent device name"


@dataclass(frozen=True, slots=True)
class DeviceName:
    """What the device is called, and why.

    Attributes:
        name: Fits into a topic, a host name and a client id.
        origin: What it was made of.
    """

    name: str
    origin: Origin


def own_name(root: Path) -> DeviceName:
    """The name of this computer, the same at each boot.

    Args:
        root: Of the file system.

    Raises:
        ProvisioningError: It has neither a serial number nor a machine id.
    """
    for file in _SERIAL_FILES:
        serial = _read(root / file)
        if is_serial(serial):
            return DeviceName(serial_to_name(serial), "serial")
    machine_id = _read(root / _MACHINE_ID)
    if re.fullmatch("[0-9a-f]{32}", machine_id):
        digest = hmac.new(bytes.fromhex(machine_id), _KEY, hashlib.sha256).hexdigest()
        return DeviceName(_PREFIX + digest[:_ID_CHARS], "machine_id")
    raise ProvisioningError(
        "`device: auto`: this computer has no serial number and no machine id: write a name for the device"
    )


def is_serial(text: str) -> bool:
    """Whether this is the number of one board, and not what is written where there is none."""
    core = re.sub("[^a-z0-9]", "", text.lower())
    return len(core) >= _FEWEST_CHARS and len(set(core)) > 1 and core not in _NO_SERIAL


def serial_to_name(serial: str) -> str:
    """A serial number as the name of a device; different numbers have different names.

    Lower-case letters and digits stay as they are. What is lost (other characters, or too many of them) is made up for
    by a hash; case is not, since no maker tells boards apart by it.
    """
    folded = serial.lower()
    slug = re.sub("[^a-z0-9]+", "-", folded).strip("-")
    if slug != folded or len(slug) > _MAX_SLUG_CHARS:
        digest = hashlib.sha256(folded.encode("utf-8", "surrogateescape")).hexdigest()[:_HASH_CHARS]
        slug = f"{slug[: _MAX_SLUG_CHARS - _HASH_CHARS - 1].strip('-')}-{digest}".lstrip("-")
    return _PREFIX + slug


def _read(file: Path) -> str:
    try:
        # In a device tree text ends with a NUL.
        return file.read_text("ascii", "replace").strip("\0 \t\r\n")
    except OSError:
        return ""
