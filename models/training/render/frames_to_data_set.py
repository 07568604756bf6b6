"""Command: renders a labelled data set.

python -m edge_agent.models.training.render.frames_to_data_set --out DIR --count N --seed S --backgrounds DIR
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from edge_agent.models.training.labels import PictureLabel, write_labels
from edge_agent.models.training.render.photo_background import read_photographs
from edge_agent.models.training.render.picture import Studio, draw_picture
from edge_agent.models.training.render.view import ANY_VIEW, INSTALLED_VIEW
from edge_agent.models.training.render.workers import Cast

LARGEST_COUNT = 1_000_000
BLOCK = 100
"""So many pictures in a row share a cast of workers, and are rendered by one process."""

_PICTURES, _CASTS = 0, 1
"""Keys of the two families of seeds."""


@dataclass(frozen=True, slots=True)
class DataSetOrder:
    """What to render.

    Attributes:
        out: the data set's folder; pictures in it are overwritten.
        count: number of pictures.
        seed: of the whole set; picture number i depends on it and on i only.
        backgrounds: folder of photographs without persons; none: rooms only.
        size_px: width and height.
        jobs: processes.
        installed: rooms as the agent's camera is to be aimed at, instead of every view there is.
    """

    out: Path
    count: int
    seed: int
    backgrounds: Path | None
    size_px: tuple[int, int]
    jobs: int
    installed: bool = False


def render_block(order: DataSetOrder, block: int) -> list[PictureLabel]:
    """Renders and stores one block of pictures with a cast of its own; returns their labels.

    Raises:
        OSError: a picture cannot be written.
    """
    cv2.setNumThreads(1)
    photographs = read_photographs(order.backgrounds) if order.backgrounds else ()
    cast = Cast(np.random.SeedSequence(order.seed, spawn_key=(_CASTS, block)))
    studio = Studio(cast, photographs, order.size_px, views=INSTALLED_VIEW if order.installed else ANY_VIEW)
    last = min((block + 1) * BLOCK, order.count)
    return [_paint(order, studio, index) for index in range(block * BLOCK, last)]


def _paint(order: DataSetOrder, studio: Studio, index: int) -> PictureLabel:
    seed = np.random.SeedSequence(order.seed, spawn_key=(_PICTURES, index))
    done = draw_picture(np.random.default_rng(seed), studio)
    name = f"images/{index:06d}.jpg"
    path = order.out / name
    picture = cv2.cvtColor(done.picture, cv2.COLOR_RGB2BGR)
    if not cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, done.jpeg_quality]):
        raise OSError(f"{path}: cannot be written; is the disk full?")
    return PictureLabel(
        image=name,
        width_px=order.size_px[0],
        height_px=order.size_px[1],
        persons=done.labels.persons,
        ignore_px=done.labels.ignore_px,
        source="render",
        group=f"render-{order.seed}-{index}",
    )


def render_data_set(order: DataSetOrder) -> Iterator[PictureLabel]:
    """Renders all pictures, in order; the labels come as the blocks are done and are not stored here.

    Raises:
        OSError: a picture cannot be written.
    """
    blocks = range(-(-order.count // BLOCK))
    if order.jobs == 1:
        for block in blocks:
            yield from render_block(order, block)
        return
    with multiprocessing.get_context("spawn").Pool(order.jobs) as pool:
        for labels in pool.imap(partial(render_block, order), blocks):
            yield from labels


def _order_of(arguments: list[str]) -> DataSetOrder:
    parser = argparse.ArgumentParser(description="Renders pictures of workers with exact COCO keypoints.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the data set; made if missing")
    parser.add_argument("--count", type=int, required=True, help="number of pictures")
    parser.add_argument("--seed", type=int, default=0, help="the same seed renders the same pictures")
    parser.add_argument(
        "--backgrounds", type=Path, help="folder of photographs without persons; without it: rooms only"
    )
    parser.add_argument("--size-px", default="384x288", help="WIDTHxHEIGHT, default 384x288")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--installed", action="store_true", help="only views as a well aimed camera has; wants no photographs"
    )
    options = parser.parse_args(arguments)
    try:
        width, height = (int(part) for part in options.size_px.split("x"))
    except ValueError:
        parser.error("--size-px must be WIDTHxHEIGHT, for example 384x288")
    if not (1 <= options.count <= LARGEST_COUNT and options.jobs >= 1 and min(width, height) >= 32):
        parser.error(f"--count must be 1 to {LARGEST_COUNT}, --jobs at least 1, and each side at least 32 pixels")
    if options.installed and options.backgrounds:
        parser.error("--installed shows rooms: leave out --backgrounds")
    size_px = (width, height)
    return DataSetOrder(
        options.out, options.count, options.seed, options.backgrounds, size_px, options.jobs, options.installed
    )


def main(arguments: list[str]) -> int:
    """Renders a data set as the command line says; returns the exit status."""
    order = _order_of(arguments)
    (order.out / "images").mkdir(parents=True, exist_ok=True)
    write_labels(order.out, _reported(render_data_set(order), order.count))
    return 0


def _reported(labels: Iterator[PictureLabel], count: int) -> Iterator[PictureLabel]:
    """Passes the labels on and tells now and then how far the work is."""
    started = time.monotonic()
    for number, label in enumerate(labels, start=1):
        if number % 100 == 0 or number == count:
            rate = number / (time.monotonic() - started)
            sys.stdout.write(f"{number}/{count} pictures, {rate:.1f} a second\n")
            sys.stdout.flush()
        yield label


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
