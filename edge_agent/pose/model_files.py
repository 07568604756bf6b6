"""Where the files of a model are: a bare ``.tflite``, or a directory with manifest and golden inputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ModelRefused, ModelUnreadable

MODEL_FILE = "model.tflite"
MANIFEST_FILE = "model.yaml"
GOLDEN_DIRECTORY = "golden"

_IDENTIFIER = b"TFL3"  # file identifier of the TensorFlow Lite schema, at bytes 4..8 of a flatbuffer
# The largest public YOLO pose export in float32 (x, 69 M parameters) has 280 MB.
MAX_MODEL_BYTES = 400_000_000


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The files of one model.

    Attributes:
        model: The ``.tflite`` file.
        manifest: Its ``model.yaml``; None for a bare file.
        golden: Its own golden inputs; None where it has but the shipped ones to pass.
    """

    model: Path
    manifest: Path | None
    golden: Path | None


def locate(path: Path) -> ModelFiles:
    """Find the files and look whether they can be a model at all.

    Args:
        path: A ``.tflite`` file or a model directory.

    Raises:
        ModelUnreadable: There is no such file, or it is not a TensorFlow Lite model.
        ModelRefused: A model of a format that is not supported.
    """
    try:
        model = (path / MODEL_FILE if path.is_dir() else path).absolute()
        _check_header(model)
        manifest, golden = model.with_name(MANIFEST_FILE), model.with_name(GOLDEN_DIRECTORY)
        if not manifest.is_file():
            return ModelFiles(model, None, None)
        return ModelFiles(model, manifest, golden if golden.is_dir() else None)
    except OSError as fault:
        raise ModelUnreadable(
            f"{fault.filename or path}: {fault.strerror}; give a .tflite file or a model directory"
        ) from fault


def _check_header(model: Path) -> None:
    if model.suffix == ".onnx":
        raise ModelRefused(f"{model}: ONNX models are not supported yet; export it as TensorFlow Lite (.tflite)")
    if model.exists() and not model.is_file():
        raise ModelUnreadable(f"{model}: not a file; give a .tflite file or a model directory")
    size = model.stat().st_size
    with model.open("rb") as file:
        head = file.read(8)
    if head[4:8] != _IDENTIFIER:
        raise ModelUnreadable(f"{model}: not a TensorFlow Lite model ({size} bytes); fetch or export it again")
    if size > MAX_MODEL_BYTES:
        raise ModelRefused(f"{model}: {size} bytes, more than {MAX_MODEL_BYTES}; use a smaller model")
