"""Writes the trained network down again in Keras, whose converter makes TFLite files.

Batch normalisation is folded into the convolutions before it (B. Jacob et al., 2018, section 3.2). Each level keeps its
own three outputs, so that each has a quantisation scale of its own: a confidence of 0..1 and a distance of 16 strides
share no 256 steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import torch
from torch import nn

from edge_agent.models.training.network.blocks import ConvUnit, DenseResidual, InvertedResidual, Separable
from edge_agent.models.training.network.edge_pose import INPUT_PX, STRIDES_PX, EdgePose
from edge_agent.models.training.network.head import Head

Tensor = Any
"""A symbolic Keras tensor; Keras has no annotations."""

layers = tf.keras.layers


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A convolution's kernel, in PyTorch's order, and its bias, after folding."""

    kernel: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


def keras_of(network: EdgePose) -> Tensor:
    """Builds the Keras model: RGB 0..1, `(1, 256, 256, 3)`, to nine outputs: `scores_8`, `boxes_8`, ..."""
    network = network.eval().cpu()
    picture = tf.keras.Input((INPUT_PX, INPUT_PX, 3), batch_size=1, name="picture")
    backbone = network.backbone
    stride_8 = _chain(picture, backbone.stem.layers)
    stride_16 = _chain(_chain(stride_8, backbone.stage_4), backbone.stage_5)
    mixed = _neck(network, (stride_8, stride_16, _chain(stride_16, backbone.stage_6)))
    outputs: dict[str, Tensor] = {}
    for stride, head, level in zip(STRIDES_PX, network.heads, mixed, strict=True):
        if isinstance(head, Head):
            outputs |= _head(level, head, stride)
    return tf.keras.Model(picture, outputs)


def folded(unit: ConvUnit) -> Folded:
    """Folds a unit's normalisation into its convolution."""
    normalisation = unit.normalisation
    if normalisation.running_mean is None or normalisation.running_var is None:
        raise ValueError("the normalisation has no statistics: train the network first")
    with torch.no_grad():
        gain = normalisation.weight / (normalisation.running_var + normalisation.eps).sqrt()
        kernel = unit.convolution.weight * gain[:, None, None, None]
        bias = normalisation.bias - normalisation.running_mean * gain
    return Folded(kernel.numpy(), bias.numpy())


def _neck(network: EdgePose, features: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    neck = network.neck
    deep = _unit(features[2], neck.lateral_32)
    middle = _unit(layers.Add()([_unit(features[1], neck.lateral_16), _twice(deep)]), neck.down_16)
    fine = _unit(layers.Add()([_unit(features[0], neck.lateral_8), _twice(middle)]), neck.down_8)
    middle = _unit(layers.Add()([middle, _unit(fine, neck.up_16)]), neck.mix_16)
    deep = _unit(layers.Add()([deep, _unit(middle, neck.up_32)]), neck.mix_32)
    return fine, middle, deep


def _head(level: Tensor, head: Head, stride: int) -> dict[str, Tensor]:
    scoring, placing = _chain(level, head.score_branch), _chain(level, head.place_branch)
    count = (INPUT_PX // stride) ** 2

    def rows(picture: Tensor, name: str) -> Tensor:
        return layers.Reshape((count, picture.shape[-1]), name=name)(picture)

    return {
        f"scores_{stride}": rows(layers.Activation("sigmoid")(_last(scoring, head.scores)), f"scores_{stride}"),
        f"boxes_{stride}": rows(layers.ReLU()(_last(placing, head.boxes)), f"boxes_{stride}"),
        f"keypoints_{stride}": rows(_last(placing, head.keypoints), f"keypoints_{stride}"),
    }


def _chain(picture: Tensor, modules: nn.Sequential) -> Tensor:
    for module in modules:
        if isinstance(module, ConvUnit):
            picture = _unit(picture, module)
        elif isinstance(module, DenseResidual):
            picture = layers.Add()([picture, _unit(_unit(picture, module.first), module.second)])
        elif isinstance(module, InvertedResidual):
            projected = _unit(_unit(_unit(picture, module.expand), module.filter), module.project)
            picture = layers.Add()([picture, projected]) if module.shortcut else projected
        elif isinstance(module, Separable):
            picture = _unit(_unit(picture, module.filter), module.mix)
        else:
            raise TypeError(f"no Keras layer is known for {type(module).__name__}: add it here")
    return picture


def _unit(picture: Tensor, unit: ConvUnit) -> Tensor:
    weights, shape = folded(unit), unit.shape
    if unit.depthwise:
        layer = layers.DepthwiseConv2D(shape.kernel, shape.stride, "same")
        kernel = weights.kernel.transpose(2, 3, 0, 1)
    else:
        layer = layers.Conv2D(shape.outputs, shape.kernel, shape.stride, "same")
        kernel = weights.kernel.transpose(2, 3, 1, 0)
    convolved = layer(picture)
    layer.set_weights([kernel, weights.bias])
    return layers.ReLU(6.0)(convolved) if unit.activated else convolved


def _last(picture: Tensor, convolution: nn.Conv2d) -> Tensor:
    layer = layers.Conv2D(convolution.out_channels, 1)
    mapped = layer(picture)
    bias = convolution.bias.detach().numpy() if convolution.bias is not None else np.zeros(convolution.out_channels)
    layer.set_weights([convolution.weight.detach().numpy().transpose(2, 3, 1, 0), bias])
    return mapped


def _twice(picture: Tensor) -> Tensor:
    return layers.UpSampling2D(2, interpolation="nearest")(picture)
