"""How many falls of the UP-Fall clips are raised, and how many alarms are false.

    python benchmarks/accuracy.py --clips DIR --model MODEL [--fps N] > figures.json

`DIR` holds the clips and their ``labels.csv`` (columns: clip, label, impact_s). With ``--fps`` only so many frames a
second are looked at, as on a slower device. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge_agent.app.assign import assign
from edge_agent.app.open_detector import OpenDetector, Runtime, open_detector
from edge_agent.capture.clip import ClipReader
from edge_agent.clock import MediaClock
from edge_agent.data.event import Phase
from edge_agent.data.frame import Frame
from edge_agent.ids import SeededIds
from edge_agent.pipeline import DETECTOR_SCORE, Pipeline, PipelineSettings
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.update.store import Store


def raised(clip: Path, detector: OpenDetector, fps: float) -> dict[str, list[float]]:
    """Media seconds at which each rule raised an incident in a clip."""
    clock = MediaClock()
    assignment = assign("clip", (), CatalogueSettings())
    pipeline = Pipeline(assignment, PipelineSettings(), detector.detect, clock, SeededIds(clip.name))
    times: dict[str, list[float]] = {rule.name: [] for rule in assignment.rules}
    for frame in _frames(clip, fps):
        clock.set(frame.t_s)
        for event in pipeline.step(frame).events:
            pipeline.stored(event)
            if event.phase is Phase.RAISED:
                times[event.rule].append(round(event.observed_s, 2))
    return times


def measure(clips: Path, detector: OpenDetector, fps: float) -> dict[str, Any]:
    """Figures over all labelled clips."""
    with (clips / "labels.csv").open(newline="") as file:
        labels = list(csv.DictReader(file))
    rows = []
    for label in labels:
        times = raised(clips / label["clip"], detector, fps)
        impact_s = float(label["impact_s"]) if label["impact_s"] else None
        rows.append({"clip": label["clip"], "label": label["label"], "impact_s": impact_s, "raised_s": times})
    falls = [row for row in rows if row["label"] == "fall"]
    others = [row for row in rows if row["label"] != "fall"]
    delays_s = sorted(row["raised_s"]["fall"][0] - row["impact_s"] for row in falls if row["raised_s"]["fall"])
    return {
        "model": detector.model,
        "fps": fps or "all",
        "falls": len(falls),
        "falls_raised_once": sum(len(row["raised_s"]["fall"]) == 1 for row in falls),
        "others": len(others),
        "others_with_a_fall": sum(bool(row["raised_s"]["fall"]) for row in others),
        "delay_median_s": round(delays_s[len(delays_s) // 2], 2) if delays_s else None,
        "delay_worst_s": round(delays_s[-1], 2) if delays_s else None,
        "clips": rows,
    }


def _frames(clip: Path, fps: float) -> Iterator[Frame]:
    due_s = 0.0
    with ClipReader(clip) as reader:
        for number, reading in enumerate(reader):
            if reader.media_s >= due_s - 1e-6:
                due_s = max(due_s + 1.0 / fps, reader.media_s) if fps else 0.0
                yield Frame("clip", number, reader.media_s, reading.image)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--runtime", default="auto")
    parser.add_argument("--fps", type=float, default=0.0)
    args = parser.parse_args()
    how = Runtime(runtime=args.runtime, threads=1, score=DETECTOR_SCORE)
    detector = open_detector(args.model, Store(Path("models")), how)
    print(json.dumps(measure(args.clips, detector, args.fps), indent=1))


if __name__ == "__main__":
    main()
