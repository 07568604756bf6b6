"""From the picture to features at strides 8, 16 and 32.

The stem is our own: few dense 3x3 convolutions, because at full width a depthwise layer costs an int8 CPU more time
than a dense one of few channels (measured: EfficientNet-Lite0's first three stages take 3.9 ms of 5.5, this stem 1.3
ms, 256x256, one core). The stages behind it have the shapes of EfficientNet-Lite0's (M. Tan and Q. Le, 2019, without
swish and squeeze-and-excite), so that its published ImageNet weights (Apache-2.0) may start them; see
`initial_weights.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from edge_agent.models.training.network.blocks import ConvShape, ConvUnit, DenseResidual, InvertedResidual

STEM_CHANNELS = 40
"""What EfficientNet-Lite0 has at stride 8."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Feature maps, `(B, C, H, W)`, at strides 8, 16 and 32."""

    stride_8: Tensor
    stride_16: Tensor
    stride_32: Tensor


class Stem(nn.Module):
    """Picture to stride 8."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvUnit(ConvShape(3, 16, 3, 2)),
            ConvUnit(ConvShape(16, 32, 3, 2)),
            ConvUnit(ConvShape(32, 64, 3, 2)),
            DenseResidual(64),
            DenseResidual(64),
            ConvUnit(ConvShape(64, STEM_CHANNELS, 1), activated=False),
        )

    def forward(self, picture: Tensor) -> Tensor:
        """Maps `(B, 3, H, W)`, RGB 0..1, to `(B, 40, H / 8, W / 8)`."""
        mapped: Tensor = self.layers(picture)
        return mapped


def _stage(shape: ConvShape, count: int) -> nn.Sequential:
    rest = ConvShape(shape.outputs, shape.outputs, shape.kernel)
    return nn.Sequential(InvertedResidual(shape), *(InvertedResidual(rest) for _ in range(count - 1)))


class Backbone(nn.Module):
    """Stem, then three stages of inverted residuals."""

    CHANNELS = (STEM_CHANNELS, 112, 192)

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        self.stage_4 = _stage(ConvShape(40, 80, 3, 2), 3)
        self.stage_5 = _stage(ConvShape(80, 112, 5, 1), 3)
        self.stage_6 = _stage(ConvShape(112, 192, 5, 2), 3)

    def forward(self, picture: Tensor) -> Features:
        """Maps `(B, 3, H, W)`, RGB 0..1, to its features."""
        stride_8 = self.stem(picture)
        stride_16 = self.stage_5(self.stage_4(stride_8))
        return Features(stride_8, stride_16, self.stage_6(stride_16))
