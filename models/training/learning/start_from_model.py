"""Starts a training from an exported model: `model.tflite` is what is kept of a training, its checkpoint is not.

The int8 weights are read back and normalisations are put behind them that change nothing yet: each takes the mean and
the deviation that its convolution shows on some pictures, so that training goes on as if it had never stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from edge_agent.models.training.network.blocks import ConvUnit
from edge_agent.models.training.network.edge_pose import EdgePose
from edge_agent.models.training.network.head import Head

_LAYER = re.compile(r"(depthwise_conv2d|conv2d)(?:_(\d+))?_\d+/(?:convolution|depthwise|BiasAdd)(?:;|$)")
"""How the converter names a constant after its Keras layer, which are numbered in the order they were made in."""


class NoSuchNetworkError(ValueError):
    """The file is of another network."""


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A convolution of the file, float32: kernel as PyTorch keeps it, and bias `(outputs,)`."""

    kernel: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


def start_from_model(network: EdgePose, path: Path, pictures: Tensor) -> None:
    """Gives the network the weights of an exported one.

    Args:
        network: of the same shape; its auxiliary joint maps stay as they are.
        path: int8 `model.tflite` that `export` wrote.
        pictures: `(B, 3, H, W)`, RGB 0..1, a few dozen as training shows them.

    Raises:
        NoSuchNetworkError: the file has other layers.
    """
    layers = _layers_of(path)
    convolutions = list(_in_exported_order(network))
    if len(layers) != len(convolutions):
        raise NoSuchNetworkError(f"{path} has {len(layers)} convolutions and the network {len(convolutions)}")
    numbers = {"depthwise_conv2d": 0, "conv2d": 0}
    for module in convolutions:
        kind = "depthwise_conv2d" if isinstance(module, ConvUnit) and module.depthwise else "conv2d"
        _fill(module, layers[kind, numbers[kind]], path)
        numbers[kind] += 1
    _normalise(network, pictures)


def _in_exported_order(network: EdgePose) -> Iterator[ConvUnit | nn.Conv2d]:
    """The convolutions as `export/network_to_keras.py` meets them."""
    backbone, neck = network.backbone, network.neck
    for part in (backbone.stem, backbone.stage_4, backbone.stage_5, backbone.stage_6):
        yield from _units(part)
    yield from (neck.lateral_32, neck.lateral_16, neck.down_16, neck.lateral_8, neck.down_8)
    yield from (neck.up_16, neck.mix_16, neck.up_32, neck.mix_32)
    for head in network.heads:
        if isinstance(head, Head):
            yield from (*_units(head.score_branch), *_units(head.place_branch))
            yield from (head.scores, head.boxes, head.keypoints)


def _units(part: nn.Module) -> Iterator[ConvUnit]:
    yield from (module for module in part.modules() if isinstance(module, ConvUnit))


def _layers_of(path: Path) -> dict[tuple[str, int], _Layer]:
    from ai_edge_litert.interpreter import Interpreter

    reader = Interpreter(str(path))
    reader.allocate_tensors()
    kernels: dict[tuple[str, int], npt.NDArray[np.float32]] = {}
    biases: dict[tuple[str, int], npt.NDArray[np.float32]] = {}
    for detail in reader.get_tensor_details():
        named = _LAYER.search(detail["name"])
        sort, rank = detail["dtype"], len(detail["shape"])
        if not named or (sort, rank) not in ((np.int8, 4), (np.int32, 1)):
            continue
        if sort is np.int8 and ";" in detail["name"]:
            continue  # an activation, named after all that was fused into it
        key = named[1], int(named[2] or 0)
        constant = _real(reader.get_tensor(detail["index"]), detail["quantization_parameters"])
        (kernels if rank == 4 else biases)[key] = constant
    return _numbered({key: _Layer(_as_torch(key[0], kernel), biases[key]) for key, kernel in kernels.items()})


def _numbered(layers: dict[tuple[str, int], _Layer]) -> dict[tuple[str, int], _Layer]:
    """Numbers each kind from 0: Keras counts on where one process builds several networks."""
    ordered = sorted(layers)
    first = {kind: min(number for other, number in ordered if other == kind) for kind, _ in ordered}
    return {(kind, number - first[kind]): layers[kind, number] for kind, number in ordered}


def _real(constant: npt.NDArray[np.integer], quantised: dict[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    shape = [1] * constant.ndim
    shape[int(quantised["quantized_dimension"])] = -1
    return np.asarray(constant * quantised["scales"].reshape(shape), np.float32)


def _as_torch(kind: str, kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    order = (3, 0, 1, 2) if kind == "depthwise_conv2d" else (0, 3, 1, 2)
    return np.asarray(kernel.transpose(order))


@torch.no_grad()
def _fill(module: ConvUnit | nn.Conv2d, layer: _Layer, path: Path) -> None:
    convolution = module.convolution if isinstance(module, ConvUnit) else module
    if tuple(convolution.weight.shape) != layer.kernel.shape:
        raise NoSuchNetworkError(f"{path} has a convolution {layer.kernel.shape} for {tuple(convolution.weight.shape)}")
    convolution.weight.copy_(torch.from_numpy(np.ascontiguousarray(layer.kernel)))
    bias = torch.from_numpy(layer.bias)
    if isinstance(module, ConvUnit):
        module.normalisation.reset_parameters()
        module.normalisation.bias.copy_(bias)
    elif convolution.bias is not None:
        convolution.bias.copy_(bias)


@torch.no_grad()
def _normalise(network: EdgePose, pictures: Tensor) -> None:
    """Gives each normalisation its statistics and undoes them by its gain and bias."""
    for unit in _units(network):
        unit.normalisation.running_var = torch.ones_like(unit.normalisation.weight) - unit.normalisation.eps
    hooks = [unit.normalisation.register_forward_hook(_adopt_statistics) for unit in _units(network)]
    try:
        network.eval()(pictures)
    finally:
        for hook in hooks:
            hook.remove()


def _adopt_statistics(module: nn.Module, inputs: tuple[Tensor], _: Tensor) -> None:
    if not isinstance(module, nn.BatchNorm2d):
        return
    shown = inputs[0].float()
    mean, variance = shown.mean((0, 2, 3)), shown.var((0, 2, 3), correction=0)
    # A channel that shows nothing yet must not get a gain of nothing, or it could never learn.
    variance = variance.clamp(min=1e-4)
    module.running_mean, module.running_var = mean, variance
    module.weight.copy_((variance + module.eps).sqrt())
    module.bias.add_(mean)
