"""Builds small TensorFlow Lite files, right and wrong ones, with the schema that the LiteRT wheel carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

_TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "int32": schema.TensorType.INT32,
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
}


@dataclass
class Network:
    """A network under construction: tensors are numbers, in the order in which they were made."""

    tensors: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])
    operators: list[Any] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def tensor(
        self,
        shape: tuple[int, ...],
        dtype: str = "float32",
        data: npt.NDArray[Any] | None = None,
        *,
        scale: float = 0.0,
        zero_point: int = 0,
    ) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type = f"t{len(self.tensors)}".encode(), list(shape), _TYPES[dtype]
        made.buffer = 0
        if scale:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = [scale], [zero_point]
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.buffers.append(buffer)
            made.buffer = len(self.buffers) - 1
        self.tensors.append(made)
        return len(self.tensors) - 1

    def operator(self, code: int, inputs: list[int], output: int, options: tuple[int, Any] | None = None) -> int:
        made = schema.OperatorT()
        if code not in self.codes:
            self.codes.append(code)
        made.opcodeIndex, made.inputs, made.outputs = self.codes.index(code), inputs, [output]
        if options:
            made.builtinOptionsType, made.builtinOptions = options
        self.operators.append(made)
        return output

    def constant(self, values: npt.ArrayLike, dtype: str = "float32") -> int:
        array = np.asarray(values, dtype)
        return self.tensor(array.shape, dtype, array)

    def reshape(self, source: int, shape: tuple[int, ...]) -> int:
        wanted = self.tensor((len(shape),), "int32", np.array(shape, np.int32))
        return self.operator(schema.BuiltinOperator.RESHAPE, [source, wanted], self.tensor(shape))

    def resize(self, source: int, height: int, width: int) -> int:
        size = self.tensor((2,), "int32", np.array([height, width], np.int32))
        options = (schema.BuiltinOptions.ResizeBilinearOptions, schema.ResizeBilinearOptionsT())
        target = self.tensor((1, height, width, 3))
        return self.operator(schema.BuiltinOperator.RESIZE_BILINEAR, [source, size], target, options)

    def file(self, inputs: list[int], outputs: list[int]) -> bytes:
        graph = schema.SubGraphT()
        graph.tensors, graph.inputs, graph.outputs, graph.operators = self.tensors, inputs, outputs, self.operators
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = 3, [graph], self.buffers
        model.operatorCodes = []
        for code in self.codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, min(code, 127), 1
            model.operatorCodes.append(entry)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def classifier() -> bytes:
    """A picture in, 3072 numbers out."""
    network = Network()
    picture = network.tensor((1, 32, 32, 3))
    return network.file([picture], [network.reshape(picture, (1, 3072))])


def two_outputs() -> bytes:
    """A picture in, two tensors out, as of a detector with its own suppression."""
    network = Network()
    picture = network.tensor((1, 32, 32, 3))
    return network.file([picture], [network.reshape(picture, (1, 3072)), network.reshape(picture, (1, 1024, 3))])


def endless(count: int) -> bytes:
    """`count` exponentials of three million numbers, one after the other."""
    network = Network()
    picture = network.tensor((1, 32, 32, 3))
    value = network.resize(picture, 1024, 1024)
    for _ in range(count):
        value = network.operator(schema.BuiltinOperator.EXP, [value], network.tensor((1, 1024, 1024, 3)))
    return network.file([picture], [network.reshape(network.resize(value, 56, 8), (1, 56, 24))])


def glutton() -> bytes:
    """Needs 12 GB for one tensor."""
    network = Network()
    picture = network.tensor((1, 32, 32, 3))
    value = network.resize(picture, 32768, 32768)
    return network.file([picture], [network.reshape(network.resize(value, 56, 8), (1, 56, 24))])


def killer() -> bytes:
    """A SLICE that lacks two of its three inputs: LiteRT 2.3 reads beyond their list."""
    network = Network()
    picture = network.tensor((1, 32, 32, 3))
    target = network.operator(schema.BuiltinOperator.SLICE, [picture], network.tensor((1, 32, 32, 3)))
    return network.file([picture], [network.reshape(network.resize(target, 56, 8), (1, 56, 24))])
