"""Model files that somebody made to do harm, or that went wrong in a way of their own."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import flatbuffers
import numpy as np
import tiny_networks
from ai_edge_litert import schema_py_generated as schema
from tiny_networks import Network

from edge_agent.update.reason import UpdateReason as R

SIDE = 64
ANCHORS = 84


def _constant_output(values: np.ndarray, dtype: str = "float32") -> bytes:
    """The right shapes, and the same answer to every picture."""
    network = Network()
    picture = network.tensor((1, SIDE, SIDE, 3))
    zero = network.constant([0.0])
    small = network.resize(picture, 1, 1)
    flat = network.reshape(small, (3,))
    mixed = network.operator(schema.BuiltinOperator.MUL, [flat, zero], network.tensor((3,)), _options("Mul"))
    spread = network.reshape(mixed, (1, 3, 1))
    first = network.operator(
        schema.BuiltinOperator.SUM,
        [spread, network.tensor((1,), "int32", np.array([1], np.int32))],
        network.tensor((1, 1, 1)),
        (schema.BuiltinOptions.ReducerOptions, _reducer()),
    )
    answer = network.constant(values.astype(dtype), dtype)
    out = network.operator(schema.BuiltinOperator.ADD, [answer, first], network.tensor(values.shape), _options("Add"))
    return network.file([picture], [out])


def _options(name: str) -> tuple[int, object]:
    return getattr(schema.BuiltinOptions, f"{name}Options"), getattr(schema, f"{name}OptionsT")()


def _reducer() -> object:
    made = schema.ReducerOptionsT()
    made.keepDims = True
    return made


def _edited(change: Callable[[object], None]) -> Callable[[bytes], bytes]:
    def edit(model: bytes) -> bytes:
        tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
        change(tree)
        builder = flatbuffers.Builder(len(model))
        builder.Finish(tree.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    return edit


def _unknown_operator(tree: object) -> None:
    tree.operatorCodes[0].builtinCode = 5000  # type: ignore[attr-defined]
    tree.operatorCodes[0].deprecatedBuiltinCode = 127  # type: ignore[attr-defined]


def _own_operator(tree: object) -> None:
    code = tree.operatorCodes[0]  # type: ignore[attr-defined]
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    code.customCode = b"LoadLibrary"


def _tensor_beyond_the_list(tree: object) -> None:
    tree.subgraphs[0].operators[0].inputs = [10**6]  # type: ignore[attr-defined]


def _negative_shape(tree: object) -> None:
    for tensor in tree.subgraphs[0].tensors[:8]:  # type: ignore[attr-defined]
        tensor.shape = [-(2**31) + 1] * len(tensor.shape)


def _giant_shape(tree: object) -> None:
    graph = tree.subgraphs[0]  # type: ignore[attr-defined]
    graph.tensors[graph.inputs[0]].shape = [1, 40_000, 40_000, 3]


def _no_graph(tree: object) -> None:
    tree.subgraphs = []  # type: ignore[attr-defined]


def _swapped_weights(tree: object) -> None:
    rng = np.random.default_rng(3)
    for buffer in tree.buffers:  # type: ignore[attr-defined]
        if buffer.data is not None and len(buffer.data) > 1000:
            buffer.data = rng.permutation(buffer.data)


def _silent_weights(tree: object) -> None:
    for buffer in tree.buffers:  # type: ignore[attr-defined]
        if buffer.data is not None and len(buffer.data) > 1000:
            buffer.data = np.zeros_like(buffer.data)


def _vector_length(model: bytes) -> bytes:
    """The root table points far beyond the file."""
    return struct.pack("<I", 2**31 - 8) + model[4:]


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], R]] = {
    "empty": (lambda _: b"", R.LOAD_FAILED),
    "header alone": (lambda model: model[:8], R.LOAD_FAILED),
    "first kilobyte": (lambda model: model[:1024], R.LOAD_FAILED),
    "first half": (lambda model: model[: len(model) // 2], R.LOAD_FAILED),
    "last byte missing": (lambda model: model[: -(len(model) // 100)], R.LOAD_FAILED),
    "noise behind the header": (lambda m: m[:8] + random.Random(5).randbytes(50_000), R.LOAD_FAILED),
    "an archive": (lambda _: b"PK\x03\x04" + bytes(5000), R.LOAD_FAILED),
    "a root that points outside": (_vector_length, R.LOAD_FAILED),
    "no graph": (_edited(_no_graph), R.LOAD_FAILED),
    "an operator that does not exist": (_edited(_unknown_operator), R.LOAD_FAILED),
    "an operator of its own": (_edited(_own_operator), R.LOAD_FAILED),
    "an input beyond the list": (_edited(_tensor_beyond_the_list), R.LOAD_FAILED),
    "negative sides": (_edited(_negative_shape), R.LOAD_FAILED),
    "kills the interpreter": (lambda _: tiny_networks.killer(), R.LOAD_FAILED),
    "a classifier": (lambda _: tiny_networks.classifier(), R.LOAD_FAILED),
    "two outputs": (lambda _: tiny_networks.two_outputs(), R.LOAD_FAILED),
    "twelve gigabytes": (lambda _: tiny_networks.glutton(), R.MEMORY),
    "a giant input": (_edited(_giant_shape), R.MEMORY),
    "computes for ever": (lambda _: tiny_networks.endless(5000), R.LATENCY),
    "sees nobody": (lambda _: _constant_output(np.zeros((1, 56, ANCHORS))), R.GOLDEN_MISMATCH),
    "sees everybody everywhere": (lambda _: _constant_output(np.ones((1, 56, ANCHORS))), R.GOLDEN_MISMATCH),
    "numbers that are none": (lambda _: _constant_output(np.full((1, 56, ANCHORS), np.nan)), R.GOLDEN_MISMATCH),
    "weights in another order": (_edited(_swapped_weights), R.GOLDEN_MISMATCH),
    "weights of zero": (_edited(_silent_weights), R.GOLDEN_MISMATCH),
}


def mutated(model: bytes, rng: random.Random) -> bytes:
    """One of many small damages, most of them where the structure of the file is."""
    raw = bytearray(model)
    # The structure of this flatbuffer lies around its ends; in the middle there are weights.
    edge = 20_000
    at = rng.choice([rng.randrange(min(edge, len(raw))), len(raw) - 1 - rng.randrange(min(edge, len(raw)))])
    match rng.randrange(6):
        case 0:
            raw[at] ^= 1 << rng.randrange(8)
        case 1:
            for _ in range(rng.randrange(2, 64)):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
        case 2:
            raw[at : at + 4] = struct.pack("<i", rng.choice([-1, 0, 2**31 - 1, -(2**31), 1 << 20]))
        case 3:
            size = rng.randrange(1, 4096)
            raw[at : at + size] = bytes(size)
        case 4:
            del raw[at : at + rng.randrange(1, 4096)]
        case 5:
            other = rng.randrange(len(raw) - 4096)
            raw[at : at + 64] = raw[other : other + 64]
    return bytes(raw)


def written(directory: Path, content: bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "model.tflite").write_bytes(content)
    return directory
