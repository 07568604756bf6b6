"""One class over the two interpreters of TensorFlow Lite: LiteRT, and tflite-runtime before it."""

from __future__ import annotations

import importlib
import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.errors import ModelRefused, ModelUnreadable, RuntimeMissing, TooMuchMemory

log = logging.getLogger(__name__)

RUNTIMES = {
    "litert": "ai_edge_litert.interpreter:Interpreter",
    "tflite": "tflite_runtime.interpreter:Interpreter",
}
_GIANT_BYTES = 500_000_000  # our own: the largest tensor of a public pose export at 1280 px has 50 MB
PACKAGES = {"litert": "ai-edge-litert", "tflite": "tflite-runtime"}


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What the model says about one of its input or output tensors.

    Attributes:
        index: The interpreter's number of the tensor.
        name: The exporter's name of it.
        shape: Its dimensions, batch first.
        dtype: Name of the numpy type, as in ``int8``.
        scale: Real value of one step of a quantised tensor; 0 where it is not quantised.
        zero_point: The stored value that means 0.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int

    @property
    def quantised(self) -> bool:
        """Whether the stored values are steps of `scale`."""
        return self.dtype in ("int8", "uint8")

    def __str__(self) -> str:
        """In words, as in ``int8 [1,56,2100]``."""
        return f"{self.dtype} [{','.join(str(side) for side in self.shape)}]"


def import_runtime(name: str) -> tuple[str, type[Any]]:
    """Import an interpreter.

    Args:
        name: ``litert``, ``tflite``, or ``auto`` for the first of them that is installed.

    Returns:
        The name of the runtime that was found, and its `Interpreter` class.

    Raises:
        RuntimeMissing: No such runtime, or its package is not installed or does not load here.
    """
    if name not in (*RUNTIMES, "auto"):
        raise RuntimeMissing(f"there is no runtime {name!r}; use auto, {' or '.join(RUNTIMES)}")
    faults = []
    for candidate in RUNTIMES if name == "auto" else [name]:
        module, _, attribute = RUNTIMES[candidate].partition(":")
        try:
            return candidate, getattr(importlib.import_module(module), attribute)
        except ImportError as fault:
            faults.append(f"{candidate}: {one_line(fault)}")
    wanted = PACKAGES["litert" if name == "auto" else name]
    raise RuntimeMissing(f"no interpreter ({'; '.join(faults)}); install it with `pip install {wanted}`")


class ModelInterpreter:
    """A model that is open in one of the runtimes.

    Args:
        path: The ``.tflite`` file.
        runtime: ``auto``, ``litert`` or ``tflite``.
        threads: Threads of one call.

    Raises:
        RuntimeMissing: The runtime is not installed.
        ModelUnreadable: The runtime does not take the file for a model.
        ModelRefused: The runtime lacks what the model needs.
        TooMuchMemory: It wants a tensor beyond all measure.
    """

    def __init__(self, path: Path, runtime: str, threads: int) -> None:
        self.runtime, factory = import_runtime(runtime)
        self.path = path
        try:
            self._vendor = factory(model_path=str(path), num_threads=threads)
        except (ValueError, RuntimeError) as fault:
            raise ModelUnreadable(
                f"{path}: {self.runtime} does not take it for a model ({one_line(fault)}); fetch or export it again"
            ) from fault
        try:
            self._vendor.allocate_tensors()
        except (ValueError, RuntimeError) as fault:
            # The runtimes have no word of their own for a lack of memory.
            if (size_bytes := _largest_bytes(self._vendor)) > _GIANT_BYTES:
                raise TooMuchMemory(
                    f"{path}: one of its tensors has {size_bytes // 1_000_000} MB; use a smaller model"
                ) from fault
            raise ModelRefused(
                f"{path}: {self.runtime} cannot prepare it ({one_line(fault)}); export it for TensorFlow Lite's "
                "built-in operations, or update the runtime"
            ) from fault
        self.inputs = tuple(_spec(details) for details in self._vendor.get_input_details())
        self.outputs = tuple(_spec(details) for details in self._vendor.get_output_details())

    def invoke(self, tensor: npt.NDArray[Any]) -> None:
        """Run the network on one input.

        Args:
            tensor: Of the shape and dtype of ``inputs[0]``; copied.

        Raises:
            ModelRefused: The network does not run.
        """
        try:
            self._vendor.set_tensor(self.inputs[0].index, tensor)
            self._vendor.invoke()
        except (ValueError, RuntimeError) as fault:
            raise ModelRefused(
                f"{self.path}: {self.runtime} fails to run it ({one_line(fault)}); export it again as a "
                "full-integer model"
            ) from fault

    def results(self) -> tuple[npt.NDArray[Any], ...]:
        """The outputs of the last call: views that must be dropped before the next, or `invoke` refuses to run."""
        return tuple(self._vendor.tensor(spec.index)() for spec in self.outputs)


def _largest_bytes(vendor: Any) -> int:
    """Size of the largest tensor that the model declares."""
    sizes = (
        math.prod(int(side) for side in details["shape"]) * np.dtype(details["dtype"]).itemsize
        for details in vendor.get_tensor_details()
    )
    return max(sizes, default=0)


def one_line(fault: BaseException) -> str:
    """The text of a vendor's exception on one line, at most 200 characters."""
    return " ".join(str(fault).split())[:200]


def _spec(details: dict[str, Any]) -> TensorSpec:
    scale, zero_point = details["quantization"]
    return TensorSpec(
        index=int(details["index"]),
        name=str(details["name"]),
        shape=tuple(int(side) for side in details["shape"]),
        dtype=np.dtype(details["dtype"]).name,
        scale=float(scale),
        zero_point=int(zero_point),
    )
