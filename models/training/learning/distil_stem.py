"""Teaches the stem to answer like the layers that it replaces, on unlabelled pictures.

    python -m edge_agent.models.training.learning.distil_stem --pictures DIR [DIR ...] --out stem.pt

After it the ImageNet stages behind the stem see what they were trained on (G. Hinton et al., 2015; A. Romero et al.,
FitNets, 2015: a hint layer). Local features need few pictures: each gives hundreds of crops at many scales.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from edge_agent.models.training.learning.schedule import CosineSchedule
from edge_agent.models.training.network.backbone import STEM_CHANNELS, Stem
from edge_agent.models.training.network.initial_weights import Lite0Start, load_imagenet_weights

CROP_PX = 128
"""Smaller than the network's input: the stem looks at a few dozen pixels, and small crops are more varied a second."""

SCALES = (0.35, 2.0)
"""Crops shrink or enlarge the picture by a factor within these, log-uniform."""


@dataclass(frozen=True, slots=True)
class Distillation:
    """How long and on what the stem is taught."""

    steps: int
    batch: int
    rate: float
    seed: int


def random_crop(picture: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Cuts a square out of a BGR picture, scaled, flipped and with other contrast; returns RGB."""
    scale = float(np.exp(rng.uniform(*np.log(SCALES))))
    height, width = picture.shape[:2]
    scale = max(scale, CROP_PX / min(height, width))
    size = int(np.ceil(width * scale)), int(np.ceil(height * scale))
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = rng.integers(size[0] - CROP_PX + 1), rng.integers(size[1] - CROP_PX + 1)
    crop = scaled[top : top + CROP_PX, left : left + CROP_PX]
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    gain, offset = rng.uniform(0.6, 1.4), rng.uniform(-30, 30)
    adjusted = np.clip(crop[:, :, ::-1] * gain + offset, 0, 255)
    return np.ascontiguousarray(adjusted.astype(np.uint8))


def distil(pictures: list[npt.NDArray[np.uint8]], plan: Distillation) -> Stem:
    """Returns a stem that answers like Lite0's start on such pictures. Prints the relative error now and then."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    teacher: Lite0Start = Lite0Start(load_imagenet_weights()).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves this form out
    stem: Stem = Stem().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves this form out
    optimiser = torch.optim.AdamW(stem.parameters(), lr=plan.rate, weight_decay=1e-4)
    schedule = CosineSchedule(plan.steps, plan.steps // 20 + 1)
    spread = torch.ones((1, STEM_CHANNELS, 1, 1), device=device)
    started_s, error = time.monotonic(), 1.0
    for step in range(plan.steps):
        crops = np.stack([random_crop(pictures[rng.integers(len(pictures))], rng) for _ in range(plan.batch)])
        batch = torch.from_numpy(crops).to(device).permute(0, 3, 1, 2).float().div(255)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            with torch.no_grad():
                wanted: Tensor = teacher(batch).float()
            answer: Tensor = stem(batch).float()
        if step == 0:
            spread = wanted.var(dim=(0, 2, 3), keepdim=True) + 1e-3
        loss = ((answer - wanted).square() / spread).mean()
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * schedule.at(step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        optimiser.step()
        error = 0.98 * error + 0.02 * float(loss.detach())
        if step % 50 == 0:
            print(
                f"step {step} of {plan.steps}: unexplained variance {error:.3f}, {time.monotonic() - started_s:.0f} s",
                flush=True,
            )
    return stem


def main() -> None:
    """Reads the arguments, teaches, writes the stem's weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, nargs="+", required=True, help="folders, searched in depth")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    paths = sorted(
        path for folder in arguments.pictures for path in folder.rglob("*") if path.suffix in {".jpg", ".png"}
    )
    pictures = [picture for path in paths if (picture := cv2.imread(str(path), cv2.IMREAD_COLOR)) is not None]
    if not pictures:
        raise SystemExit("no .jpg or .png pictures there: name folders with data sets, as --pictures data/renders")
    plan = Distillation(arguments.steps, arguments.batch, arguments.rate, arguments.seed)
    stem = distil([np.asarray(picture, np.uint8) for picture in pictures], plan)
    torch.save(stem.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
