"""The model that comes with the agent: what runs where nobody named another, and how it is told apart."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from edge_agent.cli.main import main
from edge_agent.pose.golden import golden_files
from edge_agent.pose.manifest import Manifest, ManifestInput, write_manifest

PROJECT = Path(__file__).resolve().parents[2]
STANDING = str(PROJECT / "models" / "golden" / "standing.png")
SHARED = PROJECT.parent / "shared"
SMALLEST = SHARED / "models" / "yolov8n_192_quant_pc_uf_pose_coco-st.tflite"

pytestmark = pytest.mark.shared
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose factory model is a small public one."""
    monkeypatch.setenv("EDGE_AGENT_STATE", str(tmp_path / "state"))
    directory = tmp_path / "package" / "edge-pose-n"
    (directory / "golden").mkdir(parents=True)
    shutil.copyfile(SMALLEST, directory / "model.tflite")
    for name in golden_files(PROJECT / "models" / "golden"):
        shutil.copyfile(PROJECT / "models" / "golden" / name, directory / "golden" / name)
    manifest = Manifest(
        name="edge-pose-n",
        version="1",
        input=ManifestInput(width_px=192, height_px=192),
        licence="Apache-2.0",
        source="this project",
        sha256=hashlib.sha256(SMALLEST.read_bytes()).hexdigest(),
    )
    (directory / "model.yaml").write_text(write_manifest(manifest), "utf-8")
    monkeypatch.setattr("edge_agent.update.store.packaged_models", lambda: directory.parent)
    return directory


def test_pose_and_replay_need_no_model_to_be_named(capsys: Output) -> None:
    assert main(["pose", STANDING, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["poses"]) == 1
    assert main(["replay", str(SHARED / "clips" / "upfall" / "a04_t1_c1.mp4"), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0]["data"]["model"] == "edge-pose-n 1"


def test_it_is_listed_as_built_in_and_active(capsys: Output) -> None:
    assert main(["model", "list"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("built in:\n * edge-pose-n ")
    assert "nothing is installed" in said
    assert main(["model", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["active"]) for each in listed["built_in"]] == [("edge-pose-n", True)]
    assert listed["installed"] == []


def test_it_can_be_verified_and_shown_but_not_removed(capsys: Output) -> None:
    assert main(["model", "verify", "edge-pose-n"]) == 0
    assert main(["model", "show", "active"]) == 0
    assert "licence: Apache-2.0" in capsys.readouterr().out
    assert main(["model", "remove", "edge-pose-n"]) == 1
    assert "came with the agent and stays" in capsys.readouterr().err


def test_another_model_takes_its_place_until_it_is_activated_again(capsys: Output) -> None:
    mirror = ["--mirror", str(SHARED / "models"), "--yes"]
    assert main(["model", "add", "yolov8n-pose-192-st", "--activate", *mirror]) == 0
    capsys.readouterr()
    assert main(["model", "show", "active", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "yolov8n-pose-192-st"
    assert main(["model", "activate", "edge-pose-n"]) == 0
    assert "edge-pose-n is active" in capsys.readouterr().out


def test_without_it_the_error_says_what_to_do(package: Path, capsys: Output) -> None:
    shutil.rmtree(package)
    assert main(["pose", STANDING]) == 1
    assert "the built-in edge-pose-n is missing" in capsys.readouterr().err
