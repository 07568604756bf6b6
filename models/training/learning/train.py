"""Trains the network; goes on where an interrupted training stopped.

    python -m edge_agent.models.training.learning.train --data renders=DIR:0.5 people=DIR:0.3 \
        --cut-outs DIR --stem stem.pt --out run/ --stages 128:4000 192:3000 256:3000

Runs on a GPU where there is one, else on the CPU's cores in bfloat16.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW

from edge_agent.models.training.learning import checkpoint
from edge_agent.models.training.learning.average import WeightAverage
from edge_agent.models.training.learning.batches import BatchPlan, batches, collate
from edge_agent.models.training.learning.loss import Loss, loss_of
from edge_agent.models.training.learning.mixture import Mixture, Source
from edge_agent.models.training.learning.pictures import list_pictures, load_cut_outs
from edge_agent.models.training.learning.sample import Batch, Targets
from edge_agent.models.training.learning.schedule import CosineSchedule, Stage
from edge_agent.models.training.learning.start_from_model import start_from_model
from edge_agent.models.training.network.anchors import anchors_of
from edge_agent.models.training.network.blocks import ConvUnit
from edge_agent.models.training.network.edge_pose import INPUT_PX, EdgePose
from edge_agent.models.training.network.initial_weights import load_imagenet_weights, start_stages

CHECKPOINT_NAME = "checkpoint.pt"
STAGE_RATE = 0.4
"""The stages that start from ImageNet learn slower than the rest, so that they keep what they know."""

LARGEST_GRADIENT = 10.0

STARTING_PICTURES = 48
"""By which the normalisations of an exported model are found again."""


@dataclass(frozen=True, slots=True)
class Training:
    """How a training goes.

    Attributes:
        out: folder for the checkpoint.
        stages: sizes of the pictures, and how many batches of each.
        batch: pictures a batch.
        rate: base learning rate.
        plain_share: last part of the training without mosaic and paste.
        seed: of weights and batches.
        workers: processes that make batches.
        stem: taught stem's weights, None to start it at random.
        imagenet: whether the stages start from ImageNet; their depthwise filters then stay as they are.
        weights: checkpoint of another training whose weights to start from instead.
        model: exported `model.tflite` whose weights to start from instead.
    """

    out: Path
    stages: tuple[Stage, ...]
    batch: int
    rate: float
    plain_share: float
    seed: int
    workers: int
    stem: Path | None
    imagenet: bool
    weights: Path | None = None
    model: Path | None = None

    @property
    def steps(self) -> int:
        """Batches to learn from."""
        return sum(stage.steps for stage in self.stages)


def start_network(training: Training, mixture: Mixture) -> EdgePose:
    """Builds the network with its first weights."""
    torch.manual_seed(training.seed)
    network = EdgePose()
    if training.stem:
        network.backbone.stem.load_state_dict(torch.load(training.stem, map_location="cpu", weights_only=True))
    if training.imagenet:
        start_stages(network.backbone, load_imagenet_weights())
        for unit in _imagenet_units(network):
            if unit.depthwise:
                unit.convolution.requires_grad_(requires_grad=False)
    if training.weights:
        checkpoint.load_weights(training.weights, network)
    if training.model:
        cv2.setNumThreads(1)  # threads of OpenCV that are there before the workers are forked hang them
        rng = np.random.default_rng(training.seed)
        pictures = collate([mixture.draw(rng) for _ in range(STARTING_PICTURES)]).pictures
        start_from_model(network, training.model, pictures.float() / 255)
    return network


def train(mixture: Mixture, training: Training) -> None:
    """Trains to the end, writing a checkpoint every few minutes."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network: EdgePose = start_network(training, mixture).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves this form out
    average = WeightAverage(network)
    optimiser = _optimiser(network, training.rate)
    rates = [float(group["lr"]) for group in optimiser.param_groups]
    path = training.out / CHECKPOINT_NAME
    first = checkpoint.resume(path, network, average, optimiser) if path.exists() else 0
    schedule = CosineSchedule(training.steps, min(200, training.steps // 10 + 1))
    plain_from = round(training.steps * (1 - training.plain_share))
    plan = BatchPlan(
        training.batch, first, training.steps, plain_from, training.seed, training.workers, training.stages
    )
    began_s = saved_s = time.monotonic()
    for step, batch in enumerate(batches(mixture, plan), start=first):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * schedule.at(step)
        loss = _learn(network, _to(batch, device), optimiser)
        average.update(network, step)
        now_s = time.monotonic()
        if step % 25 == 0:
            _report(step, training.steps, loss, (now_s - began_s) / (step - first + 1))
        if now_s - saved_s > 180:
            checkpoint.save(path, step + 1, network, average, optimiser)
            saved_s = now_s
    checkpoint.save(path, training.steps, network, average, optimiser)


def _learn(network: EdgePose, batch: Batch, optimiser: AdamW) -> Loss:
    network.train()
    pictures = batch.pictures.float().div(255).contiguous(memory_format=torch.channels_last)
    with torch.autocast(pictures.device.type, dtype=torch.bfloat16):
        raw = network(pictures)
    height_px, width_px = pictures.shape[2:]
    loss = loss_of(raw, batch.targets, anchors_of(height_px, width_px, pictures.device))
    optimiser.zero_grad(set_to_none=True)
    loss.total.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
    nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
    optimiser.step()
    return loss


def _imagenet_units(network: EdgePose) -> list[ConvUnit]:
    stages = (network.backbone.stage_4, network.backbone.stage_5, network.backbone.stage_6)
    return [unit for stage in stages for unit in stage.modules() if isinstance(unit, ConvUnit)]


def _optimiser(network: EdgePose, rate: float) -> AdamW:
    stages = {id(weight) for unit in _imagenet_units(network) for weight in unit.parameters()}
    groups = []
    for old in (False, True):
        for decays in (False, True):
            weights: list[Tensor] = [
                weight
                for weight in network.parameters()
                if weight.requires_grad and (id(weight) in stages) is old and (weight.ndim > 1) is decays
            ]
            base = rate * (STAGE_RATE if old else 1.0)
            groups.append({"params": weights, "lr": base, "weight_decay": 0.03 if decays else 0.0})
    return AdamW([group for group in groups if group["params"]], fused=True)


def _to(batch: Batch, device: torch.device) -> Batch:
    targets = batch.targets
    moved = (targets.boxes_px, targets.keypoints_px, targets.flags, targets.present, targets.ignore_px)
    return Batch(batch.pictures.to(device), Targets(*(tensor.to(device) for tensor in moved)))


def _report(step: int, steps: int, loss: Loss, seconds_a_step: float) -> None:
    left_min = (steps - step) * seconds_a_step / 60
    print(
        f"step {step} of {steps}: loss {float(loss.total.detach()):.2f} = score {loss.score:.2f} + box {loss.box:.2f}"
        f" + keypoints {loss.keypoint:.2f} + visibility {loss.visibility:.2f} + maps {loss.maps:.2f};"
        f" {seconds_a_step:.2f} s a step, {left_min:.0f} min left",
        flush=True,
    )


def _source(text: str) -> Source:
    folder, _, weight = text.rpartition(":")
    try:
        return Source(tuple(listed.load() for listed in list_pictures(Path(folder))), float(weight))
    except (ValueError, FileNotFoundError) as error:
        raise argparse.ArgumentTypeError(f"{text}: give FOLDER:WEIGHT, as data/renders:0.5 ({error})") from error


def _stage(text: str) -> Stage:
    side, _, steps = text.partition(":")
    try:
        stage = Stage(int(side), int(steps))
    except ValueError:
        stage = Stage(0, 0)
    if stage.side_px < 32 or stage.side_px % 32 or stage.steps < 1:
        raise argparse.ArgumentTypeError(f"{text}: give SIDE_PX:STEPS, as 192:4000, with a multiple of 32")
    return stage


def main() -> None:
    """Reads the arguments and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=_source, nargs="+", required=True, metavar="FOLDER:WEIGHT")
    parser.add_argument("--cut-outs", type=Path, help="folder of cut-out persons to paste")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--stem", type=Path, help="the stem's weights from distil_stem")
    parser.add_argument("--from-scratch", action="store_true", help="start no stage from ImageNet")
    parser.add_argument("--weights", type=Path, help="start from this checkpoint's weights")
    parser.add_argument("--model", type=Path, help="start from this exported model.tflite's weights")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument(
        "--stages",
        type=_stage,
        nargs="+",
        default=[Stage(INPUT_PX, 6000)],
        metavar="SIDE_PX:STEPS",
        help="sizes of the pictures; small ones first learn faster",
    )
    parser.add_argument("--plain-share", type=float, default=0.12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    cut_outs = tuple(load_cut_outs(arguments.cut_outs)) if arguments.cut_outs else ()
    training = Training(
        out=arguments.out,
        stages=tuple(arguments.stages),
        batch=arguments.batch,
        rate=arguments.rate,
        plain_share=arguments.plain_share,
        seed=arguments.seed,
        workers=arguments.workers,
        stem=arguments.stem,
        imagenet=not arguments.from_scratch,
        weights=arguments.weights,
        model=arguments.model,
    )
    train(Mixture(tuple(arguments.data), cut_outs, arguments.stages[0].side_px), training)


if __name__ == "__main__":
    main()
