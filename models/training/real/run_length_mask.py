"""Decodes a mask from COCO's run-length encoding, without pycocotools (which needs a C compiler on some machines)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt


def decode_run_lengths(encoded: Mapping[str, Any]) -> npt.NDArray[np.bool_]:
    """Decodes `{"size": [height, width], "counts": text or list}`.

    The text holds 5 bits a character from ASCII 48 on, the sixth bit says that more follow, and from the third run
    on the difference to the run before the last (COCO API, `maskApi.h`, 2014). Runs go down the columns.

    Returns:
        height x width, true on the object.

    Raises:
        ValueError: the runs do not fill the mask.
    """
    height_px, width_px = encoded["size"]
    counts = encoded["counts"]
    runs = _runs_of_text(counts) if isinstance(counts, str) else list(counts)
    if sum(runs) != height_px * width_px:
        raise ValueError(f"runs of {sum(runs)} pixels in a mask of {height_px} x {width_px}")
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    mask: npt.NDArray[np.bool_] = flat.reshape(width_px, height_px).T
    return mask


def _runs_of_text(text: str) -> list[int]:
    runs: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value, shift = 0, 0
    return runs
