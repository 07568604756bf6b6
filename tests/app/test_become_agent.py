"""As root the doctor and the bundle become the agent's user: else they see rights that the agent does not have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy
import pytest

from edge_agent.app.doctor.become_agent import _open_to_all

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def config(free_port: int) -> Iterator[Path]:
    """A device whose state and password are another user's; below /tmp, where that user may go."""
    with TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "state").mkdir(mode=0o700)
        (home / "password").write_text("s3cret-word")
        (home / "password").chmod(0o600)
        (home / "edge-agent.yaml").write_text(
            f"site: plant-1\ndevice: dev-1\nstate_dir: state\n"
            f"cameras: [{{name: hall, source: {{type: clip, path: {home}/none.mp4}}}}]\n"
            f"mqtt: {{host: 127.0.0.1, port: {free_port}, username: dev-1, password_file: password}}\n"
        )
        for file in (home / "state", home / "password"):
            os.chown(file, NOBODY, NOBODY)
        yield home / "edge-agent.yaml"


@pytest.fixture
def whole(config: Path) -> Path:
    """Where the package is with the models in it, as it is installed."""
    package = config.parent / "site" / "edge_agent"
    package.mkdir(parents=True)
    for each in [*(PROJECT / "edge_agent").iterdir(), PROJECT / "models"]:
        (package / each.name).symlink_to(each)
    return package.parent


def run(*arguments: str, site: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    command = [str(interpreter()), "-m", "edge_agent", *arguments]
    places = {"PYTHONPATH": f"{site}:{numpy_home()}"}
    environment = {**os.environ, **places}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment, cwd=site)


def interpreter() -> Path:
    """Ours, or the system's where ours lies below a directory that is closed to others."""
    if _open_to_all(Path(sys.base_prefix)):
        return Path(sys.executable)
    system = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
    if not system.exists():
        pytest.skip("no interpreter that another user may run")
    return system


def numpy_home() -> Path:
    """Where the packages are."""
    return Path(numpy.__file__).resolve().parents[1]


def test_a_secret_of_the_agents_user_is_well_and_the_state_directory_can_be_written(config: Path) -> None:
    report = json.loads(run("doctor", "--quick", "--json", "--config", str(config)).stdout)
    verdicts = {(check["check"], check["verdict"]) for check in report["checks"]}
    assert ("secret mqtt.password", "pass") in verdicts
    assert {verdict for name, verdict in verdicts if name == "disk"} == {"pass"}
    assert list((config.parent / "state").iterdir()) == [], "and nothing of root's is left there"


def test_a_bundle_is_roots_and_its_findings_are_the_agents(config: Path) -> None:
    output = config.parent / "b.tar.gz"
    done = run("support-bundle", "--quick", "--config", str(config), "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert (output.stat().st_uid, output.stat().st_mode & 0o777) == (0, 0o600)
    with tarfile.open(output) as archive:
        doctor = archive.extractfile("edge-agent-support/doctor.json")
        assert doctor is not None
        checks = {check["check"]: check["verdict"] for check in json.load(doctor)["checks"]}
    assert checks["secret mqtt.password"] == "pass"


def test_a_model_that_root_adds_activates_and_removes_is_the_agents(config: Path, whole: Path) -> None:
    """Else the store's lock is root's, and neither the agent nor the updater can change anything any more."""
    state = config.parent / "state"
    copy = config.parent / "own"
    shutil.copytree(PROJECT / "models" / "edge-pose-n", copy)
    for arguments in (
        ("add", str(copy), "--name", "own"),
        ("activate", "own"),
        ("activate", "edge-pose-n"),
        ("remove", "own"),
    ):
        done = run("model", *arguments, "--store", str(state), site=whole)
        assert done.returncode == 0, done.stderr
        made = [state / "models", *(state / "models").rglob("*")]
        assert {each.stat().st_uid for each in made} == {NOBODY}


def test_a_file_that_the_agents_user_may_not_read_is_said(config: Path, whole: Path) -> None:
    hidden = config.parent / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copy(PROJECT / "models" / "edge-pose-n" / "model.tflite", hidden)
    wish = ("model", "add", str(hidden / "model.tflite"), "--yes", "--store", str(config.parent / "state"))
    done = run(*wish, site=whole)
    assert done.returncode != 0
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
