"""``edge-agent model``, as a person uses it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from edge_agent.cli.main import main

SHARED_MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
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


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_at_a_terminal_it_asks(monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert main(["model", "add", str(SMALLEST), "--name", "mine"]) == code


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
