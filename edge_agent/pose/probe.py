"""The child process that opens a model first: ``python -m edge_agent.pose.probe``, started by `judge.running_probe`.

The interpreter aborts the process on some malformed files, and others would take all memory or never end: better this
process than the one that watches people. The verdict is one line of JSON, the last on standard output.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_agent.errors import GoldenMismatch, ModelError, TooMuchMemory, TooSlow
from edge_agent.pose.frame_to_pose import FrameToPose
from edge_agent.pose.golden import GoldenInput, read_golden, score
from edge_agent.pose.golden_score import GoldenScore
from edge_agent.pose.interpreter import ModelInterpreter, import_runtime
from edge_agent.pose.judge import ProbeBudget, ProbeLimits, ProbeReport, report_to_json
from edge_agent.pose.letterbox import Letterbox
from edge_agent.pose.output_format import check_input, check_output, check_scores, is_normalised
from edge_agent.pose.output_layout import OutputFormat

_LEAST_SCORE = 0.05  # low, so that a refusal can tell the score that was reached
_BATCHES = 3  # our own: somebody else may have had the processor during one batch, hardly during three
_PAUSE_S = 0.2


def examine(path: Path, runtime: str, golden: Path | None, budget: ProbeBudget | None = None) -> ProbeReport:
    """Open a model twice, and try both on the golden inputs.

    A broken network may compute from memory that it never wrote: its results differ from one opening to the next, and
    by chance one of them is right. The dynamic-range export that this was seen with passed in 2 of 27 openings with
    `MALLOC_PERTURB_` set, each with other scores, and in none of 18 without. A sound network gives the same bits; both
    stay open, so that neither gets the other's memory.

    Args:
        path: The ``.tflite`` file.
        runtime: ``auto``, ``litert`` or ``tflite``.
        golden: The model's own golden inputs, or None; the shipped ones, which it cannot choose, come first.
        budget: What it may cost; nothing is measured without one.

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
        raise GoldenMismatch(
            f"{path}: gives other results each time it is opened: the export is broken, export it again as a "
            "full-integer model"
        )
    if budget is None or not budget.runs:
        return report
    report = replace(report, latency_ms=round(_latency_ms(first, budget), 3), rss_mb=round(_peak_rss_mb(), 1))
    _refuse_cost(path, report, budget)
    return report


def main(arguments: list[str]) -> int:
    """Judge one model.

    Args:
        arguments: One: what `judge.running_probe` writes.

    Returns:
        0 whenever there is a verdict.
    """
    order = json.loads(arguments[0])
    model, runtime, golden = order["model"], order["runtime"], order["golden"]
    limits, budget = ProbeLimits(**order["limits"]), ProbeBudget(**order["budget"])
    try:
        import_runtime(runtime)
        _limit(limits)
        verdict = report_to_json(examine(Path(model), runtime, Path(golden) if golden else None, budget))
    except ModelError as refusal:
        verdict = json.dumps({"error": type(refusal).__name__, "reason": str(refusal)})
    except MemoryError:
        reason = f"{model}: needs more than {limits.memory_bytes // 1_000_000} MB of memory; use a smaller model"
        verdict = json.dumps({"error": TooMuchMemory.__name__, "reason": reason})
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
    if not failed:
        return
    results = ", ".join(
        f"{each.name}: score {each.score:.2f}, similarity {each.oks:.2f}; {each.least_score} and {each.least_oks} are "
        "needed"
        for each in failed
    )
    if all(each.lying for each in failed):
        raise GoldenMismatch(
            f"{path}: finds who stands, but does not find the person who lies in its golden inputs ({results}): it "
            "would miss falls; train it on people on the floor, or use another model"
        )
    raise GoldenMismatch(
        f"{path}: runs, but does not find the person in its golden inputs ({results}): the export is broken, export it "
        "again as a full-integer model"
    )


def _latency_ms(interpreter: ModelInterpreter, budget: ProbeBudget) -> float:
    """Median of the calls of one batch; of the fastest batch where the first is over the budget."""
    spec = interpreter.inputs[0]
    picture = np.full(spec.shape, spec.zero_point if spec.quantised else 0.5, spec.dtype)
    best_ms = float("inf")
    for batch in range(_BATCHES):
        if batch:
            time.sleep(_PAUSE_S)
        taken_ms = []
        for _ in range(budget.runs):
            started_s = time.perf_counter()
            interpreter.invoke(picture)
            taken_ms.append(1e3 * (time.perf_counter() - started_s))
        best_ms = min(best_ms, statistics.median(taken_ms))
        if budget.latency_ms is None or best_ms <= budget.latency_ms:
            break
    return best_ms


def _peak_rss_mb() -> float:
    """Most that this process had resident since it began (proc(5), status, VmHWM)."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _refuse_cost(path: Path, report: ProbeReport, budget: ProbeBudget) -> None:
    latency_ms, rss_mb = report.latency_ms or 0.0, report.rss_mb or 0.0
    if budget.latency_ms is not None and latency_ms > budget.latency_ms:
        raise TooSlow(
            f"{path}: one call takes {latency_ms:.1f} ms on this device, its budget is {budget.latency_ms:g} ms; use a "
            "smaller model"
        )
    if budget.rss_mb is not None and rss_mb > budget.rss_mb:
        raise TooMuchMemory(
            f"{path}: takes {rss_mb:.0f} MB on this device, its budget is {budget.rss_mb:g} MB; use a smaller model"
        )


def _limit(limits: ProbeLimits) -> None:
    """Bound what this process may still use; what is imported already counts for itself."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    in_use = pages * resource.getpagesize()
    open_files = len(list(Path("/proc/self/fd").iterdir())) + limits.open_files
    resource.setrlimit(resource.RLIMIT_AS, (in_use + limits.memory_bytes, in_use + limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    np.seterr(all="ignore")  # a broken network's numbers overflow; that is judged, not printed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
