"""How long the interpreter takes for one picture, model beside model in one run.

    python benchmarks/interpreter_call.py MODEL... > figures.json

MODEL is a `.tflite` file or a model directory. One thread. The models take turns on every round, so that all see the
same machine at the same moment; `ratio` is each one's median over the last one's. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edge_agent.pose.interpreter import import_runtime
from edge_agent.pose.model_files import locate

WARM_UP_ROUNDS = 20


def measure(models: list[Path], runtime: str, rounds: int) -> dict[str, dict[str, float]]:
    """Medians and minima in milliseconds, and ratios of the medians."""
    _, factory = import_runtime(runtime)
    rng = np.random.default_rng(0)
    interpreters = []
    for model in models:
        interpreter: Any = factory(model_path=str(locate(model).model), num_threads=1)
        interpreter.allocate_tensors()
        spec = interpreter.get_input_details()[0]
        noise = rng.integers(0, 256, spec["shape"])
        interpreter.set_tensor(spec["index"], noise.astype(spec["dtype"]))
        interpreters.append(interpreter)
    times_ms: list[list[float]] = [[] for _ in models]
    for number in range(WARM_UP_ROUNDS + rounds):
        for interpreter, taken_ms in zip(interpreters, times_ms, strict=True):
            started_s = time.perf_counter()
            interpreter.invoke()
            if number >= WARM_UP_ROUNDS:
                taken_ms.append(1e3 * (time.perf_counter() - started_s))
    last_ms = median(times_ms[-1])
    return {
        model.name: {
            "median_ms": round(median(taken_ms), 3),
            "min_ms": round(min(taken_ms), 3),
            "ratio": round(median(taken_ms) / last_ms, 3),
        }
        for model, taken_ms in zip(models, times_ms, strict=True)
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "models", type=Path, nargs="+", metavar="MODEL", help="the last one is what the others are held to"
    )
    parser.add_argument("--runtime", default="auto")
    parser.add_argument("--rounds", type=int, default=300)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.models, arguments.runtime, arguments.rounds), indent=1))


if __name__ == "__main__":
    main()
