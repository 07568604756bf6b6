"""Writes a model from a training's checkpoint: quantised, compared with its float twin, with golden inputs.

    python -m edge_agent.models.training.export.checkpoint_to_model --checkpoint run/checkpoint.pt \
        --calibration DIR [DIR ...] --golden DIR --version 1.0 --float-out float.tflite --out models/edge-pose-n

`--calibration` and `--golden` are data sets that training did not see; golden inputs are taken from renders only.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

import cv2
import numpy as np

from edge_agent.models.training.export.compare_operators import compare
from edge_agent.models.training.export.golden_inputs import write_golden
from edge_agent.models.training.export.keras_to_tflite import Picture, plain_tflite_of, tflite_of
from edge_agent.models.training.export.network_to_keras import keras_of
from edge_agent.models.training.labels import read_labels
from edge_agent.models.training.learning.checkpoint import load_average
from edge_agent.models.training.network.edge_pose import INPUT_PX, EdgePose
from edge_agent.pose.frame_to_pose import open_model
from edge_agent.pose.manifest import Manifest, ManifestInput, MinimumRuntime, write_manifest

LARGEST_RELATIVE_ERROR = 0.25
"""An operator beyond this is broken, not rounded: over thirty layers rounding adds up to about a tenth."""

COMPARED = 8


def read_pictures(folders: list[Path], count: int) -> list[Picture]:
    """Reads pictures spread evenly over data sets, BGR."""
    paths = [folder / label.image for folder in folders for label in read_labels(folder)]
    chosen = [paths[index] for index in np.linspace(0, len(paths) - 1, min(count, len(paths))).astype(int)]
    pictures = []
    for path in chosen:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"{path}: not a readable picture; make the data set again")
        pictures.append(np.asarray(picture, np.uint8))
    return pictures


def manifest_of(model: bytes, version: str) -> Manifest:
    """Describes the model; accuracy is added by hand from `evaluate`'s figures."""
    return Manifest(
        name="edge-pose-n",
        version=version,
        input=ManifestInput(width_px=INPUT_PX, height_px=INPUT_PX),
        licence="Apache-2.0",
        source="models/training in this repository; see model-card.md",
        sha256=hashlib.sha256(model).hexdigest(),
        minimum_runtime=MinimumRuntime(tflite="2.14"),
    )


def main() -> None:
    """Reads the arguments, writes the model, prints the operators' errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--calibration", type=Path, nargs="+", required=True)
    parser.add_argument("--pictures", type=int, default=300, help="how many pictures to calibrate on")
    parser.add_argument("--golden", type=Path, required=True, help="held-out renders")
    parser.add_argument("--version", required=True)
    parser.add_argument("--float-out", type=Path, help="where to write the float twin")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    network = EdgePose()
    load_average(arguments.checkpoint, network)
    keras = keras_of(network)
    pictures = read_pictures(arguments.calibration, arguments.pictures)
    model, plain = tflite_of(keras, pictures), plain_tflite_of(keras)
    errors = compare(model, plain, pictures[:: max(1, len(pictures) // COMPARED)])
    for error in errors:
        print(f"{error.relative:7.4f}  {error.name}")
    worst = max(errors, key=lambda error: error.relative)
    if worst.relative > LARGEST_RELATIVE_ERROR:
        raise SystemExit(f"{worst.name} loses {worst.relative:.0%} through quantisation: nothing was written")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "model.tflite").write_bytes(model)
    (arguments.out / "model.yaml").write_text(write_manifest(manifest_of(model, arguments.version)), encoding="utf-8")
    if arguments.float_out:
        arguments.float_out.write_bytes(plain)
    shutil.rmtree(arguments.out / "golden", ignore_errors=True)
    if not write_golden(arguments.out, arguments.golden, open_model(arguments.out)):
        raise SystemExit("the model passes none of the held-out renders: train it longer")
    print(f"{len(model)} bytes, {len(errors)} operators compared, worst {worst.relative:.4f} ({worst.name})")


if __name__ == "__main__":
    main()
