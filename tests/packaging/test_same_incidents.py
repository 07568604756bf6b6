"""The package elsewhere, by flags: it installs without a network, and finds on the clip what Debian on amd64 finds."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from machine import PROJECT, debian_tree, inside, installed, require_containers

_LOG = logging.getLogger(__name__)
pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.timeout(1800)]

DEMO = "/opt/edge-agent/lib/shared/edge_agent/demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What must be the same: one phase of one incident."""

    rule: str
    phase: str
    camera: str
    zone: str
    observed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What `edge-agent replay` found.

    Attributes:
        incidents: In their order.
        frame_s: From one frame of the clip to the next.
        frames: On which the network ran.
    """

    incidents: list[Incident]
    frame_s: float
    frames: int


def replayed(tree: Path, package: Path, directory: Path) -> Replay:
    """The demo's clip with the demo's zones."""
    with installed(tree, package, directory) as root:
        began_s = time.monotonic()
        said = inside(root, "edge-agent", "replay", f"{DEMO}/clip.mp4", "--config", f"{DEMO}/demo.yaml", "--json")
        machine = inside(root, "uname", "-m").strip()
    *events, summary = [json.loads(line) for line in said.splitlines()]
    found = [
        Incident(
            rule=event["data"]["rule"],
            phase=event["data"]["phase"],
            camera=event["data"]["camera"],
            zone=event["data"]["zone"],
            observed_s=float(event["data"]["observed_at"][17:-1]),
        )
        for event in events
    ]
    _LOG.info(
        "%s (%s): %d frames in %.0f s: %s", tree.name, machine, summary["frames"], time.monotonic() - began_s, found
    )
    return Replay(incidents=found, frame_s=1.0 / summary["fps_media"], frames=summary["frames"])


@pytest.fixture(scope="module")
def on_debian(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """What the package finds where it was made."""
    require_containers()
    return replayed(debian_tree("bookworm"), package, tmp_path_factory.mktemp("bookworm"))


@pytest.fixture(scope="module")
def arm64_package() -> Path:
    """EDGE_AGENT_ARM64_DEB, or one that is built now."""
    if given := os.environ.get("EDGE_AGENT_ARM64_DEB"):
        return Path(given).resolve()
    environ = {**os.environ, "EDGE_AGENT_DEB_OPTIONS": "-Zzstd -z1"}
    command = ["sh", "packaging/build-deb.sh", "arm64"]
    ran = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return PROJECT / ran.stdout.split()[-1]


def assert_same(here: Replay, there: Replay) -> None:
    """The same incidents in the same order, within one frame; on frames that are all there."""
    assert (there.frames, there.frame_s) == (here.frames, here.frame_s)
    assert {each.rule for each in here.incidents} == {"zone_entry", "bend_hold", "fall"}
    without_time = [[(i.rule, i.phase, i.camera, i.zone) for i in each.incidents] for each in (here, there)]
    assert without_time[0] == without_time[1]
    for ours, theirs in zip(here.incidents, there.incidents, strict=True):
        # Payloads have milliseconds.
        assert abs(ours.observed_s - theirs.observed_s) <= here.frame_s + 0.001, (ours, theirs)


def test_arm64_finds_the_same(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if not request.config.getoption("--arm64"):
        pytest.skip("by a flag: --arm64 (takes minutes under qemu)")
    if not Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        pytest.skip("NO ARM64 PROOF: install qemu-user-static and binfmt-support")
    here: Replay = request.getfixturevalue("on_debian")
    tree = debian_tree("bookworm", "arm64")
    assert_same(here, replayed(tree, request.getfixturevalue("arm64_package"), tmp_path))


@pytest.mark.parametrize("suite_of_ubuntu", ["jammy", "noble"])
def test_ubuntu_finds_the_same(request: pytest.FixtureRequest, suite_of_ubuntu: str, tmp_path: Path) -> None:
    if not request.config.getoption("--ubuntu"):
        pytest.skip("by a flag: --ubuntu (needs Ubuntu's archive)")
    here: Replay = request.getfixturevalue("on_debian")
    assert_same(here, replayed(debian_tree(suite_of_ubuntu), request.getfixturevalue("package"), tmp_path))
