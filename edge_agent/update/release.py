"""The signed manifest of one version of a model, ``release.json``: what it consists of, and where it may run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

from edge_agent.update.signed_file import (
    ModelName,
    ModelVersion,
    Sha256,
    parse_signed_file,
    signed_file_to_bytes,
)

SCHEMA_VERSION = 1
MAX_RELEASE_BYTES = 64 * 1024  # our own: a hundred golden inputs
RELEASE_FILE = "release.json"
ANY_HARDWARE = "any"

_STRICT = ConfigDict(extra="forbid", strict=True)
_MAX_FILE_BYTES = 400_000_000  # as edge_agent.pose.model_files: the largest public YOLO pose export has 280 MB
_PLAIN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_FILE_PATH = rf"^(golden/)?{_PLAIN}$"
_Numbers = Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")]
_Line = Annotated[str, Field(max_length=200, pattern=r"^\P{C}+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile:
    """One file of a model's directory."""

    __pydantic_config__ = _STRICT

    path: Annotated[str, Field(pattern=_FILE_PATH)]
    """Within the directory, as in ``model.tflite`` or ``golden/walking.png``."""
    length: Annotated[int, Field(ge=0, le=_MAX_FILE_BYTES)]
    """Bytes."""
    sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeRange:
    """Between which versions something must be, both included; unbounded where absent."""

    __pydantic_config__ = _STRICT

    min: _Numbers | None = None
    max: _Numbers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeNeeds:
    """What must be installed on the device."""

    __pydantic_config__ = _STRICT

    litert: RuntimeRange | None = None
    """Of ai-edge-litert; None where the model does not run in it."""
    tflite: RuntimeRange | None = None
    """Of tflite-runtime; likewise."""
    agent: RuntimeRange = RuntimeRange()
    """Of this agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenResult:
    """How well the model found the person of one golden input when the operator tried it."""

    __pydantic_config__ = _STRICT

    name: Annotated[str, Field(pattern=rf"^{_PLAIN}$")]
    """File name of the picture."""
    score: Annotated[float, Field(ge=0)]
    oks: Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What was measured of the model, and on what."""

    __pydantic_config__ = _STRICT

    dataset: _Line
    oks_ap: Annotated[float, Field(ge=0, le=1)]
    oks_ap50: Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the model may cost on the device that tries it; no bound where absent."""

    __pydantic_config__ = _STRICT

    latency_ms: Annotated[float, Field(gt=0)] | None = None
    """Median of one call of the interpreter."""
    rss_mb: Annotated[float, Field(gt=0)] | None = None
    """Resident memory of the process that tries it, in 10^6 bytes."""


def _each_once(files: tuple[ReleaseFile, ...]) -> tuple[ReleaseFile, ...]:
    paths = [file.path for file in files]
    if len({*paths}) != len(paths):
        raise ValueError("a file stands there twice")
    if not {"model.tflite", "model.yaml"} <= {*paths}:
        raise ValueError("model.tflite and model.yaml must be among the files")
    if RELEASE_FILE in paths:
        raise ValueError(f"{RELEASE_FILE} cannot list itself")
    return files


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a model, as the operator signed it."""

    __pydantic_config__ = _STRICT

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    name: ModelName
    version: ModelVersion
    hardware: Annotated[tuple[_Line, ...], Field(min_length=1)] = (ANY_HARDWARE,)
    """Machines as `platform.machine` names them (``aarch64``, ``x86_64``), or ``any``."""
    runtime: RuntimeNeeds
    files: Annotated[tuple[ReleaseFile, ...], AfterValidator(_each_once)]
    """All that a device fetches; the directory has nothing else."""
    golden: tuple[GoldenResult, ...] = ()
    """What the golden inputs gave, shipped ones and the model's own."""
    golden_tolerance: Annotated[float, Field(ge=0, le=1)] = 0.15
    """By how much score and similarity may fall short of `golden` on a device. Our own: the two interpreters differ
    by less than 0.1 on sound models, and a broken export by more than 0.5."""
    licence: _Line
    """SPDX identifier, or ``unknown``."""
    metrics: Metrics | None = None
    budget: Budget = Budget()

    @property
    def total_bytes(self) -> int:
        """Of all its files."""
        return sum(file.length for file in self.files)


_ADAPTER = TypeAdapter(Release)


def model_directory(name: str, version: str) -> str:
    """Where a version's files are among the targets; no slash at the end."""
    return f"models/{name}/{version}"


def release_path(name: str, version: str) -> str:
    """Target path of a version's manifest."""
    return f"{model_directory(name, version)}/{RELEASE_FILE}"


def parse_release(raw: bytes) -> Release:
    """Read a manifest whose signature was checked.

    Raises:
        SignedFileError: Damaged, or written for a later agent.
    """
    return parse_signed_file(raw, "release", SCHEMA_VERSION, _ADAPTER)


def release_to_bytes(release: Release) -> bytes:
    """The manifest as it is signed.

    Raises:
        SignedFileError: A value is not allowed: no device would take it.
    """
    raw = signed_file_to_bytes(release, _ADAPTER)
    parse_release(raw)
    return raw


def hardware_fits(release: Release, machine: str) -> bool:
    """Whether a release is for a machine, by the name that `platform.machine` gives it."""
    return ANY_HARDWARE in release.hardware or machine in release.hardware


def version_fits(wanted: RuntimeRange, installed: str) -> bool:
    """Whether an installed version is in a range; of ``2.14.0rc1`` the leading numbers count."""
    found = _numbers(installed)
    above = wanted.min is None or found >= _numbers(wanted.min)
    # 2.3 as an upper bound means every 2.3.x.
    below = wanted.max is None or found[: len(_numbers(wanted.max))] <= _numbers(wanted.max)
    return above and below


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
