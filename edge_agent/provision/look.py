"""Goes through the places in which a provisioning file may lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from edge_agent.provision.books import read_books
from edge_agent.provision.medium import Medium, boot_media, mounted_medium, usb_devices
from edge_agent.provision.place import GROWING, READY
from edge_agent.provision.wipe import struck


def look_in(directory: Path) -> Iterator[Sequence[Medium]]:
    """One directory, that somebody named."""
    yield [Medium(directory, "directory", str(directory))]


def look_everywhere(root: Path, scratch: Path) -> Iterator[Sequence[Medium]]:
    """The boot partition with the USB sticks that are plugged in, and then those that came meanwhile.

    A stick that is plugged in starts the service; where the service runs already, that start is lost.

    Args:
        root: Of the file system.
        scratch: An existing directory of ours, in which sticks are mounted while they are looked at.
    """
    media = boot_media(root)
    looked_at: set[Path] = set()
    while True:
        # Where sticks are not wanted they are not even mounted: a file system can be made to deceive the kernel.
        plugged_in = usb_devices(root) if read_books(root).accept_usb else []
        devices = [device for device in plugged_in if device not in looked_at]
        if not devices and not media:
            return
        with ExitStack() as stack:
            mounted = [stack.enter_context(mounted_medium(device, scratch)) for device in devices]
            yield [*media, *(medium for medium in mounted if medium is not None)]
        looked_at.update(devices)
        media = []


def anything_to_do(root: Path, media: Sequence[Medium]) -> bool:
    """Whether there is a file, or something that a power cut struck; what is heavy is not loaded for nothing."""
    begun = any((root / place).exists() for place in (GROWING, READY))
    if begun or read_books(root).host_name:
        return True
    return any(any(struck(medium.directory)) or medium.files() for medium in media)
