"""The maps of joints that training learns beside the poses."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="training needs PyTorch, which is not installed")

import torch

from edge_agent.models.training.learning.joint_map_loss import joint_map_loss
from edge_agent.models.training.learning.sample import SEEN, UNKNOWN, Targets

SIDE = 16
NOBODY_THERE = -12.0


def one_person() -> Targets:
    keypoints = torch.rand((1, 1, 17, 2), generator=torch.Generator().manual_seed(3)) * 60 + 30
    return Targets(
        boxes_px=torch.tensor([[[25.0, 25.0, 95.0, 95.0]]]),
        keypoints_px=keypoints,
        flags=torch.full((1, 1, 17), SEEN, dtype=torch.int8),
        present=torch.ones((1, 1), dtype=torch.bool),
        ignore_px=torch.full((1, 1, 4), -1.0),
    )


def silent() -> torch.Tensor:
    return torch.full((1, 17, SIDE, SIDE), NOBODY_THERE)


def test_a_map_that_peaks_at_the_joint_costs_less_than_a_silent_or_a_misplaced_one() -> None:
    person = one_person()
    right, wrong = silent(), silent()
    for joint in range(17):
        column, row = (person.keypoints_px[0, 0, joint] / 8).long()
        right[0, joint, row, column] = 3.0
        wrong[0, joint, SIDE - 1 - row, SIDE - 1 - column] = 3.0
    assert joint_map_loss(right, person) < joint_map_loss(silent(), person) < joint_map_loss(wrong, person)


def test_a_joint_that_nobody_labelled_earns_nothing_within_the_person_and_silence_elsewhere() -> None:
    person = one_person()
    person = replace(person, flags=torch.where(torch.arange(17) == 9, UNKNOWN, person.flags).to(torch.int8))
    logits = torch.zeros((1, 17, SIDE, SIDE), requires_grad=True)
    joint_map_loss(logits, person).backward()
    assert logits.grad is not None
    assert not logits.grad[0, 9, 4:11, 4:11].any()
    assert (logits.grad[0, 9, 13:, 13:] > 0).all()
    assert logits.grad[0, 8, 4:11, 4:11].any()


def test_a_region_to_ignore_earns_nothing_but_for_the_joints_that_are_labelled_in_it() -> None:
    person = replace(one_person(), ignore_px=torch.tensor([[[0.0, 0.0, 128.0, 128.0]]]))
    logits = torch.zeros((1, 17, SIDE, SIDE), requires_grad=True)
    joint_map_loss(logits, person).backward()
    assert logits.grad is not None
    assert not logits.grad[0, :, 14:, 14:].any()
    column, row = (person.keypoints_px[0, 0, 0] / 8).long()
    assert logits.grad[0, 0, row, column] < 0


def test_an_empty_picture_wants_silence() -> None:
    nobody = replace(one_person(), present=torch.zeros((1, 1), dtype=torch.bool))
    logits = torch.zeros((1, 17, SIDE, SIDE), requires_grad=True)
    joint_map_loss(logits, nobody).backward()
    assert logits.grad is not None
    assert (logits.grad > 0).all()
