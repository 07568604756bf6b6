"""The tables of docs/accuracy.md, from the figures that `benchmarks/accuracy.py` measured.

python benchmarks/accuracy_table.py benchmarks/accuracy.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ACTIVITIES = {
    "1": "falls forward, on the hands",
    "2": "falls forward, on the knees",
    "3": "falls backward",
    "4": "falls sideways",
    "5": "falls beside a chair",
    "6": "walks",
    "7": "stands",
    "8": "sits",
    "9": "picks up",
    "10": "jumps",
    "11": "lies",
}


def tables(figures: dict[str, Any]) -> Iterator[str]:
    """The lines of the tables, with an empty one between two.

    Args:
        figures: By model, then by fps, what `accuracy.measure` gave.
    """
    yield (
        "| model | frames a second | sensitivity | specificity | F1 | raised after impact, s: median, p95, worst "
        "| confirmed | false an hour (95 %: at most) |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for model, rates in figures.items():
        for found in rates.values():
            yield _row(model, found)
    yield ""
    yield "| rule | " + " | ".join(_ACTIVITIES.values()) + " | an hour (95 %: at most) |"
    yield "|---|" + "---|" * (len(_ACTIVITIES) + 1)
    for model, rates in figures.items():
        for rule, found in rates["all"]["rules"].items():
            clips = " | ".join(str(found["clips"].get(key, "")) for key in _ACTIVITIES)
            if found["clips"]:
                yield f"| `{rule}`, {model} | {clips} | {found['an_hour']:g} ({found['an_hour_at_most']:g}) |"
    yield ""
    yield from _clips(figures)


def _clips(figures: dict[str, Any]) -> Iterator[str]:
    """A line a clip in which anything was raised: rule and media seconds, for each model at all frames."""
    yield "| clip | " + " | ".join(figures) + " |"
    yield "|---|" + "---|" * len(figures)
    by_model = [rates["all"]["clips"] for rates in figures.values()]
    for clip in by_model[0]:
        cells = ["; ".join(f"{rule} {_times(at_s)}" for rule, at_s in clips[clip].items()) for clips in by_model]
        if any(cells):
            yield f"| `{clip.removesuffix('.mp4')}` | " + " | ".join(cells) + " |"


def _times(at_s: list[float]) -> str:
    return ", ".join(f"{each:.2f}" for each in at_s)


def _row(model: str, found: dict[str, Any]) -> str:
    falls, others = found["falls"], found["others"]
    hit, quiet = round(found["sensitivity"] * falls), others - found["others_with_a_fall"]
    fps = 18 if found["fps"] == "all" else f"{found['fps']:g}"
    cells = (
        model,
        fps,
        f"{found['sensitivity']:.3f} ({hit} of {falls})",
        f"{found['specificity']:.3f} ({quiet} of {others})",
        f"{found['f1']:.3f}",
        f"{found['delay_median_s']:.2f}, {found['delay_p95_s']:.2f}, {found['delay_worst_s']:.2f}",
        f"{found['confirmed_median_s']:.2f}, {found['confirmed_p95_s']:.2f}, {found['confirmed_worst_s']:.2f}",
        f"{found['false_an_hour']:g} ({found['false_an_hour_at_most']:g})",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path)
    print("\n".join(tables(json.loads(parser.parse_args().figures.read_text()))))


if __name__ == "__main__":
    main()
