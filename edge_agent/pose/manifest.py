"""``model.yaml``: what a model directory says about its model that the tensors cannot."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_agent.errors import ModelRefused, ModelUnreadable
from edge_agent.pose.interpreter import PACKAGES
from edge_agent.pose.yaml_file import read_yaml

_Line = Annotated[str, Field(pattern=r"^\P{C}+$")]  # no control characters: it is printed where consent is asked
_Version = Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ManifestInput(_Part):
    """The picture that the network takes."""

    width_px: Annotated[int, Field(ge=32, le=4096)]
    height_px: Annotated[int, Field(ge=32, le=4096)]
    colour_order: Literal["rgb"] = "rgb"


class Accuracy(_Part):
    """What was measured, and on what."""

    dataset: _Line
    oks_ap: Annotated[float, Field(ge=0, le=1)]
    oks_ap50: Annotated[float, Field(ge=0, le=1)]


class MinimumRuntime(_Part):
    """The oldest version of each interpreter that the model is known to run in."""

    litert: _Version | None = None
    tflite: _Version | None = None


class Manifest(_Part):
    """One model directory's ``model.yaml``."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    version: _Line
    family: Literal["yolo-pose"] = "yolo-pose"
    keypoint_schema: Literal["coco17"] = "coco17"
    input: ManifestInput
    licence: _Line
    """SPDX identifier, or ``unknown``."""
    source: _Line
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of ``model.tflite``."""
    accuracy: Accuracy | None = None
    minimum_runtime: MinimumRuntime = MinimumRuntime()


def read_manifest(path: Path) -> Manifest:
    """Read and validate a ``model.yaml``.

    Raises:
        ModelUnreadable: Missing, not YAML, or not a manifest.
    """
    document = read_yaml(path)
    try:
        return Manifest.model_validate(document)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        raise ModelUnreadable(f"{path}: {place}: {first['msg']}; correct it or install the model again") from fault


def write_manifest(manifest: Manifest) -> str:
    """The manifest as YAML."""
    return yaml.safe_dump(manifest.model_dump(exclude_none=True), sort_keys=False, allow_unicode=True)


def check_hash(manifest: Manifest, model: Path) -> None:
    """Refuse a model file that is not the one of the manifest.

    Raises:
        ModelRefused: The hash differs.
    """
    found = hashlib.sha256(model.read_bytes()).hexdigest()
    if found != manifest.sha256:
        raise ModelRefused(
            f"{model}: has sha256 {found[:12]}..., its manifest says {manifest.sha256[:12]}...; install it again"
        )


def check_runtime(manifest: Manifest, runtime: str) -> None:
    """Refuse a model that needs a newer interpreter.

    Args:
        manifest: Of the model.
        runtime: ``litert`` or ``tflite``, installed.

    Raises:
        ModelRefused: The installed version is older than the manifest's least.
    """
    least: str | None = getattr(manifest.minimum_runtime, runtime)
    if least is None:
        return
    installed = metadata.version(PACKAGES[runtime])
    if _numbers(installed) < _numbers(least):
        raise ModelRefused(
            f"model {manifest.name} needs {PACKAGES[runtime]} {least}, {installed} is installed; update it with "
            f"`pip install '{PACKAGES[runtime]}>={least}'`"
        )


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numeric release of a version, as in 2.14.0rc1 -> (2, 14, 0)."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)
