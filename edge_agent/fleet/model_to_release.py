"""Judges a model directory and builds its signed manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.errors import FleetError
from edge_agent.pose.golden import golden_files
from edge_agent.pose.judge import ProbeReport, judge_model
from edge_agent.pose.manifest import Manifest, check_hash, read_manifest
from edge_agent.pose.model_files import GOLDEN_DIRECTORY, MANIFEST_FILE, MODEL_FILE, ModelFiles, locate
from edge_agent.update.release import (
    ANY_HARDWARE,
    Budget,
    GoldenResult,
    Metrics,
    Release,
    ReleaseFile,
    RuntimeNeeds,
    RuntimeRange,
    release_to_bytes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the operator says of a release, and the model directory does not.

    Attributes:
        hardware: Machines as `platform.machine` names them.
        litert: Range of ai-edge-litert; None takes the manifest's least version.
        tflite: Likewise of tflite-runtime.
        without: Runtimes that must not run it.
        agent: Range of the agent.
        budget: What it may cost on a device.
    """

    hardware: tuple[str, ...] = (ANY_HARDWARE,)
    litert: RuntimeRange | None = None
    tflite: RuntimeRange | None = None
    without: tuple[str, ...] = ()
    agent: RuntimeRange = field(default_factory=RuntimeRange)
    budget: Budget = field(default_factory=Budget)


@dataclass(frozen=True, slots=True, eq=False)
class BuiltRelease:
    """A release and the files that it consists of.

    Attributes:
        release: The manifest.
        raw: The manifest as it is signed.
        content: Of each file, by its path in the model's directory.
    """

    release: Release
    raw: bytes
    content: dict[str, bytes]


def build_release(directory: Path, conditions: Conditions, runtime: str) -> BuiltRelease:
    """Try a model as a device would, and build its manifest from what it says and what was found.

    Args:
        directory: With ``model.tflite``, ``model.yaml`` and, if it has some, ``golden/``.
        conditions: Of the operator.
        runtime: In which it is tried: ``auto``, ``litert`` or ``tflite``.

    Raises:
        ModelError: The model is bad.
        FleetError: Its manifest is missing, or speaks of another model.
        SignedFileError: No device would take the manifest: a name or a version with characters that are not allowed.
    """
    files = locate(directory)
    if files.manifest is None:
        raise FleetError(
            f"{directory}: a release needs {MANIFEST_FILE} beside {MODEL_FILE}: give a model directory; "
            "`edge-agent model add` makes one of a bare file"
        )
    manifest = read_manifest(files.manifest)
    check_hash(manifest, files.model)
    report = judge_model(files, runtime)
    _check_size(manifest, report, files.manifest)
    content = {path: (files.model.parent / path).read_bytes() for path in _paths(files)}
    release = _release(manifest, report, conditions, content)
    return BuiltRelease(release, release_to_bytes(release), content)


def _paths(files: ModelFiles) -> Iterator[str]:
    yield MODEL_FILE
    yield MANIFEST_FILE
    if files.golden is not None:
        for name in golden_files(files.golden):
            yield f"{GOLDEN_DIRECTORY}/{name}"


def _check_size(manifest: Manifest, report: ProbeReport, file: Path) -> None:
    said = manifest.input.width_px, manifest.input.height_px
    found = report.input_width_px, report.input_height_px
    if said != found:
        raise FleetError(
            f"{file}: says an input of {said[0]}x{said[1]}, the model takes {found[0]}x{found[1]}; correct the manifest"
        )


def _release(manifest: Manifest, report: ProbeReport, conditions: Conditions, content: dict[str, bytes]) -> Release:
    return Release(
        name=manifest.name,
        version=manifest.version,
        hardware=conditions.hardware,
        runtime=RuntimeNeeds(
            litert=_range(conditions, "litert", conditions.litert, manifest.minimum_runtime.litert),
            tflite=_range(conditions, "tflite", conditions.tflite, manifest.minimum_runtime.tflite),
            agent=conditions.agent,
        ),
        files=tuple(
            ReleaseFile(path=path, length=len(raw), sha256=hashlib.sha256(raw).hexdigest())
            for path, raw in content.items()
        ),
        golden=tuple(
            GoldenResult(name=each.name, score=round(each.score, 4), oks=round(each.oks, 4)) for each in report.golden
        ),
        licence=manifest.licence,
        metrics=_metrics(manifest),
        budget=conditions.budget,
    )


def _metrics(manifest: Manifest) -> Metrics | None:
    said = manifest.accuracy
    if said is None:
        return None
    return Metrics(dataset=said.dataset, oks_ap=float(said.oks_ap), oks_ap50=float(said.oks_ap50))


def _range(conditions: Conditions, runtime: str, given: RuntimeRange | None, least: str | None) -> RuntimeRange | None:
    if runtime in conditions.without:
        return None
    return given or RuntimeRange(min=least)
