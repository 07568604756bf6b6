"""What is installed: the wheel has the default model and the demonstration, and nothing of the training."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
MODEL = "models/edge-pose-n"
DATA = [
    *(f"{MODEL}/{name}" for name in ("model.tflite", "model.yaml", "model-card.md")),
    *(f"{MODEL}/golden/{name}" for name in ("golden.yaml", "render-1.png", "render-2.png", "render-3.png")),
]
DEMO = [f"edge_agent/demo/{name}" for name in ("clip.mp4", "ground_truth.json", "demo.yaml", "expected.yaml")]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names in a wheel of this checkout."""
    copy = tmp_path_factory.mktemp("wheel") / "project"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("edge_agent", "models"):
        shutil.copytree(PROJECT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(PROJECT / name, copy / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(copy / "dist"),
        str(copy),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No matching distribution found for setuptools" in ran.stderr:
        pytest.skip("the build's own requirements cannot be fetched here")
    assert ran.returncode == 0, ran.stderr
    (path,) = (copy / "dist").glob("*.whl")
    return zipfile.ZipFile(path).namelist()


@pytest.mark.parametrize("name", [f"edge_agent/{name}" for name in DATA] + DEMO)
def test_data_is_where_the_agent_looks_for_it(wheel: list[str], name: str) -> None:
    assert name in wheel


def test_every_module_of_the_agent_is_in_it(wheel: list[str]) -> None:
    sources = {str(path.relative_to(PROJECT)) for path in (PROJECT / "edge_agent").rglob("*.py")}
    assert sources <= set(wheel)


def test_nothing_of_the_training_is(wheel: list[str]) -> None:
    assert not [name for name in wheel if "/training/" in name or name.startswith("tests/")]
