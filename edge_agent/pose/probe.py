"""The child process that opens a model first: ``python -m edge_agent.pose.probe``, started by `judge.running_probe`.

The interpreter aborts the process on some malformed files, and others would take all memory or never end: better this
process than the one that watches people. The verdict is one line of JSON, the last on standard output.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import numpy as np

from edge_agent.errors import ModelError, ModelRefused
from edge_agent.pose.frame_to_pose import FrameToPose
from edge_agent.pose.golden import MIN_OKS, MIN_SCORE, GoldenInput, GoldenScore, read_golden, score
from edge_agent.pose.interpreter import ModelInterpreter, import_runtime
from edge_agent.pose.judge import ProbeReport, report_to_json
from edge_agent.pose.letterbox import Letterbox
from edge_agent.pose.output_format import OutputFormat, check_input, check_output, check_scores, is_normalised

_LEAST_SCORE = 0.05  # low, so that a refusal can tell the score that was reached


def examine(path: Path, runtime: str, golden: Path | None) -> ProbeReport:
    """Open a model twice, and try both on the golden inputs.

    A broken network may compute from memory that it never wrote: its results differ from one opening to the next, and
    by chance one of them is right. The dynamic-range export that this was seen with passed in 2 of 27 openings with
    `MALLOC_PERTURB_` set, each with other scores, and in none of 18 without. A sound network gives the same bits; both
    stay open, so that neither gets the other's memory.

    Args:
        path: The ``.tflite`` file.
        runtime: ``auto``, ``litert`` or ``tflite``.
        golden: The model's own golden inputs, or None; the shipped ones, which it cannot choose, come first.

    Raises:
        RuntimeMissing: The runtime is not installed.
        ModelUnreadable: Not a model.
        ModelRefused: A model that must not be used; the text says why.
    """
    own = tuple(read_golden(golden)) if golden else ()
    inputs = (*read_golden(None), *own)
    first = ModelInterpreter(path, runtime, threads=1)
    report = _try(path, first, inputs)
    second = ModelInterpreter(path, runtime, threads=1)
    if _try(path, second, inputs) != report:
        raise ModelRefused(
            f"{path}: gives other results each time it is opened: the export is broken, export it again as a "
            "full-integer model"
        )
    return report


def main(arguments: list[str]) -> int:
    """Judge one model.

    Args:
        arguments: Model file, runtime, directory of its own golden inputs or nothing, bytes of memory, seconds of
            processor.

    Returns:
        0 whenever there is a verdict.
    """
    model, runtime, golden, memory_bytes, cpu_s = arguments
    try:
        import_runtime(runtime)
        _limit(int(memory_bytes), int(cpu_s))
        verdict = report_to_json(examine(Path(model), runtime, Path(golden) if golden else None))
    except ModelError as refusal:
        verdict = json.dumps({"error": type(refusal).__name__, "reason": str(refusal)})
    except MemoryError:
        reason = f"{model}: needs more than {int(memory_bytes) // 1_000_000} MB of memory; use a smaller model"
        verdict = json.dumps({"error": ModelRefused.__name__, "reason": reason})
    sys.stdout.write(verdict + "\n")
    return 0


def _try(path: Path, interpreter: ModelInterpreter, inputs: tuple[GoldenInput, ...]) -> ProbeReport:
    """Check the tensors, and find the persons of the golden inputs."""
    spec = check_input(path, interpreter.inputs)
    layout = check_output(path, interpreter.outputs, spec)
    letterbox = Letterbox(spec)
    letterbox.fill(inputs[0].image)
    interpreter.invoke(letterbox.tensor)
    form = OutputFormat(layout, is_normalised(layout, interpreter.outputs, interpreter.results()))
    stage = FrameToPose(interpreter, form, _LEAST_SCORE)
    scores = tuple(score(each, stage(each.image)) for each in inputs)
    _refuse_failures(path, scores)
    check_scores(path, layout, interpreter.outputs, interpreter.results())
    return ProbeReport(interpreter.runtime, spec.shape[2], spec.shape[1], spec.dtype, form, scores)


def _refuse_failures(path: Path, scores: tuple[GoldenScore, ...]) -> None:
    failed = [each for each in scores if not each.passed]
    if failed:
        results = ", ".join(f"{each.name}: score {each.score:.2f}, similarity {each.oks:.2f}" for each in failed)
        raise ModelRefused(
            f"{path}: runs, but does not find the person in its golden inputs ({results}; {MIN_SCORE} and {MIN_OKS} "
            "are needed): the export is broken, export it again as a full-integer model"
        )


def _limit(memory_bytes: int, cpu_s: int) -> None:
    """Bound what this process may still use; what is imported already counts for itself."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    in_use = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + memory_bytes, in_use + memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    np.seterr(all="ignore")  # a broken network's numbers overflow; that is judged, not printed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
