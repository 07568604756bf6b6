"""What becomes a release is judged first, as a device will judge it, and never changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from operator_and_device import Operator

from edge_agent.pose.model_files import locate
from edge_agent.update.built_in import factory_model
from edge_agent.update.release import parse_release, release_path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The built-in model, of a version that is not in the repository."""
    directory = tmp_path / "model"
    shutil.copytree(factory_model(), directory)
    manifest = directory / "model.yaml"
    manifest.write_text(manifest.read_text().replace("'1.1'", "'1.9'"))
    return directory


def test_the_manifest_says_all_that_a_device_must_know(
    operator: Operator, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--hardware", "aarch64", "--hardware", "x86_64", "--litert", "1.2..2.3", "--tflite", "none"]
    budget = ["--agent", "0.1..", "--latency-ms", "80", "--rss-mb", "150"]
    assert operator.run("add-model", *options, *budget, "--json", str(model)) == 0
    said = json.loads(capsys.readouterr().out)
    raw = operator.device(tmp_path / "device").target(release_path("edge-pose-n", "1.9"))
    assert raw is not None
    release = parse_release(raw)
    assert said["licence"] == release.licence == "Apache-2.0"
    assert release.hardware == ("aarch64", "x86_64")
    assert release.runtime.litert is not None
    assert (release.runtime.litert.min, release.runtime.litert.max, release.runtime.tflite) == ("1.2", "2.3", None)
    assert (release.budget.latency_ms, release.budget.rss_mb) == (80.0, 150.0)
    assert release.metrics is not None
    assert release.metrics.oks_ap > 0
    assert {each.name for each in release.golden} == {
        "standing.png", "walking.png", "on-back.png", "face-down.png", "render-1.png", "render-2.png", "render-3.png"
    }  # fmt: skip
    assert all(each.score > 0.5 for each in release.golden)
    files = {file.path: file.length for file in release.files}
    assert files["model.tflite"] == locate(model).model.stat().st_size
    assert {path for path in files if path.startswith("golden/")} == {
        "golden/golden.yaml", "golden/render-1.png", "golden/render-2.png", "golden/render-3.png"
    }  # fmt: skip


def test_a_release_never_changes(operator: Operator, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("add-model", str(model)) == 0
    assert operator.run("add-model", str(model)) == 1
    assert "give it a new version" in capsys.readouterr().err


def spoil_content(model: Path) -> None:
    raw = bytearray((model / "model.tflite").read_bytes())
    raw[len(raw) // 2] ^= 1
    (model / "model.tflite").write_bytes(raw)


def spoil_manifest(model: Path) -> None:
    (model / "model.yaml").unlink()


def spoil_version(model: Path) -> None:
    manifest = model / "model.yaml"
    manifest.write_text(manifest.read_text().replace("'1.9'", "'../9'"))


def spoil_size(model: Path) -> None:
    manifest = model / "model.yaml"
    manifest.write_text(manifest.read_text().replace("width_px: 256", "width_px: 320"))


def spoil_golden(model: Path) -> None:
    golden = model / "golden" / "golden.yaml"
    golden.write_text(golden.read_text().replace("render-1.png", "../../secret.png"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_content, "sha256"),
        (spoil_manifest, "a release needs model.yaml"),
        (spoil_version, "version"),
        (spoil_size, "correct the manifest"),
        (spoil_golden, "golden"),
    ],
)
def test_a_bad_model_is_refused_and_nothing_is_published(
    operator: Operator, model: Path, capsys: pytest.CaptureFixture[str], spoil: object, said: str
) -> None:
    before = operator.metadata()
    assert callable(spoil)
    spoil(model)
    assert operator.run("add-model", str(model)) == 1
    assert said in capsys.readouterr().err
    assert operator.metadata() == before
