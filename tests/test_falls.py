"""What the rules reach on real falls, held at the figures that were measured (`benchmarks/accuracy.py`)."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from edge_agent.app.open_detector import Runtime, open_detector
from edge_agent.pipeline import DETECTOR_SCORE
from edge_agent.update.store import Store

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"
MODEL = SHARED / "models" / "yolov8n_320_quant_pc_uf_pose_coco-st.tflite"


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_falls_of_up_fall(tmp_path: Path) -> None:
    bench: dict[str, Any] = runpy.run_path(str(PROJECT / "benchmarks" / "accuracy.py"))
    detector = open_detector(str(MODEL), Store(tmp_path), Runtime(score=DETECTOR_SCORE))
    figures = bench["measure"](SHARED / "clips" / "upfall", detector, 0.0)
    assert (figures["falls"], figures["others"]) == (15, 18)
    assert figures["falls_raised_once"] == 15
    assert figures["others_with_a_fall"] == 0
    assert figures["delay_median_s"] <= 1.2
