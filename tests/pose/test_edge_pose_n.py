"""The model that comes with the agent is what its card says."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from shared_models import COCO

from edge_agent.pose.frame_to_pose import open_model
from edge_agent.pose.golden import read_golden, score
from edge_agent.pose.manifest import read_manifest
from edge_agent.update.built_in import factory_model

PROJECT = Path(__file__).resolve().parents[2]
MODEL = PROJECT / "models" / "edge-pose-n"
FIGURES: dict[str, Any] = json.loads((PROJECT / "benchmarks" / "edge_pose_n.json").read_text("utf-8"))


def test_it_is_small_free_and_packaged() -> None:
    manifest = read_manifest(MODEL / "model.yaml")
    assert (MODEL / "model.tflite").stat().st_size <= 4_000_000
    assert manifest.licence == "Apache-2.0"
    assert factory_model().samefile(MODEL)
    assert (MODEL / "model-card.md").is_file()


def test_it_finds_the_persons_of_the_golden_inputs() -> None:
    detect = open_model(MODEL)
    golden = [*read_golden(None), *read_golden(MODEL / "golden")]
    assert len(golden) > 2
    for one in golden:
        reached = score(one, detect(one.image))
        assert reached.passed, reached


@pytest.mark.shared
def test_its_accuracy_on_coco_is_what_was_measured() -> None:
    pytest.importorskip("pycocotools", reason="needs pycocotools")
    bench = runpy.run_path(str(PROJECT / "benchmarks" / "coco_ap.py"))
    found = bench["evaluate"](open_model(MODEL, score=bench["SCORE"]), COCO)
    was = FIGURES["coco_by_runtime"][found.runtime]  # their kernels round differently
    assert found.ap == pytest.approx(was["ap"], abs=0.01)
    assert found.ap50 == pytest.approx(was["ap50"], abs=0.02)
    assert read_manifest(MODEL / "model.yaml").accuracy is not None
