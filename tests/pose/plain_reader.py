"""The oracle: reads a `[1,56,N]` tensor with loops and plain arithmetic, and shares nothing with the agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt


@dataclass
class Person:
    score: float
    box: tuple[float, float, float, float]
    keypoints: list[tuple[float, float, float]]


def read(rows: npt.NDArray[Any], size: int, score: float, iou: float) -> list[Person]:
    """Persons of real-valued `(56, N)` with coordinates 0..1, in input pixels, best first."""
    found = []
    for n in range(rows.shape[1]):
        column = [float(value) for value in rows[:, n]]
        if column[4] < score:
            continue
        x, y, w, h = (side * size for side in column[:4])
        points = [(column[5 + 3 * k] * size, column[6 + 3 * k] * size, column[7 + 3 * k]) for k in range(17)]
        found.append(Person(column[4], (x - w / 2, y - h / 2, x + w / 2, y + h / 2), points))
    found.sort(key=lambda person: -person.score)
    kept: list[Person] = []
    for person in found:
        if all(overlap(person.box, better.box) <= iou for better in kept):
            kept.append(person)
    return kept


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)
