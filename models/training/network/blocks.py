"""The blocks of the network, chosen for int8 and for ARM.

Only convolution, depthwise convolution, addition and ReLU6: every TFLite backend has quantised kernels for them, and
ReLU6 bounds each activation to [0, 6], which 8 bits cover well (M. Sandler et al., MobileNetV2, 2018). No
squeeze-and-excite, no swish: Tan and Le dropped both in EfficientNet-Lite for the same reason.

Padding is TensorFlow's SAME, asymmetric where the stride is 2, so that the exported graph needs no pad operator.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

BATCH_NORM_EPSILON = 1e-3
"""As EfficientNet-Lite was trained with, so that its statistics keep their meaning."""


@dataclass(frozen=True, slots=True)
class ConvShape:
    """One convolution: channels in and out, kernel size and stride in pixels of its input."""

    inputs: int
    outputs: int
    kernel: int = 3
    stride: int = 1


class ConvUnit(nn.Module):
    """Convolution and batch normalisation, then ReLU6 where `activated`."""

    def __init__(self, shape: ConvShape, *, activated: bool = True, depthwise: bool = False) -> None:
        super().__init__()
        if depthwise and shape.inputs != shape.outputs:
            raise ValueError("a depthwise convolution keeps its channels")
        self.shape = shape
        self.activated = activated
        self.depthwise = depthwise
        groups = shape.inputs if depthwise else 1
        self.convolution = nn.Conv2d(shape.inputs, shape.outputs, shape.kernel, shape.stride, groups=groups, bias=False)
        self.normalisation = nn.BatchNorm2d(shape.outputs, eps=BATCH_NORM_EPSILON, momentum=0.03)

    def forward(self, picture: Tensor) -> Tensor:
        """Maps `(B, inputs, H, W)` to `(B, outputs, H / stride, W / stride)`."""
        before = (self.shape.kernel - self.shape.stride) // 2
        after = self.shape.kernel - self.shape.stride - before
        if self.depthwise:
            convolved = self._depthwise(picture, before, after)
        elif before == after:
            convolved = functional.conv2d(picture, self.convolution.weight, None, self.shape.stride, before)
        else:
            padded = functional.pad(picture, (before, after, before, after))
            convolved = functional.conv2d(padded, self.convolution.weight, None, self.shape.stride)
        normalised: Tensor = self.normalisation(convolved)
        return functional.relu6(normalised) if self.activated else normalised

    def _depthwise(self, picture: Tensor, before: int, after: int) -> Tensor:
        # On CPUs the gradient of a depthwise convolution is three times as fast in float32 as in bfloat16.
        plainly = picture.device.type == "cpu" and torch.is_grad_enabled()
        with torch.autocast(picture.device.type, enabled=False):
            plain = picture.float() if plainly else picture
            weight = self.convolution.weight.to(plain.dtype)
            if before == after:
                return functional.conv2d(plain, weight, None, self.shape.stride, before, groups=self.shape.inputs)
            padded = functional.pad(plain, (before, after, before, after))
            return functional.conv2d(padded, weight, None, self.shape.stride, groups=self.shape.inputs)


class DenseResidual(nn.Module):
    """Two 3x3 convolutions around a shortcut (K. He et al., 2016), for large maps where a depthwise kernel starves."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvUnit(ConvShape(channels, channels))
        self.second = ConvUnit(ConvShape(channels, channels))

    def forward(self, picture: Tensor) -> Tensor:
        """Maps `(B, channels, H, W)` to the same shape."""
        refined: Tensor = self.second(self.first(picture))
        return picture + refined


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project (MobileNetV2); the shortcut joins where the shape stays."""

    def __init__(self, shape: ConvShape, *, expansion: int = 6) -> None:
        super().__init__()
        wide = shape.inputs * expansion
        self.expand = ConvUnit(ConvShape(shape.inputs, wide, 1))
        self.filter = ConvUnit(ConvShape(wide, wide, shape.kernel, shape.stride), depthwise=True)
        self.project = ConvUnit(ConvShape(wide, shape.outputs, 1), activated=False)
        self.shortcut = shape.stride == 1 and shape.inputs == shape.outputs

    def forward(self, picture: Tensor) -> Tensor:
        """Maps `(B, inputs, H, W)` to `(B, outputs, H / stride, W / stride)`."""
        projected: Tensor = self.project(self.filter(self.expand(picture)))
        return picture + projected if self.shortcut else projected


class Separable(nn.Module):
    """Depthwise 3x3, then 1x1 (MobileNet), for the heads."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.filter = ConvUnit(ConvShape(inputs, inputs), depthwise=True)
        self.mix = ConvUnit(ConvShape(inputs, outputs, 1))

    def forward(self, picture: Tensor) -> Tensor:
        """Maps `(B, inputs, H, W)` to `(B, outputs, H, W)`."""
        mixed: Tensor = self.mix(self.filter(picture))
        return mixed
