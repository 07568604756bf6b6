"""Which anchors answer for whom."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="training needs PyTorch, which is not installed")

import torch
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.training.learning.assigner import BEST, Assignment, assign
from edge_agent.models.training.learning.boxes import complete_iou
from edge_agent.models.training.learning.sample import Targets
from edge_agent.models.training.network.anchors import anchors_of

SIDE_PX = 64
ANCHORS = anchors_of(SIDE_PX, SIDE_PX, torch.device("cpu"))
COUNT = len(ANCHORS.centres_px)

seeds = st.integers(0, 2**32 - 1)


@st.composite
def boxes(draw: st.DrawFn, left: float = 0.0, right: float = SIDE_PX) -> list[float]:
    """A box between two columns, up to the whole height."""
    x0, y0 = draw(st.floats(left, right - 2)), draw(st.floats(0, SIDE_PX - 2))
    return [x0, y0, draw(st.floats(x0 + 1, right)), draw(st.floats(y0 + 1, SIDE_PX))]


def targets_of(rows: list[list[float]], present: list[bool]) -> Targets:
    count = len(rows)
    return Targets(
        boxes_px=torch.tensor([rows]),
        keypoints_px=torch.zeros(1, count, 17, 2),
        flags=torch.zeros(1, count, 17, dtype=torch.int8),
        present=torch.tensor([present]),
        ignore_px=torch.full((1, 1, 4), -1.0),
    )


def drawn_answers(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores, some of them zero, and boxes of any size around the anchors."""
    generator = torch.Generator().manual_seed(seed)
    scores = torch.rand(1, COUNT, generator=generator)
    scores[scores < 0.2] = 0.0
    reach = torch.rand(1, COUNT, 4, generator=generator) * 40
    return scores, torch.cat((ANCHORS.centres_px - reach[..., :2], ANCHORS.centres_px + reach[..., 2:]), dim=-1)


def contained(box: list[float]) -> torch.Tensor:
    x, y = ANCHORS.centres_px.T
    return (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])


def answers_for(assignment: Assignment, person: int) -> torch.Tensor:
    return assignment.positive[0] & (assignment.person[0] == person)


@given(left=boxes(0, 32), right=boxes(32, 64), seed=seeds)
def test_every_person_around_an_anchor_gets_one(left, right, seed) -> None:
    assignment = assign(*drawn_answers(seed), ANCHORS, targets_of([left, right], [True, True]))
    for person, box in enumerate((left, right)):
        if contained(box).any():
            assert answers_for(assignment, person).sum() >= 1
        assert answers_for(assignment, person).sum() <= BEST


@given(rows=st.lists(boxes(), min_size=1, max_size=4), seed=seeds, data=st.data())
def test_nobody_answers_for_an_empty_row(rows, seed, data) -> None:
    present = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    assignment = assign(*drawn_answers(seed), ANCHORS, targets_of(rows, present))
    for person, there in enumerate(present):
        assert there or not answers_for(assignment, person).any()


@given(rows=st.lists(boxes(), min_size=1, max_size=4), seed=seeds)
def test_quality_is_a_score_and_zero_where_nobody_is(rows, seed) -> None:
    assignment = assign(*drawn_answers(seed), ANCHORS, targets_of(rows, [True] * len(rows)))
    assert assignment.quality.min() >= 0
    assert assignment.quality.max() <= 1 + 1e-5
    assert (assignment.quality[~assignment.positive] == 0).all()


def test_the_best_box_teaches_the_best_score() -> None:
    box = [8.0, 8.0, 56.0, 56.0]
    scores, said = torch.full((1, COUNT), 0.5), torch.tensor(box).repeat(1, COUNT, 1)
    said[0, ::2] += 6.0
    assignment = assign(scores, said, ANCHORS, targets_of([box], [True]))
    assert answers_for(assignment, 0)[1::2].sum() == BEST
    assert assignment.quality[assignment.positive] == pytest.approx(1.0, abs=1e-4)


def test_an_anchor_between_two_persons_answers_for_one() -> None:
    rows = [[8.0, 8.0, 40.0, 56.0], [24.0, 8.0, 56.0, 56.0]]
    said = torch.where(ANCHORS.centres_px[:, :1] < 32, torch.tensor(rows[0]), torch.tensor(rows[1]))[None]
    assignment = assign(torch.full((1, COUNT), 0.5), said, ANCHORS, targets_of(rows, [True, True]))
    assert (ANCHORS.centres_px[answers_for(assignment, 0), 0] < 32).all()
    assert (ANCHORS.centres_px[answers_for(assignment, 1), 0] > 32).all()


def test_a_person_between_the_anchors_is_not_lost() -> None:
    tiny = [25.0, 25.0, 27.0, 27.0]
    assert not contained(tiny).any()
    assert answers_for(assign(*drawn_answers(0), ANCHORS, targets_of([tiny], [True])), 0).any()


@given(first=boxes(), second=boxes())
def test_complete_iou_is_one_for_the_same_box_and_less_for_any_other(first, second) -> None:
    one, other = torch.tensor(first), torch.tensor(second)
    assert complete_iou(one, one).item() == pytest.approx(1.0, abs=1e-4)
    assert complete_iou(one, other).item() == pytest.approx(complete_iou(other, one).item(), abs=1e-4)
    assert -1.51 <= complete_iou(one, other).item() <= 1.0 + 1e-5


def test_complete_iou_by_hand() -> None:
    found = complete_iou(torch.tensor([0.0, 0.0, 4.0, 4.0]), torch.tensor([2.0, 0.0, 6.0, 4.0])).item()
    assert found == pytest.approx(8 / 24 - 4 / (36 + 16), abs=1e-5)
