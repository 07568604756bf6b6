"""Batches of samples, made in processes beside the training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from edge_agent.models.training.learning.mixture import Mixture
from edge_agent.models.training.learning.sample import Batch, Sample, Targets
from edge_agent.models.training.learning.schedule import Stage, side_at


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Which batches are wanted.

    Attributes:
        batch: pictures a batch.
        first: number of the first batch, so that a resumed training goes on with new ones.
        last: number after the last batch.
        plain_from: from this batch on, no mosaic and no paste.
        seed: the same seed gives the same batches.
        workers: processes that make them.
        stages: sizes of the pictures.
    """

    batch: int
    first: int
    last: int
    plain_from: int
    seed: int
    workers: int
    stages: tuple[Stage, ...]


class _Batches(IterableDataset[Batch]):
    def __init__(self, mixture: Mixture, plan: BatchPlan) -> None:
        self._mixture = mixture
        self._plan = plan

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        worker = get_worker_info()
        offset, step = (worker.id, worker.num_workers) if worker else (0, 1)
        for number in range(self._plan.first + offset, self._plan.last, step):
            rng = np.random.default_rng((self._plan.seed, number))
            plain = number >= self._plan.plain_from
            sized = replace(self._mixture, size_px=side_at(self._plan.stages, number))
            yield collate([sized.draw(rng, plain=plain) for _ in range(self._plan.batch)])


def batches(mixture: Mixture, plan: BatchPlan) -> DataLoader[Batch]:
    """Makes the batches of a plan, in their order."""
    return DataLoader(
        _Batches(mixture, plan), batch_size=None, num_workers=plan.workers, prefetch_factor=4 if plan.workers else None
    )


def collate(samples: list[Sample]) -> Batch:
    """Stacks samples of one size; rows of persons and of ignored boxes are padded."""
    most = max(1, max(len(sample.boxes_px) for sample in samples))
    most_ignored = max(1, max(len(sample.ignore_px) for sample in samples))
    boxes = np.zeros((len(samples), most, 4), np.float32)
    keypoints = np.zeros((len(samples), most, 17, 2), np.float32)
    flags = np.full((len(samples), most, 17), -1, np.int8)
    present = np.zeros((len(samples), most), bool)
    ignore = np.full((len(samples), most_ignored, 4), -1.0, np.float32)
    for row, sample in enumerate(samples):
        count = len(sample.boxes_px)
        boxes[row, :count], keypoints[row, :count], flags[row, :count] = (
            sample.boxes_px,
            sample.keypoints_px,
            sample.flags,
        )
        present[row, :count] = True
        ignore[row, : len(sample.ignore_px)] = sample.ignore_px
    pictures = np.stack([sample.picture for sample in samples]).transpose(0, 3, 1, 2)
    tensors = (torch.from_numpy(array) for array in (boxes, keypoints, flags, present, ignore))
    return Batch(torch.from_numpy(np.ascontiguousarray(pictures)), Targets(*tensors))
