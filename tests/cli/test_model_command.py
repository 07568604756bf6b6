"""``edge-agent model``, as a person uses it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from edge_agent.cli.main import main
from edge_agent.pose.golden import golden_files
from edge_agent.pose.manifest import Manifest, ManifestInput, write_manifest
from edge_agent.update.store import Store

PROJECT = Path(__file__).resolve().parents[2]
GOLDEN = PROJECT / "models" / "golden"
SHARED_MODELS = PROJECT.parent / "shared" / "models"
SMALLEST = SHARED_MODELS / "yolov8n_192_quant_pc_uf_pose_coco-st.tflite"

pytestmark = pytest.mark.shared
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGE_AGENT_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def add_from_catalogue() -> int:
    return main(["model", "add", "yolov8n-pose-192-st", "--mirror", str(SHARED_MODELS), "--yes"])


def test_a_model_of_the_catalogue_goes_its_whole_way(capsys: Output) -> None:
    assert add_from_catalogue() == 0
    said = capsys.readouterr().out
    assert "licence AGPL-3.0" in said
    assert "golden inputs (litert): standing.png score 0.9" in said
    assert main(["model", "activate", "yolov8n-pose-192-st"]) == 0
    assert main(["model", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.split("is active\n")[1])
    assert [(each["name"], each["active"]) for each in listed["installed"]] == [("yolov8n-pose-192-st", True)]
    assert "yolov8n-pose-320-st" in [each["name"] for each in listed["available"]]
    assert main(["model", "show", "active", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["licence"] == "AGPL-3.0"
    assert shown["input"] == {"width_px": 192, "height_px": 192, "colour_order": "rgb"}
    assert main(["model", "remove", "yolov8n-pose-192-st"]) == 1
    assert "is active" in capsys.readouterr().err


def test_without_a_terminal_the_licence_needs_yes(capsys: Output, state: Path) -> None:
    assert main(["model", "add", str(SMALLEST)]) == 1
    captured = capsys.readouterr()
    assert "its licence is not known" in captured.out
    assert "--yes" in captured.err
    assert not (state / "models").exists()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_at_a_terminal_it_asks(monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert main(["model", "add", str(SMALLEST), "--name", "mine"]) == code


@pytest.mark.usefixtures("terminal")
def test_ctrl_d_at_the_question_is_no_consent(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    def end(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", end)
    assert main(["model", "add", str(SMALLEST), "--name", "mine"]) == 1
    assert capsys.readouterr().err == "edge-agent: the licence was not accepted; nothing was installed\n"


def model_directory(directory: Path, licence: str = "MIT") -> Path:
    """A directory as somebody may hand it over."""
    (directory / "golden").mkdir(parents=True)
    shutil.copyfile(SMALLEST, directory / "model.tflite")
    manifest = Manifest(
        name="given",
        version="8",
        input=ManifestInput(width_px=192, height_px=192),
        licence=licence,
        source="somebody",
        sha256=hashlib.sha256(SMALLEST.read_bytes()).hexdigest(),
    )
    (directory / "model.yaml").write_text(write_manifest(manifest), "utf-8")
    for name in golden_files(GOLDEN):
        shutil.copyfile(GOLDEN / name, directory / "golden" / name)
    return directory


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    "licence",
    ["AGPL-3.0", "agpl-3.0", "GNU-AGPL-3.0", "MIT AND GPL-2.0", "MIT-0-with-strings", "Unknown", "CC-BY-NC-4.0"],
)
def test_it_asks_for_every_licence_that_is_not_known_to_be_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, licence: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "n")
    assert main(["model", "add", str(model_directory(tmp_path / "given", licence))]) == 1
    assert asked == ["accept? [y/N] "]


@pytest.mark.parametrize("licence", ["MIT", "mit", "Apache-2.0", "BSD-3-Clause"])
def test_a_permissive_licence_needs_no_consent(tmp_path: Path, licence: str) -> None:
    assert main(["model", "add", str(model_directory(tmp_path / "given", licence))]) == 0


def test_of_a_directory_only_what_belongs_to_the_model_is_installed(tmp_path: Path, state: Path) -> None:
    source = model_directory(tmp_path / "given")
    (source / "golden" / "leak").symlink_to("/etc/shadow")
    assert main(["model", "add", str(source)]) == 0
    installed = sorted(path.name for path in (state / "models" / "given" / "golden").iterdir())
    assert installed == sorted(golden_files(GOLDEN))


def test_a_picture_that_is_a_link_is_refused(tmp_path: Path, state: Path, capsys: Output) -> None:
    source = model_directory(tmp_path / "given")
    (source / "golden" / "walking.png").unlink()
    (source / "golden" / "walking.png").symlink_to("/etc/passwd")
    assert main(["model", "add", str(source)]) == 1
    assert "walking.png: a symbolic link" in capsys.readouterr().err
    assert not (state / "models" / "given").exists()


def test_add_can_activate_at_once(capsys: Output, state: Path) -> None:
    arguments = ["yolov8n-pose-192-st", "--mirror", str(SHARED_MODELS), "--yes", "--activate"]
    assert main(["model", "add", *arguments]) == 0
    assert "yolov8n-pose-192-st is active" in capsys.readouterr().out
    assert Store(state).active() == "yolov8n-pose-192-st"
    assert main(["model", "add", *arguments]) == 1
    assert "edge-agent model activate yolov8n-pose-192-st" in capsys.readouterr().err


AS_NOBODY = """
import locale, os, sys
sys.path[:0] = {paths!r}
from edge_agent.cli.main import main
import edge_agent.app.open_detector, edge_agent.cli.model_add
edge_agent.cli.model_add.read_catalogue()  # imports the rest, now: Python itself may lie where nobody reads
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["model", "list", "--store", "{closed}"],
        ["model", "show", "active", "--store", "{closed}"],
        ["model", "verify", "one", "--store", "{closed}"],
        ["model", "add", "{closed}/model.tflite", "--yes"],
        ["pose", "x.png", "--model", "{closed}/models/one"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_what_may_not_be_read_is_one_line(arguments: list[str]) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    if any(not folder.stat().st_mode & stat.S_IXOTH for folder in (PROJECT, *PROJECT.parents)):
        pytest.skip("the checkout lies where another user cannot read the agent itself")
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        (Path(directory) / "models" / "one").mkdir(parents=True)
        (Path(directory) / "model.tflite").touch()
        source = AS_NOBODY.format(paths=[str(PROJECT)])
        command = [sys.executable, "-c", source, *(each.format(closed=directory) for each in arguments)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert ran.stderr.startswith("edge-agent: ")
    assert "Permission denied; " in ran.stderr


def test_a_bad_model_is_refused_and_leaves_nothing(capsys: Output) -> None:
    assert main(["model", "add", str(SHARED_MODELS / "yolo11n-pose_int8.tflite"), "--yes"]) == 1
    assert "does not find the person" in capsys.readouterr().err
    assert main(["model", "list"]) == 0
    assert "nothing is installed" in capsys.readouterr().out


def test_verify_notices_a_changed_byte(capsys: Output, state: Path) -> None:
    assert add_from_catalogue() == 0
    assert main(["model", "verify", "yolov8n-pose-192-st"]) == 0
    model = state / "models" / "yolov8n-pose-192-st" / "model.tflite"
    content = bytearray(model.read_bytes())
    content[-100] ^= 1
    model.write_bytes(content)
    assert main(["model", "verify", "yolov8n-pose-192-st"]) == 1
    assert "its manifest says" in capsys.readouterr().err
    assert main(["model", "activate", "yolov8n-pose-192-st"]) == 1
    assert main(["pose", "--model", "yolov8n-pose-192-st", "absent.png"]) == 1
    assert "its manifest says" in capsys.readouterr().err


def test_an_installed_directory_can_be_added_to_another_store(tmp_path: Path, state: Path, capsys: Output) -> None:
    assert add_from_catalogue() == 0
    source = str(state / "models" / "yolov8n-pose-192-st")
    assert main(["model", "add", source, "--yes", "--store", str(tmp_path / "other")]) == 0
    capsys.readouterr()
    assert main(["model", "show", "yolov8n-pose-192-st", "--store", str(tmp_path / "other")]) == 0
    assert "licence: AGPL-3.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["https://nowhere.invalid/m.tflite"], "--sha256"),
        (["http://nowhere.invalid/m.tflite", "--sha256", "0" * 64, "--yes"], "only https"),
        (["yolov8n-pose-321-st"], "did you mean yolov8n-pose-320-st"),
    ],
)
def test_what_cannot_be_added_says_why(capsys: Output, arguments: list[str], message: str) -> None:
    assert main(["model", "add", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_mirror_serves_a_url_too(capsys: Output) -> None:
    sha256 = hashlib.sha256(SMALLEST.read_bytes()).hexdigest().upper()
    arguments = ["--sha256", sha256, "--mirror", str(SHARED_MODELS), "--yes"]
    assert main(["model", "add", "https://nowhere.invalid/Some Pose.tflite", *arguments]) == 0
    assert "some-pose: licence unknown" in capsys.readouterr().out
