"""What the proofs in a booted Debian share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from machine import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "updater"))  # for a signed root.json


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--debian", default="bookworm", help="the suite that is booted, as in bookworm or trixie")
    parser.addoption("--arm64", action="store_true", help="install the arm64 package and replay the clip, under qemu")
    parser.addoption("--ubuntu", action="store_true", help="install on Ubuntu 22.04 and 24.04 and replay the clip")
    parser.addoption("--image", help="look into this image of packaging/image, and boot it")


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest) -> str:
    """The Debian that is booted."""
    return str(request.config.getoption("--debian"))


@pytest.fixture(scope="session")
def package() -> Path:
    """The package: EDGE_AGENT_DEB, or one that is built now, hardly compressed."""
    if given := os.environ.get("EDGE_AGENT_DEB"):
        return Path(given).resolve()
    environ = {**os.environ, "EDGE_AGENT_DEB_OPTIONS": "-Zzstd -z1"}
    ran = subprocess.run(
        ["sh", "packaging/build-deb.sh"], cwd=PROJECT, env=environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return PROJECT / ran.stdout.split()[-1]


@pytest.fixture(scope="session")
def later_package(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same again with a later version."""
    directory = tmp_path_factory.mktemp("later")
    tree = directory / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    version = next(line for line in control.read_text().splitlines() if line.startswith("Version: "))
    control.write_text(control.read_text().replace(version, f"{version}+later"))
    later = directory / "later.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", tree, later], check=True)
    subprocess.run(["rm", "-r", tree], check=True)
    return later


_failed: dict[str, str] = {}


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """A device's life has an order: what comes after a failure proves nothing."""
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        _failed.setdefault(item.location[0], item.name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what comes after."""
    if item.get_closest_marker("boot") and (before := _failed.get(item.location[0])):
        pytest.skip(f"{before} failed")
