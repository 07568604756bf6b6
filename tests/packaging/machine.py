"""A Debian that boots: systemd-nspawn on a copy of a debootstrap tree, with the network of this machine."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
# What a device has before the package comes: the distribution's Python, and systemd with its D-Bus.
PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-systemd,libstdc++6"
MIRROR = os.environ.get("EDGE_AGENT_DEBIAN_MIRROR", "http://deb.debian.org/debian")
UBUNTU_MIRROR = os.environ.get("EDGE_AGENT_UBUNTU_MIRROR", "http://archive.ubuntu.com/ubuntu")
_PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
_ENVIRONMENT = {"PATH": _PATH.removeprefix("PATH="), "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
_LOG = logging.getLogger(__name__)
_BOOT_S = 60.0
_SHUTDOWN_S = 30.0
# systemd(1): SIGRTMIN+4 starts poweroff.target.
_POWER_OFF = signal.SIGRTMIN + 4


def require_containers() -> None:
    """Skip where no container can be booted, and say what is missing."""
    if os.geteuid() != 0:
        pytest.skip("NO BOOT PROOF: booting a container needs root")
    for tool, package in (("systemd-nspawn", "systemd-container"), ("debootstrap", "debootstrap")):
        if shutil.which(tool) is None:
            pytest.skip(f"NO BOOT PROOF: {tool} is missing; install {package}")
    probe = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("NO BOOT PROOF: this machine does not let us make namespaces")


def debian_tree(suite: str, architecture: str | None = None) -> Path:
    """The bare system of a suite, made once; kept in build/trees, or where EDGE_AGENT_BOOT_TREES says.

    Args:
        suite: Of Debian or Ubuntu.
        architecture: Where it is not this machine's; the tree then has its name.
    """
    trees = Path(os.environ.get("EDGE_AGENT_BOOT_TREES", PROJECT / "build" / "trees"))
    tree = trees / (architecture or suite)
    if not tree.exists():
        tree.parent.mkdir(parents=True, exist_ok=True)
        growing = tree.with_suffix(".growing")
        shutil.rmtree(growing, ignore_errors=True)
        of_another = [f"--arch={architecture}"] if architecture else []
        mirror = UBUNTU_MIRROR if suite in ("jammy", "noble") else MIRROR
        options = ["--variant=minbase", f"--include={PACKAGES}", *of_another]
        ran = subprocess.run(
            ["debootstrap", *options, suite, growing, mirror], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
        growing.rename(tree)
    return tree


def lay_over(tree: Path, root: Path, changes: Path) -> None:
    """A file system of its own over a tree, at `root`, or a copy where this kernel has none."""
    for directory in (root, changes / "files", changes / "work"):
        directory.mkdir(parents=True)
    options = f"lowerdir={tree},upperdir={changes / 'files'},workdir={changes / 'work'}"
    mounting = ["mount", "-t", "overlay", "overlay", "-o", options, root]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        subprocess.run(["cp", "--archive", f"{tree}/.", root], check=True)


def take_away(root: Path, changes: Path) -> None:
    """What `lay_over` made."""
    subprocess.run(["umount", root], capture_output=True, check=False)
    for directory in (root, changes):
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def installed(tree: Path, package: Path, directory: Path) -> Iterator[Path]:
    """A tree with the package, which came without a network."""
    root, changes = directory / "root", directory / "changes"
    lay_over(tree, root, changes)
    try:
        shutil.copyfile(package, root / "edge-agent.deb")
        began_s = time.monotonic()
        inside(root, "dpkg", "--install", "/edge-agent.deb")
        _LOG.info("%s: installed in %.0f s", tree.name, time.monotonic() - began_s)
        yield root
    finally:
        take_away(root, changes)


def inside(root: Path, *command: str) -> str:
    """Run a command in a tree, without a network; returns what it wrote to stdout."""
    mounts = f'mount -t proc proc {root}/proc && mount --bind /dev {root}/dev && exec chroot {root} "$@"'
    alone = ["unshare", "--net", "--mount", "--pid", "--fork", "sh", "-c", mounts, "sh"]
    ran = subprocess.run([*alone, *command], capture_output=True, text=True, env=_ENVIRONMENT, check=False)
    assert ran.returncode == 0, f"{command} ended with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    return ran.stdout


class Machine:
    """One booted container."""

    def __init__(self, root: Path) -> None:
        """Take a directory for its root; `boot` copies a tree there.

        Args:
            root: Does not exist yet; its name becomes the machine's.
        """
        self.root = root
        self._log = root.with_suffix(".console.log")
        self._upper = root.with_suffix(".changes")
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def boot(self, tree: Path, *options: str) -> Machine:
        """Boot the tree; what is written goes beside it.

        Args:
            tree: Of a system.
            options: Of systemd-nspawn, beside those that are always needed.
        """
        lay_over(tree, self.root, self._upper)
        # Each machine is one of its own, as after a first boot.
        (self.root / "etc" / "machine-id").write_text("")
        (self.root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
        (self.root / "etc" / "hostname").write_text("device\n")
        return self.start(*options)

    def start(self, *options: str) -> Machine:
        """Boot what is there already, as after `shut_down`."""
        command = ["systemd-nspawn", "--keep-unit", "--register=no", "--boot", "--directory", self.root, *options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.until(lambda: self._found_leader() and self._is_up(), _BOOT_S)
        return self

    def run(self, *command: str, check: bool = True, timeout_s: float = 120.0) -> str:
        """Run a command in it as root, and return what it printed."""
        inside = ["nsenter", f"--target={self._leader}", "--mount", "--uts", "--ipc", "--net", "--pid"]
        ran = subprocess.run(
            [*inside, "env", "-i", _PATH, "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            text=True,
            check=False,
        )
        assert not check or ran.returncode == 0, f"{command} ended with {ran.returncode}:\n{ran.stdout}"
        return ran.stdout

    def show(self, unit: str, key: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={key}", unit).strip()

    def journal(self, *options: str) -> str:
        """What was written to it until now: it takes in what processes say a little later than they say it."""
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--no-pager", *options)

    def write(self, path: str, text: str) -> None:
        """A file in it, that everybody may read."""
        file = self.root / path.lstrip("/")
        file.write_text(text)
        file.chmod(0o644)

    def until(self, done: Callable[[], object], timeout_s: float) -> float:
        """Wait for something to become true; returns the seconds that it took."""
        began_s = time.monotonic()
        while not done():
            waited_s = time.monotonic() - began_s
            assert self._process is None or self._process.poll() is None, f"the container ended:\n{self.console()}"
            assert waited_s < timeout_s, f"not so within {timeout_s} s\n{self.console()}"
            time.sleep(0.05)
        return time.monotonic() - began_s

    def console(self) -> str:
        """The end of what was written on its console."""
        return self._log.read_text(errors="replace")[-3000:]

    def power_off(self) -> None:
        """Shut it down for good."""
        if self._process is None:
            return
        self.shut_down()
        take_away(self.root, self._upper)

    def shut_down(self) -> None:
        """Shut it down, in good order where it can; what was written stays."""
        assert self._process is not None
        if self._leader and self._process.poll() is None:
            os.kill(self._leader, _POWER_OFF)
        try:
            self._process.wait(_SHUTDOWN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._leader = 0

    def _is_up(self) -> bool:
        return self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded")

    def _found_leader(self) -> bool:
        """Systemd of the container is the child of systemd-nspawn that runs in namespaces of its own."""
        assert self._process is not None
        pid = self._process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found = [int(child) for child in children if Path(f"/proc/{child}/comm").read_text().strip() == "systemd"]
        except OSError:
            return False
        self._leader = found[0] if found else 0
        return bool(found)
