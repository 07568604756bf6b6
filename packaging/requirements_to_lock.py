"""Fix the versions of everything that the Debian package contains.

    .venv/bin/python packaging/requirements_to_lock.py

Writes packaging/debian/lock/python3.X.txt for every Python of the package, with the hashes of the wheels for both
architectures. Run it after a change of the dependencies in pyproject.toml, or to take up newer versions. It takes three
minutes and Python 3.11.

The oldest Python is resolved first, and its versions hold for the others where they can: with the same numpy and the
same interpreter everywhere, a golden input that passes on one distribution passes on all, and files are shared in the
package.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomllib

PROJECT = Path(__file__).resolve().parents[1]
LOCKS = PROJECT / "packaging" / "debian" / "lock"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
"""Of Ubuntu 22.04 (and JetPack 6), Debian 12, Ubuntu 24.04, Debian 13; Raspberry Pi OS has Debian's."""
MACHINES = ("x86_64", "aarch64")
EXTRAS = ("metrics", "sparkplug")
"""What a configuration can switch on. `systemd` is the distribution's python3-systemd; the others are for a desk."""
_GLIBCS = (34, 28, 27, 26, 24, 17)
"""Of manylinux_2_N (PEP 600): the oldest distribution, Ubuntu 22.04, has glibc 2.35."""


@dataclass(frozen=True)
class Wheel:
    """What pip would install.

    Attributes:
        version: Of the distribution.
        file: Name of the wheel; its tags say for which Pythons it is.
        sha256: Of the file.
    """

    version: str
    file: str
    sha256: str

    @property
    def for_later_pythons(self) -> bool:
        """Whether the wheel serves every later Python, too (PEP 425: the stable ABI, or none)."""
        return "-abi3-" in self.file or "-none-any" in self.file


def target(python: str, machine: str) -> list[str]:
    """Options of pip for a Python that is not the running one."""
    abi = f"cp{python.replace('.', '')}"
    options = ["--only-binary=:all:", "--python-version", python, "--implementation", "cp"]
    options += [option for each in (abi, "abi3", "none") for option in ("--abi", each)]
    return options + [option for glibc in _GLIBCS for option in ("--platform", f"manylinux_2_{glibc}_{machine}")]


def requirements() -> list[str]:
    """What pyproject.toml asks for on a device with a 64-bit processor."""
    project: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(each for extra in EXTRAS for each in project["optional-dependencies"][extra])]
    return [each.split(";")[0].strip() for each in asked if "armv7l" not in each or "!=" in each]


def resolve(wanted: list[str], python: str, machine: str) -> dict[str, Wheel]:
    """Wheels by name, as pip would install them there."""
    with tempfile.TemporaryDirectory() as empty:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--dry-run",
            "--ignore-installed",
            "--report",
            "-",
        ]
        command += ["--target", empty, *target(python, machine), *wanted]
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)  # noqa: S603  # pip
    found = {}
    for each in json.loads(ran.stdout)["install"]:
        name = re.sub(r"[-_.]+", "-", each["metadata"]["name"]).lower()
        download = each["download_info"]
        file = download["url"].rsplit("/", 1)[1]
        found[name] = Wheel(each["metadata"]["version"], file, download["archive_info"]["hashes"]["sha256"])
    return found


def resolve_like(oldest: dict[str, Wheel], wanted: list[str], python: str, machine: str) -> dict[str, Wheel]:
    """The wheels of the oldest Python, but for those that this one cannot have."""
    pins = {name: f"{name}=={wheel.version}" for name, wheel in oldest.items()}
    for name, pin in list(pins.items()):
        try:
            resolve(["--no-deps", pin], python, machine)
        except subprocess.CalledProcessError:
            del pins[name]
    found = resolve([*wanted, *pins.values()], python, machine)
    for name, wheel in oldest.items():
        if wheel.for_later_pythons and name in found and found[name].version == wheel.version:
            found[name] = wheel
    return found


def write_lock(python: str, by_machine: list[dict[str, Wheel]]) -> None:
    """One file for a Python; a version must be the same on both architectures."""
    lines = []
    for name in sorted({name for found in by_machine for name in found}):
        wheels = [found[name] for found in by_machine if name in found]
        if len({wheel.version for wheel in wheels}) > 1:
            sys.exit(f"{name} has another version on each architecture: {wheels}")
        hashes = sorted({f"--hash=sha256:{wheel.sha256}" for wheel in wheels})
        lines.append(" \\\n    ".join([f"{name}=={wheels[0].version}", *hashes]))
    (LOCKS / f"python{python}.txt").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Write the locks."""
    wanted = requirements()
    LOCKS.mkdir(exist_ok=True)
    oldest = {machine: resolve(wanted, PYTHONS[0], machine) for machine in MACHINES}
    write_lock(PYTHONS[0], list(oldest.values()))
    for python in PYTHONS[1:]:
        write_lock(python, [resolve_like(oldest[machine], wanted, python, machine) for machine in MACHINES])


if __name__ == "__main__":
    main()
