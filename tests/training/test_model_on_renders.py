"""The committed model on held-out renders, made again from their seed, is what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("anny", reason="bodies are drawn with the package 'anny', which is not installed")
pytest.importorskip("numba", reason="renders are compiled with numba, which is not installed")
pytest.importorskip("pycocotools", reason="AP is measured with pycocotools, which is not installed")

from edge_agent.models.training.labels import write_labels
from edge_agent.models.training.measure.answers import answers_of
from edge_agent.models.training.measure.average_precision import average_precision
from edge_agent.models.training.measure.truth import from_data_set
from edge_agent.models.training.render.frames_to_data_set import DataSetOrder, render_data_set
from edge_agent.pose.frame_to_pose import open_model

PROJECT = Path(__file__).resolve().parents[2]
COUNT = 40
"""Of the 100 that were measured; few, to be quick."""


@pytest.mark.timeout(400)
def test_it_reaches_on_renders_what_was_measured(tmp_path: Path) -> None:
    figures = json.loads((PROJECT / "benchmarks" / "edge_pose_n.json").read_text("utf-8"))
    (tmp_path / "images").mkdir()
    order = DataSetOrder(tmp_path, COUNT, 97, None, (384, 288), 1, installed=True)
    write_labels(tmp_path, render_data_set(order))
    stage = open_model(PROJECT / "models" / "edge-pose-n", score=0.05)
    found = average_precision(answers_of(stage, from_data_set(tmp_path)))
    assert found.ap == pytest.approx(figures["first_40_installed"]["ap"], abs=0.02)
    assert found.ap50 == pytest.approx(figures["first_40_installed"]["ap50"], abs=0.04)
