"""A device in a directory: its root, its boot partition, and what is said on its console."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from edge_agent.cli.main import main
from edge_agent.clock import MediaClock
from edge_agent.provision.files_to_place import AgentUser
from edge_agent.provision.medium import Kind, Medium
from edge_agent.provision.provisioner import Device, Outcome, Provisioner
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings

AGENT = AgentUser(os.getuid(), os.getgid())
SERIAL = "10000000abcdef01"
FILE = """\
# Hall 1, beside the press.
site: plant-1
provision:
  mqtt_password: open sesame    # from the operator
  host_name: press-1
  # mqtt_password: an older one

cameras:
  - name: cam-press             # on the left column
    source: {type: v4l2, device: /dev/video0}
mqtt:
  host: broker.example
  username: press-1
"""
SECRET = b"open sesame"


class SetClock(MediaClock):
    """Shows one instant, and has no time server."""

    def synchronised(self) -> bool:
        return False


@dataclass
class Box:
    """One device."""

    directory: Path
    boot_id: str = "first"
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for each in ("boot/firmware", "etc", "proc/device-tree", "scratch"):
            (self.root / each).mkdir(parents=True, exist_ok=True)
        (self.root / "proc/device-tree/serial-number").write_bytes(SERIAL.encode() + b"\0")
        self.stick.mkdir(exist_ok=True)

    @property
    def root(self) -> Path:
        return self.directory / "root"

    @property
    def boot(self) -> Path:
        return self.root / "boot/firmware"

    @property
    def stick(self) -> Path:
        return self.directory / "stick"

    @property
    def home(self) -> Path:
        return self.root / "etc/edge-agent"

    def put(self, text: str = FILE, name: str = "edge-agent.yaml") -> Path:
        """A file on the boot partition."""
        file = self.boot / name
        file.write_text(text)
        return file

    def start(self, *, again: bool = False) -> Outcome:
        """What happens at a boot."""
        media = [Medium(self.boot, "boot", "the boot partition"), self.medium("usb")]
        device = Device(self.root, AGENT, self.root / "scratch", self.boot_id, SetClock(1_780_000_000.0))
        return Provisioner(device, self.said.append).run(media, again=again)

    def medium(self, kind: Kind) -> Medium:
        return Medium(self.stick, kind, "the USB stick (sda1)")

    def settings(self) -> Settings:
        """As the agent reads them."""
        return load_settings(self.home / "config.yaml")

    def text(self, place: str) -> str:
        return (self.root / place).read_text()

    def on_the_device(self) -> dict[str, bytes]:
        """Every file below /etc but the books."""
        files = [file for file in (self.root / "etc").rglob("*") if file.is_file() and "provisioning" not in file.parts]
        return {str(file.relative_to(self.root)): file.read_bytes() for file in files}

    def console(self) -> str:
        return "\n".join(self.said)


def mode(file: Path) -> Any:
    return oct(file.stat().st_mode & 0o777)


@cache
def signed_root() -> bytes:
    """The first metadata of a repository of models, signed."""
    from tuf_files import TufFiles

    with tempfile.TemporaryDirectory() as directory:
        return TufFiles(Path(directory) / "tuf").root


def certificates(directory: Path, device: str) -> tuple[Path, Path, Path]:
    """An authority of its own, and what it made for a device: authority, certificate, key."""
    assert main(["certs", "init", str(directory)]) == 0
    assert main(["certs", "device", "--dir", str(directory), "plant-1", device]) == 0
    (cert,) = directory.rglob(f"*{device}*.pem")
    (key,) = directory.rglob(f"*{device}*.key")
    return directory / "ca.pem", cert, key
