"""Measures models side by side: OKS AP, PCK, missing keypoints, calibration, and falls end to end.

    python -m edge_agent.models.training.evaluate --renders DIR [DIR ...] --coco DIR [--clips DIR] -- MODEL [MODEL ...]

MODEL is a `.tflite` file or a model directory: the int8 model, its float twin from the export, public models. Each runs
through the agent's own letterbox, decoder and suppression. Prints one JSON object: model to set to figures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from edge_agent.models.training.measure.answers import answers_of
from edge_agent.models.training.measure.average_precision import average_precision
from edge_agent.models.training.measure.joints import joint_figures
from edge_agent.models.training.measure.truth import TruePicture, from_coco, from_data_set
from edge_agent.pose.frame_to_pose import open_model

LEAST_SCORE = 0.05
"""Low, since AP integrates over the score."""

FALLS = Path(__file__).parents[2] / "benchmarks" / "accuracy.py"


def measure(model: Path, sets: dict[str, tuple[TruePicture, ...]]) -> dict[str, dict[str, float]]:
    """Runs one model over every set."""
    stage = open_model(model, score=LEAST_SCORE)
    figures = {}
    for name, pictures in sets.items():
        answers = answers_of(stage, pictures)
        figures[name] = asdict(average_precision(answers)) | asdict(joint_figures(answers))
    return figures


def falls(model: Path, clips: Path) -> Any:
    """Runs the whole pipeline over labelled clips, by the project's benchmark, in a process of its own."""
    command = [sys.executable, str(FALLS), "--clips", str(clips), "--model", str(model)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own benchmark
    return json.loads(answer.stdout)


def main() -> None:
    """Reads the arguments, measures, prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL")
    parser.add_argument("--renders", type=Path, nargs="+", default=[], help="held-out data sets of renders")
    parser.add_argument("--coco", type=Path, help="COCO pictures beside their person_keypoints.json")
    parser.add_argument("--clips", type=Path, help="UP-Fall clips beside their labels.csv")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    sets: dict[str, tuple[TruePicture, ...]] = {}
    for folder in arguments.renders:
        sets[folder.name] = from_data_set(folder)
    if arguments.coco:
        sets["coco"] = from_coco(arguments.coco)
    table: dict[str, Any] = {}
    for model in arguments.models:
        table[model.name] = measure(model, sets)
        if arguments.clips:
            table[model.name]["falls"] = falls(model, arguments.clips)
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
