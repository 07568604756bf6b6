"""OKS AP on real images stays what it was, in both interpreters."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from shared_models import COCO, GOOD, MODELS

from edge_agent.pose.frame_to_pose import open_model

PROJECT = Path(__file__).resolve().parents[2]
FIGURES: dict[str, dict[str, dict[str, float]]] = json.loads(
    (PROJECT / "benchmarks" / "coco_ap.json").read_text("utf-8")
)
TOLERANCE = 0.01  # another OpenCV rounds some pixels otherwise, and 28 images are few
OTHER_RUNTIME = os.environ.get("EDGE_AGENT_TFLITE_PYTHON")

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    pytest.importorskip("pycocotools", reason="needs pycocotools")
    return runpy.run_path(str(PROJECT / "benchmarks" / "coco_ap.py"))


@pytest.mark.parametrize("name", GOOD)
def test_accuracy_is_what_was_measured(bench: dict[str, Any], name: str) -> None:
    detect = open_model(MODELS / name, score=bench["SCORE"])
    found = bench["evaluate"](detect, COCO)
    expected = FIGURES[detect.runtime][name]
    assert found.ap == pytest.approx(expected["ap"], abs=TOLERANCE)
    assert found.ap50 == pytest.approx(expected["ap50"], abs=2 * TOLERANCE)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not OTHER_RUNTIME, reason="EDGE_AGENT_TFLITE_PYTHON names no Python that has tflite-runtime")
def test_the_older_interpreter_agrees() -> None:
    script = PROJECT / "benchmarks" / "coco_ap.py"
    command = [
        str(OTHER_RUNTIME),
        str(script),
        str(COCO),
        *(str(MODELS / name) for name in GOOD),
        "--runtime",
        "tflite",
    ]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=500, env=environment)
    found = json.loads(ended.stdout)
    for name in GOOD:
        assert found[name]["runtime"] == "tflite"
        assert found[name]["ap"] == pytest.approx(FIGURES["litert"][name]["ap"], abs=0.02)
