"""Batches depend on the seed and on their number, and on nothing else."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs PyTorch, which is not installed")

import torch
from learning_samples import made_sample, write_data_set

from edge_agent.models.training.learning.batches import BatchPlan, batches, collate
from edge_agent.models.training.learning.mixture import Mixture, Source
from edge_agent.models.training.learning.pictures import CutOut, list_pictures, load_cut_outs
from edge_agent.models.training.learning.sample import HIDDEN, OUTSIDE, SEEN, UNKNOWN, Batch
from edge_agent.models.training.learning.schedule import CosineSchedule, Stage

PLAN = BatchPlan(batch=3, first=0, last=6, plain_from=5, seed=7, workers=0, stages=(Stage(64, 6),))


def mixture(size_px: int = 64) -> Mixture:
    samples = tuple(made_sample(seed, persons=seed % 3) for seed in range(5))
    person = made_sample(9)
    rgba = np.dstack((person.picture, np.full(person.picture.shape[:2], 255, np.uint8)))
    cut_outs = (CutOut(rgba, person.keypoints_px[0], person.flags[0]),)
    return Mixture((Source(samples[:2], 1.0), Source(samples[2:], 3.0)), cut_outs, size_px)


def drawn(plan: BatchPlan) -> list[Batch]:
    return list(batches(mixture(), plan))


def tensors(batch: Batch) -> list[torch.Tensor]:
    targets = batch.targets
    return [batch.pictures, *(getattr(targets, name) for name in targets.__slots__)]


def assert_same(first: list[Batch], second: list[Batch]) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        for mine, theirs in zip(tensors(one), tensors(other), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=0, atol=0)


def test_the_same_seed_gives_the_same_batches() -> None:
    assert_same(drawn(PLAN), drawn(PLAN))
    other = drawn(replace(PLAN, seed=8))
    assert not torch.equal(drawn(PLAN)[0].pictures, other[0].pictures)


def test_a_resumed_plan_goes_on_with_the_same_batches() -> None:
    assert_same(drawn(PLAN)[4:], drawn(replace(PLAN, first=4)))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_beside_the_training_keep_the_order() -> None:
    assert_same(drawn(PLAN), drawn(replace(PLAN, workers=2)))


def test_a_batch_has_the_promised_shapes() -> None:
    for batch in drawn(PLAN):
        assert batch.pictures.shape == (3, 3, 64, 64)
        assert batch.pictures.dtype == torch.uint8
        edges = batch.targets.boxes_px[batch.targets.present]
        assert (edges >= 0).all()
        assert (edges <= 64).all()
        assert (edges[:, 2:] > edges[:, :2]).all()


def test_pictures_grow_from_stage_to_stage() -> None:
    stages = (Stage(32, 2), Stage(64, 4))
    assert [batch.pictures.shape[-1] for batch in drawn(replace(PLAN, stages=stages))] == [32, 32, 64, 64, 64, 64]


def test_rows_without_a_person_say_so() -> None:
    batch = collate([made_sample(persons=2), made_sample(persons=0)])
    assert batch.targets.present.tolist() == [[True, True], [False, False]]
    assert (batch.targets.flags[1] == UNKNOWN).all()
    assert (batch.targets.ignore_px == -1).all()


def test_red_comes_first(tmp_path: Path) -> None:
    written = write_data_set(tmp_path / "made", count=1)
    np.testing.assert_array_equal(list_pictures(written)[0].load().picture, made_sample(0).picture)


@pytest.mark.parametrize(("source", "absent"), [("render", OUTSIDE), ("human", UNKNOWN), ("teacher", UNKNOWN)])
def test_only_renders_know_that_an_absent_joint_is_outside(tmp_path: Path, source: str, absent: int) -> None:
    (listed,) = list_pictures(write_data_set(tmp_path / "made", count=1, source=source))
    person = listed.label.persons[0]
    cut = replace(person, keypoints=((0.0, 0.0, 0), *person.keypoints[1:]))
    flags = replace(listed, label=replace(listed.label, persons=(cut,))).load().flags[0]
    assert flags.tolist() == [absent, SEEN, SEEN, HIDDEN] + [SEEN] * 13


def test_a_cut_out_needs_transparency(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="transparency"):
        load_cut_outs(write_data_set(tmp_path / "made", count=1))


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    folder = write_data_set(tmp_path / "made", count=1)
    (folder / "images" / "000000.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"000000\.png: not a readable picture"):
        list_pictures(folder)[0].load()


def test_the_step_size_rises_then_falls() -> None:
    schedule = CosineSchedule(steps=110, warm_up_steps=10, last=0.01)
    assert [schedule.at(step) for step in (0, 4, 9, 10)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert schedule.at(60) == pytest.approx((1 + 0.01) / 2)
    assert schedule.at(110) == schedule.at(500) == pytest.approx(0.01)
    assert astuple(schedule) == (110, 10, 0.01)


def test_one_person_is_learnt_at_many_sizes() -> None:
    source = Mixture((Source((made_sample(1),), 1.0),), (), 96)
    rng = np.random.default_rng(4)
    boxes = np.concatenate([source.draw(rng, plain=True).boxes_px for _ in range(80)])
    lengths = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    assert lengths.min() < 38
    assert lengths.max() > 80
    assert np.median(lengths) == pytest.approx(58, abs=15), "every ratio alike, from 34 px to the picture"
