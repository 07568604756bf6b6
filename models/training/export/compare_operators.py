"""Compares the int8 model with its float twin, operator by operator.

Both are written from the same graph, so an operator's output has the same name in both. The figure is the relative
error: the root mean square of the difference over that of the float tensor. Rounding to 256 steps over a tensor's range
gives about 1 %; an operator whose range was badly observed stands out, with everything behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from edge_agent.models.training.export.keras_to_tflite import Picture, network_input


@dataclass(frozen=True, slots=True)
class OperatorError:
    """One tensor's error through quantisation.

    Attributes:
        name: of the operator's output.
        relative: root mean square error over the root mean square of the float values.
    """

    name: str
    relative: float


def compare(int8_model: bytes, float_model: bytes, pictures: list[Picture]) -> tuple[OperatorError, ...]:
    """Runs both over the pictures and returns the mean error of each operator, in the order of execution."""
    quantised, plain = _open(int8_model), _open(float_model)
    wanted = {details["name"]: details["index"] for details in plain.get_tensor_details()}
    sums: dict[str, list[float]] = {}
    for picture in pictures:
        canvas = network_input(picture)[None]
        quantised.set_tensor(quantised.get_input_details()[0]["index"], canvas)
        plain.set_tensor(plain.get_input_details()[0]["index"], canvas.astype(np.float32) / 255)
        quantised.invoke()
        plain.invoke()
        for details in quantised.get_tensor_details():
            index = wanted.get(details["name"])
            if index is None or details["dtype"] != np.int8 or not _is_map(details):
                continue
            truth = plain.get_tensor(index)
            if truth.dtype == np.float32 and truth.shape == tuple(details["shape"]):
                said = _values(quantised.get_tensor(details["index"]), details["quantization"])
                error = float(np.sqrt(((said - truth) ** 2).mean()) / (np.sqrt((truth**2).mean()) + 1e-9))
                sums.setdefault(details["name"], []).append(error)
    return tuple(OperatorError(name, round(float(np.mean(errors)), 4)) for name, errors in sums.items())


def _open(model: bytes) -> Interpreter:
    # The CPU's own kernels: a delegate would fuse operators and keep nothing between them.
    interpreter = Interpreter(model_content=model, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    return interpreter


def _is_map(details: dict[str, Any]) -> bool:
    """Whether a tensor is an operator's output; a depthwise kernel has the shape of one, and a scale a channel."""
    shape, scales = np.asarray(details["shape"]), details["quantization_parameters"]["scales"]
    return bool(shape.size >= 3 and shape[0] == 1 and len(scales) == 1)


def _values(steps: npt.NDArray[np.int8], quantisation: tuple[float, int]) -> npt.NDArray[np.float32]:
    scale, zero = quantisation
    return np.asarray((steps.astype(np.float32) - zero) * scale, np.float32)
