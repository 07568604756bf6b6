"""An image of packaging/image, looked into and changed without mounting it, and booted in a virtual machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

_TOOLS = {"sfdisk": "fdisk", "mdir": "mtools", "fsck.vfat": "dosfstools", "debugfs": "e2fsprogs"}
_EMULATOR = "qemu-system-aarch64"
GATEWAY = "10.0.2.2"
"""This machine's 127.0.0.1, as qemu's user network shows it to the guest (qemu's invocation manual, -netdev user)."""


def require_tools(*, emulator: bool = False) -> None:
    """Skip where an image cannot be looked into, and say what is missing."""
    tools = _TOOLS | ({_EMULATOR: "qemu-system-arm"} if emulator else {})
    for tool, package in tools.items():
        if shutil.which(tool) is None:
            pytest.skip(f"NO PROOF OF THE IMAGE: {tool} is missing; install {package}")


def said(*command: str | Path, check: bool = True) -> str:
    """What a command says on both of its outputs."""
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert not check or ran.returncode == 0, f"{command} ended with {ran.returncode}:\n{ran.stdout[-2000:]}"
    return ran.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """As the table has it, in bytes."""

    start: int
    size: int
    type: str


class DiskImage:
    """The three partitions of one file."""

    def __init__(self, file: Path) -> None:
        """Read the table of `file`."""
        self.file = file
        self.table = json.loads(said("sfdisk", "--json", file))["partitiontable"]
        self.partitions = [
            Partition(start=each["start"] * 512, size=each["size"] * 512, type=each["type"])
            for each in self.table["partitions"]
        ]

    def fat(self, tool: str, *arguments: str | Path) -> str:
        """One of the mtools on the boot partition."""
        return said(tool, "-i", f"{self.file}@@{self.partitions[0].start}", *arguments)

    def ext4(self, number: int) -> str:
        """The second or third partition, as the tools of ext4 want to be told (libext2fs: FILE?offset=BYTES)."""
        return f"{self.file}?offset={self.partitions[number - 1].start}"

    def debugfs(self, number: int, request: str) -> str:
        """What debugfs answers; it may change the file."""
        return said("debugfs", "-w", "-R", request, self.ext4(number))

    def read(self, path: str, number: int = 2) -> str:
        """The text of a file; empty where there is none."""
        with tempfile.TemporaryDirectory() as directory:
            copy = Path(directory) / "copy"
            self.debugfs(number, f"dump {path} {copy}")
            return copy.read_text() if copy.exists() else ""

    def names(self, path: str, number: int = 2) -> set[str]:
        """Of what is in a directory."""
        lines = self.debugfs(number, f"ls -p {path}").splitlines()
        return {fields[5] for line in lines if len(fields := line.split("/")) > 6} - {".", "..", ""}

    def write(self, path: str, text: str, number: int = 2) -> None:
        """Put a file there, root's, that everybody may read."""
        with tempfile.NamedTemporaryFile("w", suffix=".new") as new:
            new.write(text)
            new.flush()
            Path(new.name).chmod(0o644)
            self.debugfs(number, f"rm {path}")
            assert "Allocated inode" in self.debugfs(number, f"write {new.name} {path}")

    def copy(self, file: Path, grown_by: int) -> DiskImage:
        """Another one to play with, on a larger card."""
        said("cp", "--sparse=always", self.file, file)
        with file.open("r+b") as grown:
            grown.truncate(self.file.stat().st_size + grown_by)
        return DiskImage(file)


class VirtualMachine:
    """A 64-bit ARM board that is no Raspberry Pi: its processor's instructions, the image's kernel, other devices."""

    def __init__(self, image: DiskImage, directory: Path, kernel_parameters: str) -> None:
        """Boot it, with the kernel, the initrd and the command line that are on the boot partition.

        Args:
            image: Is written to.
            directory: For what qemu reads.
            kernel_parameters: After those of the image.
        """
        for name in ("vmlinuz", "initrd.img"):
            (found,) = [each for each in image.fat("mdir", "-b", "::").split() if each.startswith(f"::/{name}-")]
            image.fat("mcopy", found, directory / name)
        own = image.fat("mtype", "::/cmdline.txt").strip()
        self._console = directory / "console.log"
        command = [_EMULATOR, "-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "2048", "-nographic"]
        command += ["-kernel", directory / "vmlinuz", "-initrd", directory / "initrd.img"]
        command += ["-append", f"{own} console=ttyAMA0 {kernel_parameters}"]
        command += ["-drive", f"file={image.file},format=raw,if=virtio,cache=unsafe", "-device", "virtio-rng-pci"]
        command += ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net", "-monitor", "none"]
        command += ["-serial", f"file:{self._console}"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def until(self, done: Callable[[str], object], timeout_s: float) -> float:
        """Wait for something on its console; returns the seconds that it took."""
        began_s = time.monotonic()
        while not done(self.console()):
            waited_s = time.monotonic() - began_s
            assert self._process.poll() is None, f"the machine went off:\n{self.console()[-3000:]}"
            assert waited_s < timeout_s, f"not so within {timeout_s} s:\n{self.console()[-3000:]}"
            time.sleep(0.5)
        return time.monotonic() - began_s

    def console(self) -> str:
        """All that it said."""
        return self._console.read_text(errors="replace") if self._console.exists() else ""

    def power_off(self) -> None:
        """Pull the plug."""
        self._process.kill()
        self._process.wait()
