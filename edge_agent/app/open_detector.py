"""From what a person calls a model to the open detector."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2

from edge_agent.pose.frame_to_pose import FrameToPose, open_model
from edge_agent.pose.manifest import read_manifest
from edge_agent.pose.model_files import locate
from edge_agent.update.catalogue import read_catalogue
from edge_agent.update.store import Store, resolve


@dataclass(frozen=True, slots=True, eq=False)
class OpenDetector:
    """A detector that runs, and what to call its model.

    Attributes:
        detect: The open model.
        model: Name and version from the manifest, or the name of the file.
    """

    detect: FrameToPose
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """How to run a model.

    Attributes:
        runtime: ``auto``, ``litert`` or ``tflite``.
        threads: Threads of the interpreter, and of OpenCV in this process.
        score: Least score of a person, 0..1.
    """

    runtime: str = "auto"
    threads: int = 1
    score: float


def open_detector(model: str, store: Store, how: Runtime) -> OpenDetector:
    """Find a model and open it, first in a child process.

    Args:
        model: A ``.tflite`` file, a model directory, the name of an installed model, or ``active``.
        store: Where the installed models are.
        how: How to run it.

    Raises:
        StoreError: There is no such model.
        ModelError: It cannot or must not be used.
    """
    path = resolve(model, store, tuple(entry.name for entry in read_catalogue()))
    cv2.setNumThreads(how.threads)
    detect = open_model(path, how.runtime, how.threads, how.score)
    return OpenDetector(detect, _model_name(path))


def _model_name(path: Path) -> str:
    manifest_file = locate(path).manifest
    if manifest_file is None:
        return path.stem
    manifest = read_manifest(manifest_file)
    return f"{manifest.name} {manifest.version}"
