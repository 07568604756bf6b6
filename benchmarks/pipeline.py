"""What a frame costs beyond the network: the bare interpreter call and the whole `pipeline.step`, interleaved.

    python benchmarks/pipeline.py --model MODEL CLIP...

One thread. On each frame the bare call, in an interpreter of its own, follows the step on the same picture, so that
both see the same machine at the same moment. Frames on which nobody is there are left out: the ratio is that of a
frame with work in it. Prints one JSON object; the figure that counts is ``ratio_median``.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.app.assign import assign
from edge_agent.app.open_detector import OpenDetector, Runtime, open_detector
from edge_agent.capture.clip import ClipReader
from edge_agent.clock import MediaClock
from edge_agent.data.frame import Frame
from edge_agent.ids import SeededIds
from edge_agent.pipeline import DETECTOR_SCORE, Pipeline, PipelineSettings
from edge_agent.pose.interpreter import ModelInterpreter, import_runtime
from edge_agent.pose.letterbox import Letterbox
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.update.store import Store

_WARM_UP_FRAMES = 10


class BareCall:
    """The interpreter and nothing else."""

    def __init__(self, model: Path, runtime: str) -> None:
        _, factory = import_runtime(runtime)
        self._interpreter = factory(model_path=str(model), num_threads=1)
        self._interpreter.allocate_tensors()
        spec = ModelInterpreter(model, runtime, 1).inputs[0]
        self._index = spec.index
        self._letterbox = Letterbox(spec)

    def __call__(self, image: npt.NDArray[np.uint8]) -> float:
        """Milliseconds of one `invoke` on this picture."""
        self._letterbox.fill(image)
        self._interpreter.set_tensor(self._index, self._letterbox.tensor)
        started_s = time.perf_counter()
        self._interpreter.invoke()
        return 1e3 * (time.perf_counter() - started_s)


def measure(clips: list[Path], model: Path, detector: OpenDetector, frames: int) -> dict[str, Any]:
    """Medians over so many frames of each clip, in milliseconds, and their ratio."""
    bare = BareCall(model, detector.detect.runtime)
    bare_ms: list[float] = []
    step_ms: list[float] = []
    parts: dict[str, list[float]] = {}
    for clip in clips:
        clock = MediaClock()
        pipeline = Pipeline(
            assign(Scene("clip", ()), CatalogueSettings()),
            PipelineSettings(gated=False),
            detector.detect,
            clock,
            SeededIds(""),
        )
        with ClipReader(clip) as reader:
            for number, reading in enumerate(reader):
                if number >= frames:
                    break
                clock.set(reader.media_s)
                frame = Frame("clip", number, reader.media_s, reading.image)
                started_s = time.perf_counter()
                outcome = pipeline.step(frame)
                stepped_s = time.perf_counter()
                call_ms = bare(frame.image)
                if number < _WARM_UP_FRAMES or outcome.persons == 0:
                    continue
                step_ms.append(1e3 * (stepped_s - started_s))
                bare_ms.append(call_ms)
                for name in ("letterbox", "invoke", "postprocess", "flow", "track", "posture", "rules"):
                    parts.setdefault(name, []).append(getattr(outcome.timings, f"{name}_ms"))
    ratios = [step / bare for step, bare in zip(step_ms, bare_ms, strict=True)]
    return {
        "model": detector.model,
        "frames": len(ratios),
        "ratio_median": round(median(ratios), 3),
        "step_ms": round(median(step_ms), 3),
        "bare_ms": round(median(bare_ms), 3),
        "parts_ms": {name: round(median(values), 3) for name, values in parts.items()},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    parser.add_argument("--model", type=Path, required=True, help="a .tflite file")
    parser.add_argument("--runtime", default="auto")
    parser.add_argument("--frames", type=int, default=150, help="of each clip (%(default)s)")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    how = Runtime(runtime=args.runtime, threads=1, score=DETECTOR_SCORE)
    detector = open_detector(str(args.model), Store(Path("models")), how)
    print(json.dumps(measure(args.clips, args.model, detector, args.frames), indent=1))


if __name__ == "__main__":
    main()
