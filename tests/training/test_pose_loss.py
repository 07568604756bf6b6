"""What the loss asks for, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="training needs PyTorch, which is not installed")

import torch

from edge_agent.models.training.learning.loss import HIDDEN_CONFIDENCE, loss_of
from edge_agent.models.training.learning.sample import HIDDEN, OUTSIDE, SEEN, UNKNOWN, Targets
from edge_agent.models.training.network.anchors import anchors_of
from edge_agent.models.training.network.head import RawPoses

ANCHORS = anchors_of(64, 64, torch.device("cpu"))
COUNT = len(ANCHORS.centres_px)
BOX_PX = torch.tensor([8.0, 4.0, 48.0, 60.0])
JOINTS_PX = torch.rand(17, 2, generator=torch.Generator().manual_seed(1)) * 40 + 8
ANSWERING = [row * 8 + column for row in range(2, 4) for column in range(1, 6)]
"""Ten anchors of stride 8 inside of the box."""


def one_person(flag: int = SEEN) -> Targets:
    return Targets(
        boxes_px=BOX_PX[None, None],
        keypoints_px=JOINTS_PX[None, None].clone(),
        flags=torch.full((1, 1, 17), flag, dtype=torch.int8),
        present=torch.ones(1, 1, dtype=torch.bool),
        ignore_px=torch.full((1, 1, 4), -1.0),
    )


def nobody(ignore_px: list[float]) -> Targets:
    return Targets(
        boxes_px=torch.zeros(1, 1, 4),
        keypoints_px=torch.zeros(1, 1, 17, 2),
        flags=torch.full((1, 1, 17), UNKNOWN, dtype=torch.int8),
        present=torch.zeros(1, 1, dtype=torch.bool),
        ignore_px=torch.tensor([[ignore_px]]),
    )


def perfect_answer() -> RawPoses:
    logits = torch.full((1, COUNT, 18), 14.0)
    logits[..., 0] = -14.0
    logits[:, ANSWERING, 0] = 14.0
    low, high = ANCHORS.centres_px - BOX_PX[:2], BOX_PX[2:] - ANCHORS.centres_px
    offsets = (JOINTS_PX - ANCHORS.centres_px[:, None]) / ANCHORS.strides_px[:, None]
    return RawPoses(
        score_logits=logits,
        boxes=(torch.cat((low, high), dim=-1).clamp(min=0) / ANCHORS.strides_px)[None],
        keypoints=offsets.flatten(1)[None],
    )


def random_answer(seed: int = 0) -> RawPoses:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((1, COUNT, 18), (1, COUNT, 4), (1, COUNT, 34))
    logits, boxes, keypoints = (torch.randn(shape, generator=generator) * 2 for shape in shapes)
    return RawPoses(logits.requires_grad_(), boxes.relu().requires_grad_(), keypoints.requires_grad_())


def gradients(raw: RawPoses, targets: Targets) -> tuple[torch.Tensor, ...]:
    total = loss_of(raw, targets, ANCHORS).total
    leaves = (raw.score_logits, raw.boxes, raw.keypoints)
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return tuple(torch.zeros_like(leaf) if one is None else one for leaf, one in zip(leaves, found, strict=True))


def test_a_perfect_answer_costs_nothing() -> None:
    assert loss_of(perfect_answer(), one_person(), ANCHORS).total.item() == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize("part", ["score", "box", "keypoint", "visibility"])
def test_each_fault_is_punished_where_it_is(part: str) -> None:
    good = perfect_answer()
    faults = {
        "score": replace(
            good, score_logits=torch.cat((good.score_logits[..., :1] / 7, good.score_logits[..., 1:]), -1)
        ),
        "box": replace(good, boxes=good.boxes * 0.9),
        "keypoint": replace(good, keypoints=good.keypoints + 0.5),
        "visibility": replace(
            good, score_logits=torch.cat((good.score_logits[..., :1], -good.score_logits[..., 1:]), dim=-1)
        ),
    }
    before, after = (loss_of(raw, one_person(), ANCHORS) for raw in (good, faults[part]))
    assert getattr(after, part) > getattr(before, part) + 0.1


@pytest.mark.parametrize("flag", [UNKNOWN, OUTSIDE, HIDDEN, SEEN])
def test_gradients_are_finite(flag: int) -> None:
    for seed in range(3):
        assert all(torch.isfinite(one).all() for one in gradients(random_answer(seed), one_person(flag)))
    raw = replace(random_answer(), boxes=torch.zeros(1, COUNT, 4, requires_grad=True))
    assert all(torch.isfinite(one).all() for one in gradients(raw, one_person(flag)))


def test_where_nobody_is_only_the_score_is_punished() -> None:
    scores, boxes, keypoints = gradients(random_answer(), nobody([-1.0, -1.0, -1.0, -1.0]))
    assert (scores[..., 0] > 0).all()
    assert not scores[..., 1:].any()
    assert not boxes.any()
    assert not keypoints.any()


def test_ignored_regions_earn_nothing() -> None:
    assert loss_of(random_answer(), nobody([0.0, 0.0, 64.0, 64.0]), ANCHORS).total.item() == 0.0
    left = ANCHORS.centres_px[:, 0] <= 30
    scores, _, _ = gradients(random_answer(), nobody([0.0, 0.0, 30.0, 64.0]))
    assert not scores[0, left].any()
    assert (scores[0, ~left, 0] > 0).all()


def test_a_person_in_an_ignored_region_is_still_learnt() -> None:
    targets = replace(one_person(), ignore_px=torch.tensor([[[0.0, 0.0, 64.0, 64.0]]]))
    scores, _, keypoints = gradients(random_answer(), targets)
    assert scores[..., 0].any()
    assert keypoints.any()


def test_unknown_joints_earn_nothing_wherever_they_are() -> None:
    flags = torch.full((1, 1, 17), SEEN, dtype=torch.int8)
    flags[..., 5:9] = UNKNOWN
    here = replace(one_person(), flags=flags)
    there = replace(here, keypoints_px=here.keypoints_px.clone())
    there.keypoints_px[..., 5:9, :] += 500.0
    raw = random_answer()
    assert loss_of(raw, here, ANCHORS).total.item() == loss_of(raw, there, ANCHORS).total.item()
    scores, _, keypoints = gradients(raw, here)
    assert not scores[..., 6:10].any()
    assert not keypoints.unflatten(-1, (17, 2))[..., 5:9, :].any()
    assert keypoints.unflatten(-1, (17, 2))[..., 9:, :].any()


def test_a_joint_outside_teaches_its_absence_but_no_place() -> None:
    scores, _, keypoints = gradients(random_answer(), one_person(OUTSIDE))
    taught = scores[..., 1:][scores[..., 1:] != 0]
    assert len(taught)
    assert (taught > 0).all()
    assert not keypoints.any()


def test_a_hidden_joint_is_best_answered_with_half_confidence() -> None:
    def cost(confidence: float) -> float:
        raw = perfect_answer()
        raw.score_logits[..., 1:] = torch.tensor(confidence).logit()
        return loss_of(raw, one_person(HIDDEN), ANCHORS).visibility

    assert cost(HIDDEN_CONFIDENCE) < min(cost(HIDDEN_CONFIDENCE - 0.15), cost(HIDDEN_CONFIDENCE + 0.15))
