"""Builds networks with separate heads that find the worker of every golden picture, and nobody else.

The mean of the picture tells which it is: every output is the sum over the pictures of `t * values`, with t = 1 for the
one whose mean is near, and 0 for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema
from tiny_networks import Network

from edge_agent.pose.golden import GoldenInput, read_golden

SIDE_PX = 256
STRIDES_PX = (8, 16, 32)
ROWS = tuple((SIDE_PX // stride) ** 2 for stride in STRIDES_PX)
SCORE, CONFIDENCE = 0.9, 0.8
# The range that each of the three kinds of values is quantised to.
RANGES = {18: (0.0, 255 / 256), 4: (0.0, 32.0), 34: (-16.0, 16.0)}
GOLDEN = tuple(read_golden(Path(str(files("edge_agent.models"))) / "golden"))


@dataclass(frozen=True)
class Choice:
    """Which network to build.

    Attributes:
        dtype: Of the outputs.
        level: Index of the stride on which the worker is found.
        apart: Whether each level has tensors of its own.
    """

    dtype: str
    level: int
    apart: bool


def network(choice: Choice) -> bytes:
    made = Network()
    picture = made.tensor((1, SIDE_PX, SIDE_PX, 3), "uint8", scale=1 / 255)
    pixels = made.operator(schema.BuiltinOperator.DEQUANTIZE, [picture], made.tensor((1, SIDE_PX, SIDE_PX, 3)))
    which = _which_picture(made, pixels)
    outputs = []
    for values in RANGES:
        rows = [_rows(golden, choice.level, values)[None] for golden in GOLDEN]
        parts = np.split(np.arange(sum(ROWS)), np.cumsum(ROWS)[:-1]) if choice.apart else [np.arange(sum(ROWS))]
        outputs.extend(_output(made, which, [each[:, part] for each in rows], choice.dtype) for part in parts)
    return made.file([picture], outputs[::-1])  # the order must not matter


def _which_picture(made: Network, pixels: int) -> list[int]:
    """A number ``[1,1,1]`` for each golden picture: 1 for the one that is seen, 0 for the others."""
    means = [float(cv2.resize(golden.image, (SIDE_PX, SIDE_PX)).mean() / 255) for golden in GOLDEN]
    apart = min(abs(a - b) for a, b in combinations(means, 2))
    keep = schema.ReducerOptionsT()
    keep.keepDims = True
    axes = made.constant([1, 2, 3], "int32")
    options = (schema.BuiltinOptions.ReducerOptions, keep)
    mean = made.operator(schema.BuiltinOperator.MEAN, [pixels, axes], made.tensor((1, 1, 1, 1)), options)
    flat = made.reshape(mean, (1, 1, 1))
    return [_near(made, flat, each, apart) for each in means]


def _near(made: Network, value: int, wanted: float, apart: float) -> int:
    """1 where a value is within a quarter of `apart` of the wanted one, 0 beyond three quarters: ``[1,1,1]``."""
    off = _add(made, value, [[[-wanted]]])
    away = made.operator(schema.BuiltinOperator.ABS, [off], made.tensor((1, 1, 1)))
    slope = _add(made, _multiply(made, away, made.constant([[[-2 / apart]]]), (1, 1, 1)), [[[1.5]]])
    for code, bound in ((schema.BuiltinOperator.MAXIMUM, 0.0), (schema.BuiltinOperator.MINIMUM, 1.0)):
        slope = made.operator(code, [slope, made.constant([[[bound]]])], made.tensor((1, 1, 1)))
    return slope


def _output(made: Network, which: list[int], values: list[npt.NDArray[np.float32]], dtype: str) -> int:
    shape = values[0].shape
    parts = [_multiply(made, one, made.constant(said), shape) for one, said in zip(which, values, strict=True)]
    value = parts[0]
    for part in parts[1:]:
        options = (schema.BuiltinOptions.AddOptions, schema.AddOptionsT())
        value = made.operator(schema.BuiltinOperator.ADD, [value, part], made.tensor(shape), options)
    if dtype == "float32":
        return value
    low, high = RANGES[shape[2]]
    scale = (high - low) / 255
    zero_point = round(-low / scale) - (128 if dtype == "int8" else 0)
    target = made.tensor(shape, dtype, scale=scale, zero_point=zero_point)
    return made.operator(schema.BuiltinOperator.QUANTIZE, [value], target)


def _multiply(made: Network, a: int, b: int, shape: tuple[int, ...]) -> int:
    options = (schema.BuiltinOptions.MulOptions, schema.MulOptionsT())
    return made.operator(schema.BuiltinOperator.MUL, [a, b], made.tensor(shape), options)


def _add(made: Network, a: int, values: npt.ArrayLike) -> int:
    other = made.constant(values)
    options = (schema.BuiltinOptions.AddOptions, schema.AddOptionsT())
    return made.operator(schema.BuiltinOperator.ADD, [a, other], made.tensor(np.shape(values)), options)


def _rows(golden: GoldenInput, level: int, values: int) -> npt.NDArray[np.float32]:
    """What a sound network would say of the worker, ``(N, values)``: at one anchor of one level."""
    stride = STRIDES_PX[level]
    column, row = 110 // stride, SIDE_PX // stride // 2  # inside both workers' boxes
    anchor = sum(ROWS[:level]) + row * (SIDE_PX // stride) + column
    centre = np.array([column + 0.5, row + 0.5])
    points = golden.keypoints_px * SIDE_PX / golden.image.shape[0] / stride - centre
    said = {
        18: [SCORE, *[CONFIDENCE] * 17],
        4: [*-points.min(axis=0), *points.max(axis=0)],
        34: points.ravel(),
    }[values]
    rows = np.zeros((sum(ROWS), values), np.float32)
    rows[anchor] = said
    return rows
