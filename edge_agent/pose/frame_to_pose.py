"""Frame in, persons out: letterbox, network, decoding."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.data.pose import Poses
from edge_agent.pose.decode import DEFAULT_SCORE, Decoder
from edge_agent.pose.decode_heads import HeadsDecoder
from edge_agent.pose.heads import find_heads
from edge_agent.pose.interpreter import ModelInterpreter, import_runtime
from edge_agent.pose.judge import running_probe
from edge_agent.pose.letterbox import Letterbox
from edge_agent.pose.manifest import check_hash, check_runtime, read_manifest
from edge_agent.pose.model_files import locate
from edge_agent.pose.output_layout import OutputFormat, TensorLayout


@dataclass(frozen=True, slots=True)
class PoseTimings:
    """How long the parts of one call took, in milliseconds."""

    letterbox_ms: float
    invoke_ms: float
    postprocess_ms: float


class FrameToPose:
    """Finds the persons in a picture.

    Args:
        interpreter: An open pose network, whose tensors were checked.
        form: How to read its outputs.
        score: Least score of a person, 0..1.
        now_s: Monotonic seconds.

    Attributes:
        last_timings: Of the last call.
    """

    def __init__(
        self,
        interpreter: ModelInterpreter,
        form: OutputFormat,
        score: float = DEFAULT_SCORE,
        now_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        spec = interpreter.inputs[0]
        self.input_size_px = (spec.shape[2], spec.shape[1])
        self.last_timings = PoseTimings(0.0, 0.0, 0.0)
        self._interpreter = interpreter
        self._letterbox = Letterbox(spec)
        self._decode: Decoder | HeadsDecoder
        if form.layout is TensorLayout.HEADS:
            heads = find_heads(interpreter.path, interpreter.outputs, self.input_size_px)
            self._decode = HeadsDecoder(heads, score)
        else:
            self._decode = Decoder(interpreter.outputs[0], form, self.input_size_px, score)
        self._now_s = now_s

    @property
    def runtime(self) -> str:
        """The runtime that the model is open in: ``litert`` or ``tflite``."""
        return self._interpreter.runtime

    def __call__(self, image: npt.NDArray[np.uint8]) -> Poses:
        """Find the persons.

        Args:
            image: ``(H, W, 3)`` uint8, BGR, any size.

        Returns:
            In pixels of `image`.

        Raises:
            ModelRefused: The network stopped running.
        """
        started_s = self._now_s()
        placement = self._letterbox.fill(image)
        filled_s = self._now_s()
        self._interpreter.invoke(self._letterbox.tensor)
        invoked_s = self._now_s()
        found = self._decode(self._interpreter.results())
        poses = Poses(
            boxes_px=placement.boxes_to_frame(found.boxes_px),
            scores=found.scores,
            keypoints_px=placement.points_to_frame(found.keypoints_px),
            keypoint_confidences=found.keypoint_confidences,
        )
        done_s = self._now_s()
        self.last_timings = PoseTimings(
            1e3 * (filled_s - started_s), 1e3 * (invoked_s - filled_s), 1e3 * (done_s - invoked_s)
        )
        return poses


def open_model(path: Path, runtime: str = "auto", threads: int = 1, score: float = DEFAULT_SCORE) -> FrameToPose:
    """Open a pose model, after a child process has opened and tried it.

    Args:
        path: A ``.tflite`` file or a model directory.
        runtime: ``auto``, ``litert`` or ``tflite``.
        threads: Threads of the interpreter.
        score: Least score of a person, 0..1.

    Raises:
        RuntimeMissing: The runtime is not installed.
        ModelUnreadable: Not a model.
        ModelRefused: A model that must not be used; the text says why.
    """
    files = locate(path)
    with running_probe(files, runtime) as probe:
        chosen, _ = import_runtime(runtime)  # takes 60 ms, which the child does not wait for
        if files.manifest:
            manifest = read_manifest(files.manifest)
            check_hash(manifest, files.model)
            check_runtime(manifest, chosen)
        report = probe.wait()
    interpreter = ModelInterpreter(files.model, report.runtime, threads)
    return FrameToPose(interpreter, report.form, score)
