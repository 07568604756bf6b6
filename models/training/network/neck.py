"""Mixes the scales: top-down, then bottom-up (S. Liu et al., PANet, 2018), by addition instead of concatenation."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from edge_agent.models.training.network.backbone import Features
from edge_agent.models.training.network.blocks import ConvShape, ConvUnit

WIDTH = 64


class Neck(nn.Module):
    """Features of any width to three maps of `WIDTH` channels."""

    def __init__(self, channels: tuple[int, int, int]) -> None:
        super().__init__()
        self.lateral_8 = ConvUnit(ConvShape(channels[0], WIDTH, 1))
        self.lateral_16 = ConvUnit(ConvShape(channels[1], WIDTH, 1))
        self.lateral_32 = ConvUnit(ConvShape(channels[2], WIDTH, 1))
        self.down_16 = ConvUnit(ConvShape(WIDTH, WIDTH))
        self.down_8 = ConvUnit(ConvShape(WIDTH, WIDTH))
        self.up_16 = ConvUnit(ConvShape(WIDTH, WIDTH, 3, 2))
        self.mix_16 = ConvUnit(ConvShape(WIDTH, WIDTH))
        self.up_32 = ConvUnit(ConvShape(WIDTH, WIDTH, 3, 2))
        self.mix_32 = ConvUnit(ConvShape(WIDTH, WIDTH))

    def forward(self, features: Features) -> Features:
        """Returns three mixed maps at the same strides."""
        deep: Tensor = self.lateral_32(features.stride_32)
        middle = self.down_16(self.lateral_16(features.stride_16) + _twice(deep))
        fine = self.down_8(self.lateral_8(features.stride_8) + _twice(middle))
        middle = self.mix_16(middle + self.up_16(fine))
        return Features(fine, middle, self.mix_32(deep + self.up_32(middle)))


def _twice(picture: Tensor) -> Tensor:
    return functional.interpolate(picture, scale_factor=2.0, mode="nearest")
