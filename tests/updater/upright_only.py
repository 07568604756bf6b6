"""A network that sees people on their feet and nobody who lies, made from the shipped one.

Its anchors whose box is wider than it is tall score nothing; everything else is what the shipped network says.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_OPERATOR = schema.BuiltinOperator
_STEEP = 1000.0  # strides of height more than width, times this, are 0 or 1


def upright_only(model: bytes) -> bytes:
    """The shipped network with operators behind its heads that silence wide boxes."""
    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    editor = _Editor(tree)
    graph = tree.subgraphs[0]
    by_shape = {tuple(graph.tensors[number].shape[1:]): number for number in graph.outputs}
    for (anchors, values), scores in by_shape.items():
        if values == 18:
            silenced = editor.silenced(scores, by_shape[anchors, 4])
            graph.outputs = [silenced if number == scores else number for number in graph.outputs]
    tree.signatureDefs = None  # it names the outputs that were
    builder = flatbuffers.Builder(len(model))
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class _Editor:
    """Adds operators at the end of a graph."""

    def __init__(self, tree: Any) -> None:
        self._tree, self._graph = tree, tree.subgraphs[0]

    def silenced(self, scores: int, boxes: int) -> int:
        """The scores of one level, 0 where the box (left, top, right, bottom of the anchor) is wide."""
        anchors = int(self._graph.tensors[scores].shape[1])
        sides = self._plain(_OPERATOR.DEQUANTIZE, [boxes], (1, anchors, 4))
        signed = self._plain(_OPERATOR.MUL, [sides, self._constant([-1.0, 1.0, -1.0, 1.0])], (1, anchors, 4))
        keep = schema.ReducerOptionsT()
        keep.keepDims = True
        taller = self._plain(_OPERATOR.SUM, [signed, self._constant([2], "int32")], (1, anchors, 1))
        self._graph.operators[-1].builtinOptionsType = schema.BuiltinOptions.ReducerOptions
        self._graph.operators[-1].builtinOptions = keep
        steep = self._plain(_OPERATOR.MUL, [taller, self._constant([_STEEP])], (1, anchors, 1))
        above = self._plain(_OPERATOR.MAXIMUM, [steep, self._constant([0.0])], (1, anchors, 1))
        upright = self._plain(_OPERATOR.MINIMUM, [above, self._constant([1.0])], (1, anchors, 1))
        plain = self._plain(_OPERATOR.DEQUANTIZE, [scores], (1, anchors, 18))
        kept = self._plain(_OPERATOR.MUL, [plain, upright], (1, anchors, 18))
        target = deepcopy(self._graph.tensors[scores])
        target.name = b"upright"
        return self._operator(_OPERATOR.QUANTIZE, [kept], self._added(target))

    def _plain(self, code: int, inputs: list[int], shape: tuple[int, ...]) -> int:
        return self._operator(code, inputs, self._tensor(shape))

    def _operator(self, code: int, inputs: list[int], output: int) -> int:
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = self._code(code), inputs, [output]
        if code == _OPERATOR.MUL:
            made.builtinOptionsType, made.builtinOptions = schema.BuiltinOptions.MulOptions, schema.MulOptionsT()
        self._graph.operators.append(made)
        return output

    def _code(self, code: int) -> int:
        made = schema.OperatorCodeT()
        made.builtinCode, made.deprecatedBuiltinCode, made.version = code, min(code, 127), 2
        self._tree.operatorCodes.append(made)
        return len(self._tree.operatorCodes) - 1

    def _constant(self, values: list[float], dtype: str = "float32") -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.asarray(values, dtype).tobytes(), np.uint8)
        self._tree.buffers.append(buffer)
        number = self._tensor((len(values),), dtype)
        self._graph.tensors[number].buffer = len(self._tree.buffers) - 1
        return number

    def _tensor(self, shape: tuple[int, ...], dtype: str = "float32") -> int:
        made = schema.TensorT()
        made.name, made.shape, made.buffer = b"upright", list(shape), 0
        made.type = schema.TensorType.INT32 if dtype == "int32" else schema.TensorType.FLOAT32
        return self._added(made)

    def _added(self, tensor: Any) -> int:
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1
