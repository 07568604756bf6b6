"""Has a model opened and tried by a child process, and understands how the child ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from edge_agent import errors
from edge_agent.errors import ModelError, ModelUnreadable, TooSlow
from edge_agent.pose.golden_score import GoldenScore
from edge_agent.pose.model_files import ModelFiles
from edge_agent.pose.output_layout import OutputFormat, TensorLayout


@dataclass(frozen=True, slots=True)
class ProbeLimits:
    """What the child may use.

    Far more than a sound model needs (0.3 s on x86-64), so that only a runaway meets them.

    Attributes:
        memory_bytes: Address space on top of what the imports took.
        cpu_s: Whole seconds of processor time, imports included.
        wall_s: Seconds until the child is killed.
        file_bytes: Largest file that the child may write: it has nothing to write.
        open_files: Files that it may open on top of those that are open; a model needs itself and its pictures.
    """

    memory_bytes: int = 1_000_000_000
    cpu_s: int = 30
    wall_s: float = 60.0
    file_bytes: int = 0
    open_files: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeBudget:
    """What a model may cost on this device, beyond which it is refused. Nothing is measured without a budget.

    Attributes:
        latency_ms: Median of one call of the interpreter with one thread; None for no bound.
        rss_mb: Most memory that the child had resident, in 10^6 bytes, imports included; None for no bound.
        runs: Calls that are measured; 0 for none.
    """

    latency_ms: float | None = None
    rss_mb: float | None = None
    runs: int = 15  # our own: enough that single hiccups do not move the median, and less than a second on a Pi


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What the child found out about a sound model.

    Attributes:
        runtime: The runtime that it was tried in.
        input_width_px: Width of the network's input.
        input_height_px: Height of the network's input.
        input_dtype: As in ``uint8``.
        form: How to read its output.
        golden: How well it found the golden inputs.
        latency_ms: Median of one call with one thread; None where it was not measured.
        rss_mb: Most memory that the child had resident, in 10^6 bytes; None where it was not measured.
    """

    runtime: str
    input_width_px: int
    input_height_px: int
    input_dtype: str
    form: OutputFormat
    golden: tuple[GoldenScore, ...]
    latency_ms: float | None = None
    rss_mb: float | None = None


class RunningProbe:
    """A child that is trying a model; `wait` collects its verdict."""

    def __init__(self, child: subprocess.Popen[str], model: Path, limits: ProbeLimits) -> None:
        self._child = child
        self._model = model
        self._limits = limits

    def wait(self) -> ProbeReport:
        """Wait for the verdict.

        Raises:
            RuntimeMissing: The runtime is not installed.
            ModelUnreadable: Not a model; it may have killed the child.
            ModelRefused: A model that must not be used.
        """
        try:
            out, err = self._child.communicate(timeout=self._limits.wall_s)
        except subprocess.TimeoutExpired as fault:
            raise TooSlow(
                f"{self._model}: gave no verdict within {self._limits.wall_s:g} s; it is damaged, or too large "
                "for this device"
            ) from fault
        if self._child.returncode:
            raise self._death(self._child.returncode, err)
        return self._verdict(out)

    def _death(self, code: int, err: str) -> ModelError:
        said = " ".join(err.split())[-200:]
        if code == -signal.SIGXCPU:
            return TooSlow(
                f"{self._model}: used more than {self._limits.cpu_s} s of processor time on the golden inputs; it is "
                "damaged, or too large for this device"
            )
        if code < 0:
            name = signal.Signals(-code).name
            return ModelUnreadable(
                f"{self._model}: it killed the interpreter ({name}) in the trial process; the file is damaged or "
                "hostile, fetch it again from a source that you trust"
            )
        return ModelUnreadable(f"{self._model}: the trial process failed with status {code} ({said})")

    def _verdict(self, out: str) -> ProbeReport:
        try:
            verdict = json.loads(out.splitlines()[-1])
            if "error" in verdict:
                kind = getattr(errors, verdict["error"])
                raise kind(verdict["reason"])
            return report_from_json(verdict)
        except (IndexError, ValueError, KeyError, TypeError) as fault:
            raise ModelUnreadable(f"{self._model}: the trial process gave no verdict; the file is damaged") from fault


def judge_model(
    files: ModelFiles, runtime: str, limits: ProbeLimits | None = None, budget: ProbeBudget | None = None
) -> ProbeReport:
    """Have a model tried, and wait for the verdict; raises as `RunningProbe.wait`."""
    with running_probe(files, runtime, limits, budget) as probe:
        return probe.wait()


@contextmanager
def running_probe(
    files: ModelFiles, runtime: str, limits: ProbeLimits | None = None, budget: ProbeBudget | None = None
) -> Iterator[RunningProbe]:
    """Start the child (``python -m edge_agent.pose.probe``); it is gone when the context ends.

    Args:
        files: The model to try.
        runtime: ``auto``, ``litert`` or ``tflite``.
        limits: What the child may use.
        budget: What the model may cost; nothing is measured without one.
    """
    limits = limits or ProbeLimits()
    order = {
        "model": str(files.model),
        "runtime": runtime,
        "golden": str(files.golden or ""),
        "limits": asdict(limits),
        "budget": asdict(budget or ProbeBudget(runs=0)),
    }
    command = [sys.executable, "-m", "edge_agent.pose.probe", json.dumps(order)]
    # One thread: the arenas of OpenBLAS, one a core, would count against the limit on memory.
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and module; the path is one argument
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    with child:
        try:
            yield RunningProbe(child, files.model, limits)
        finally:
            child.kill()


def report_to_json(report: ProbeReport) -> str:
    """One line that `report_from_json` reads after `json.loads`."""
    return json.dumps(asdict(report))


def report_from_json(document: dict[str, object]) -> ProbeReport:
    """The report that a child wrote.

    Raises:
        KeyError: A part is missing.
        TypeError: A part has another type.
        ValueError: A value is unknown.
    """
    form, golden = document["form"], document["golden"]
    latency_ms, rss_mb = document["latency_ms"], document["rss_mb"]
    if not isinstance(form, dict) or not isinstance(golden, list):
        raise TypeError("form or golden")
    return ProbeReport(
        runtime=str(document["runtime"]),
        input_width_px=int(str(document["input_width_px"])),
        input_height_px=int(str(document["input_height_px"])),
        input_dtype=str(document["input_dtype"]),
        form=OutputFormat(TensorLayout(form["layout"]), bool(form["normalised"])),
        golden=tuple(GoldenScore(str(g["name"]), float(g["score"]), float(g["oks"]), bool(g["lying"])) for g in golden),
        latency_ms=None if latency_ms is None else float(str(latency_ms)),
        rss_mb=None if rss_mb is None else float(str(rss_mb)),
    )
