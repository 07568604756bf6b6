"""Command: renders plain figures, faceless but for a nose and eyes, as a labelled data set.

python -m edge_agent.models.training.render.plain_figures_to_data_set --out DIR --count N --seed S

The shipped golden inputs (`models/golden`) show such a figure, drawn by sphere tracing. That it faces the camera can
hardly be told from its face, and a network that has seen detailed faces alone took its left for its right. The figures
here stand and walk otherwise, look elsewhere and wear other colours than the golden ones.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import OCCLUDED, VISIBLE, PersonLabel, PictureLabel, write_labels

GOLDEN = Path(__file__).parents[2] / "golden"
LIMB_NOISE_M, END_NOISE_M = 0.025, 0.05
"""Standard deviations of the joints' places around those of the golden figures, and of hands and feet."""

GOLDEN_YAW_DEG = (6.0, 38.0)
APART_DEG = 4.0
"""No figure is drawn within this of a golden figure's heading: the golden inputs stay unseen."""

EYES_AND_NOSE = 3
"""The first keypoints: what is hidden in one who looks away."""


def draw(rng: np.random.Generator, golden: ModuleType) -> tuple[npt.NDArray[np.uint8], PersonLabel]:
    """Draws one figure: BGR picture and label; keypoints of the face are hidden where it looks away."""
    # Only how they stand is varied here: those who lie stay unseen as they are.
    upright = [figure for figure in golden.FIGURES if not figure.lying]
    base = upright[rng.integers(len(upright))]
    joints = {
        name: tuple(
            np.array(place) + rng.normal(0, LIMB_NOISE_M * (2 if name[-5:] in {"wrist", "ankle"} else 1), 3) * 0.5
        )
        for name, place in base.joints.items()
    }
    yaw_deg = float(rng.uniform(-180, 180))
    while min(abs(yaw_deg - other) for other in GOLDEN_YAW_DEG) < APART_DEG:
        yaw_deg = float(rng.uniform(-180, 180))
    figure = golden.Figure(
        "plain",
        yaw_deg,
        joints,
        tuple(rng.uniform(0.1, 0.95, 3)),
        tuple(rng.uniform(0.3, 0.8, 3)),
        float(rng.uniform(1.1, 2.4)),
        float(rng.uniform(3.6, 6.0)),
        float(rng.uniform(-0.5, 0.5)),
    )
    picture, _ = golden.render(figure)
    places = joints | golden.HEAD
    points = golden.project(figure, np.array([places[name] for name in golden.COCO_ORDER]))
    away = abs(yaw_deg) > 100
    keypoints = tuple(
        (float(x), float(y), OCCLUDED if away and number < EYES_AND_NOSE else VISIBLE)
        for number, (x, y) in enumerate(points)
    )
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.06 * (high[1] - low[1])
    side = float(golden.SIZE_PX)
    x0, y0 = max(0.0, float(low[0] - margin)), max(0.0, float(low[1] - 1.6 * margin))
    x1, y1 = min(side, float(high[0] + margin)), min(side, float(high[1] + margin))
    return picture, PersonLabel(box_px=(x0, y0, x1, y1), keypoints=keypoints)


def _noise_m(joint: str) -> float:
    return END_NOISE_M if joint.endswith(("wrist", "ankle")) else LIMB_NOISE_M


def load_golden() -> ModuleType:
    """Loads the script that draws the golden inputs."""
    sys.path.insert(0, str(GOLDEN))
    spec = importlib.util.spec_from_file_location("golden_render", GOLDEN / "render.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(GOLDEN / "render.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Reads the arguments and renders."""
    parser = argparse.ArgumentParser(description="Renders plain figures with exact keypoints.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    golden = load_golden()
    # One ray a pixel: training blurs more than the jagged edges show.
    vars(golden)["OVERSAMPLING"] = 1
    (arguments.out / "images").mkdir(parents=True, exist_ok=True)
    labels = []
    for number in range(arguments.count):
        picture, person = draw(np.random.default_rng((arguments.seed, number)), golden)
        name = f"images/{number:06d}.png"
        cv2.imwrite(str(arguments.out / name), picture)
        side = golden.SIZE_PX
        labels.append(PictureLabel(name, side, side, (person,), (), "render", f"plain-{arguments.seed}-{number}"))
        write_labels(arguments.out, labels)


if __name__ == "__main__":
    main()
