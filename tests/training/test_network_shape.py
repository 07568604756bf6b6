"""What the network answers for a picture, in which order, and how it pads."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch", reason="the network is written in PyTorch, which is not installed")

import torch
from torch import nn
from torch.nn import functional

from edge_agent.models.training.network.anchors import anchors_of, placed
from edge_agent.models.training.network.blocks import BATCH_NORM_EPSILON, ConvShape, ConvUnit, InvertedResidual
from edge_agent.models.training.network.edge_pose import STRIDES_PX, EdgePose
from edge_agent.models.training.network.head import PERSON_PRIOR, Head, RawPoses


def test_a_picture_gives_one_row_an_anchor() -> None:
    raw = EdgePose()(torch.rand(2, 3, 64, 96))
    rows = 64 * 96 * 21 // 1024
    assert len(anchors_of(64, 96, torch.device("cpu")).centres_px) == rows
    assert raw.score_logits.shape == (2, rows, 18)
    assert raw.boxes.shape == (2, rows, 4)
    assert raw.keypoints.shape == (2, rows, 34)
    assert (raw.boxes >= 0).all()


def test_anchors_are_the_middles_of_the_cells_row_by_row() -> None:
    wanted = [
        ((column + 0.5) * stride, (row + 0.5) * stride, float(stride))
        for stride in STRIDES_PX
        for row in range(64 // stride)
        for column in range(96 // stride)
    ]
    anchors = anchors_of(64, 96, torch.device("cpu"))
    found = torch.cat((anchors.centres_px, anchors.strides_px), dim=1)
    torch.testing.assert_close(found, torch.tensor(wanted))


def test_a_heads_rows_are_in_the_order_of_the_anchors() -> None:
    head = Head()
    head.place_branch = nn.Sequential(nn.Identity())
    with torch.no_grad():
        head.boxes.weight.zero_()
        head.boxes.bias.zero_()
        head.boxes.weight[0, 0] = head.boxes.weight[1, 1] = 1.0
    level = torch.zeros(1, 64, 3, 5)
    level[0, 0] = torch.arange(5.0)[None, :]
    level[0, 1] = torch.arange(3.0)[:, None]
    wanted = [(float(column), float(row)) for row in range(3) for column in range(5)]
    torch.testing.assert_close(head(level).boxes[0, :, :2], torch.tensor(wanted))


def test_distances_in_strides_become_pixels() -> None:
    anchors = anchors_of(32, 32, torch.device("cpu"))
    keypoints = torch.zeros(1, 21, 34)
    keypoints[0, -1, 2:4] = torch.tensor([0.5, -0.25])
    boxes = torch.zeros(1, 21, 4)
    boxes[0, -1] = torch.tensor([0.1, 0.2, 0.3, 0.4])
    poses = placed(RawPoses(torch.zeros(1, 21, 18), boxes, keypoints), anchors)
    torch.testing.assert_close(poses.keypoints_px[0, -1, 1], torch.tensor([32.0, 8.0]))
    torch.testing.assert_close(poses.boxes_px[0, -1], torch.tensor([12.8, 9.6, 25.6, 28.8]))
    torch.testing.assert_close(poses.keypoints_px[0, 1, 0], torch.tensor([12.0, 4.0]))


def test_an_untrained_head_expects_almost_nobody() -> None:
    silent = Head()(torch.zeros(1, 64, 4, 4)).score_logits[0, :, 0].sigmoid()
    assert silent.mean().item() == pytest.approx(PERSON_PRIOR, abs=0.005)


def _same_padded(picture: torch.Tensor, weight: torch.Tensor, stride: int, groups: int) -> torch.Tensor:
    """TensorFlow's definition of SAME, for any size (its guide to convolution)."""
    kernel, margins = weight.shape[-1], []
    for size in (picture.shape[-1], picture.shape[-2]):
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        margins += [total // 2, total - total // 2]
    return functional.conv2d(functional.pad(picture, margins), weight, None, stride, groups=groups)


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (5, 1), (5, 2)])
def test_padding_is_tensorflows_same(kernel: int, stride: int, depthwise: bool) -> None:
    torch.manual_seed(0)
    unit = ConvUnit(ConvShape(4, 4, kernel, stride), activated=False, depthwise=depthwise).eval()
    picture = torch.randn(1, 4, 8, 12)
    wanted = _same_padded(picture, unit.convolution.weight, stride, 4 if depthwise else 1)
    torch.testing.assert_close(unit(picture) * math.sqrt(1 + BATCH_NORM_EPSILON), wanted, rtol=1e-4, atol=1e-5)


def test_a_depthwise_unit_keeps_its_channels() -> None:
    with pytest.raises(ValueError, match="keeps its channels"):
        ConvUnit(ConvShape(3, 4), depthwise=True)


def test_a_block_adds_its_input_only_where_the_shape_stays() -> None:
    assert InvertedResidual(ConvShape(8, 8)).shortcut
    assert not InvertedResidual(ConvShape(8, 16)).shortcut
    assert not InvertedResidual(ConvShape(8, 8, 3, 2)).shortcut
