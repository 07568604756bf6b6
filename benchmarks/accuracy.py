"""How many falls of labelled clips are raised, how soon, and how many alarms are false.

    python benchmarks/accuracy.py --clips DIR --model MODEL [--fps N]... > figures.json

`DIR` holds the clips and their ``labels.csv`` (columns: clip, activity, label, impact_s). With ``--fps`` only so many
frames a second are looked at, as on a slower device; 0 takes them all. Prints one JSON object an fps, keyed by it.

A fall alarm is an incident of `fall` or of `lost_while_falling`. How many false ones an hour there may be at most, with
95 % certainty, is the exact Poisson bound (Garwood, Biometrika 1936): without any, it is 3.0 over the hours watched.
Rules that are off by default run on trial, so that it can be told how often each would have been raised.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from edge_agent.app.assign import assign
from edge_agent.app.open_detector import OpenDetector, Runtime, open_detector
from edge_agent.capture.clip import ClipReader
from edge_agent.clock import MediaClock
from edge_agent.data.event import Evidence, Phase
from edge_agent.data.frame import Frame
from edge_agent.ids import SeededIds
from edge_agent.pipeline import DETECTOR_SCORE, Pipeline, PipelineSettings
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.shadow_settings import ShadowSettings
from edge_agent.update.store import Store

ALARMS = ("fall", "lost_while_falling")
_LIES = "11"
_IMPACT_WITHIN_S = 0.3  # how well the labels know it


@dataclass(frozen=True, slots=True)
class Job:
    """One clip at one rate with one model."""

    clip: Path
    model: str
    runtime: str
    fps: float


def watch(job: Job) -> dict[str, Any]:
    """What a clip raised: the media seconds of each rule's incidents, and how long the clip is."""
    detector = _detector(job.model, job.runtime)
    clock = MediaClock()
    assignment = assign(Scene("clip", ()), CatalogueSettings(), _those_off())
    pipeline = Pipeline(assignment, PipelineSettings(), detector.detect, clock, SeededIds(job.clip.name))
    rules = (*assignment.rule_names, *(rule.name for rule in assignment.shadow))
    raised_s: dict[str, list[float]] = {rule: [] for rule in rules}
    confirmed_s: list[float] = []
    frame = None
    for frame in _frames(job.clip, job.fps):
        clock.set(frame.t_s)
        outcome = pipeline.step(frame)
        for event in outcome.events:
            pipeline.stored(event)
            if Evidence("stage", "confirmed") in event.evidence:
                confirmed_s.append(round(event.observed_s, 2))
        for event in (*outcome.events, *outcome.shadowed):
            if event.phase is Phase.RAISED:
                raised_s[event.rule].append(round(event.observed_s, 2))
    return {"raised_s": raised_s, "confirmed_s": confirmed_s, "length_s": frame.t_s if frame else 0.0}


def _those_off() -> ShadowSettings:
    """Every rule that is off by default, on trial."""
    rules = CatalogueSettings()
    names = [part.name for part in fields(ShadowSettings)]
    return ShadowSettings(**{name: getattr(rules, name) for name in names if not getattr(rules, name).enabled})


@cache
def _detector(model: str, runtime: str) -> OpenDetector:
    """Opened once a process."""
    return open_detector(model, Store(Path("models")), Runtime(runtime=runtime, threads=1, score=DETECTOR_SCORE))


def measure(labels: list[dict[str, str]], seen: list[dict[str, Any]], fps: float) -> dict[str, Any]:
    """Figures over all labelled clips."""
    rows = [{**label, **clip} for label, clip in zip(labels, seen, strict=True)]
    return {
        "fps": fps or "all",
        **figures(rows),
        "rules": _by_rule(rows),
        "clips": {row["clip"]: _clip(row) for row in rows},
        "wrong": _wrong(rows),
    }


def figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of clips with their label, length and what they raised.

    Sensitivity is over the clips of falls, specificity over the others; a fall that was told twice still counts as
    found, but not as raised once.
    """
    falls = [row for row in rows if row["label"] == "fall"]
    others = [row for row in rows if row["label"] != "fall"]
    found = sum(bool(_hits_s(row)) for row in falls)
    false = sum(len(_alarms_s(row)) for row in others)
    clips_with_false = sum(bool(_alarms_s(row)) for row in others)
    hours = sum(row["length_s"] for row in others) / 3600.0
    delays_s = sorted(_hits_s(row)[0] - float(row["impact_s"]) for row in falls if _hits_s(row))
    confirms_s = sorted(row["confirmed_s"][0] - float(row["impact_s"]) for row in falls if row["confirmed_s"])
    return {
        "falls": len(falls),
        "falls_raised_once": sum(_is_right(row) for row in falls),
        "others": len(others),
        "others_with_a_fall": clips_with_false,
        "sensitivity": round(found / len(falls), 3),
        "specificity": round(1.0 - clips_with_false / len(others), 3),
        "f1": round(2.0 * found / (2.0 * found + clips_with_false + len(falls) - found), 3),
        **_delays("delay", delays_s),
        "falls_confirmed": len(confirms_s),
        **_delays("confirmed", confirms_s),
        "hours_without_a_fall": round(hours, 4),
        "false_an_hour": round(false / hours, 2),
        "false_an_hour_at_most": round(_poisson_upper(false) / hours, 1),
    }


def _alarms_s(row: dict[str, Any]) -> list[float]:
    return sorted(at_s for rule in ALARMS for at_s in row["raised_s"][rule])


def _hits_s(row: dict[str, Any]) -> list[float]:
    """The alarms that the fall can have caused: an earlier one is false."""
    return [at_s for at_s in _alarms_s(row) if at_s >= float(row["impact_s"]) - _IMPACT_WITHIN_S]


def _delays(name: str, delays_s: list[float]) -> dict[str, float | None]:
    """Median, 95th percentile and worst of sorted delays; None without any."""
    if not delays_s:
        return {f"{name}_median_s": None, f"{name}_p95_s": None, f"{name}_worst_s": None}
    return {
        f"{name}_median_s": round(median(delays_s), 2),
        f"{name}_p95_s": round(delays_s[math.ceil(0.95 * len(delays_s)) - 1], 2),
        f"{name}_worst_s": round(delays_s[-1], 2),
    }


def _by_rule(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By rule: the clips of each activity that raised it, and how often an hour where nobody fell or lay down."""
    upright = [row for row in rows if row["label"] != "fall" and row["activity"] != _LIES]
    hours = sum(row["length_s"] for row in upright) / 3600.0
    found = {}
    for rule in rows[0]["raised_s"]:
        clips = Counter(row["activity"] for row in rows if row["raised_s"][rule])
        count = sum(len(row["raised_s"][rule]) for row in upright)
        found[rule] = {
            "clips": dict(clips),
            "an_hour": round(count / hours, 1),
            "an_hour_at_most": round(_poisson_upper(count) / hours, 1),
        }
    return found


def _clip(row: dict[str, Any]) -> dict[str, Any]:
    """What one clip raised, in media seconds; only what there is."""
    raised_s = {rule: at_s for rule, at_s in row["raised_s"].items() if at_s}
    return {**raised_s, "confirmed": row["confirmed_s"]} if row["confirmed_s"] else raised_s


def _wrong(rows: list[dict[str, Any]]) -> list[str]:
    """The clips that were judged wrongly: a fall not raised exactly once, or an alarm where nobody fell."""
    return [row["clip"] for row in rows if not _is_right(row)]


def _is_right(row: dict[str, Any]) -> bool:
    alarms = len(_alarms_s(row))
    return alarms == len(_hits_s(row)) == 1 if row["label"] == "fall" else alarms == 0


def _poisson_upper(count: int) -> float:
    """The mean at which so few events or fewer have a chance of 5 %."""
    low, high = 0.0, 10.0 + 3.0 * count
    for _ in range(60):
        mean = (low + high) / 2.0
        chance = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count + 1))
        low, high = (mean, high) if chance > 0.05 else (low, mean)
    return high


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
    parser.add_argument("--fps", type=float, action="append")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="clips at a time")
    args = parser.parse_args()
    with (args.clips / "labels.csv").open(newline="") as file:
        labels = list(csv.DictReader(file))
    found = []
    with ProcessPoolExecutor(args.jobs, get_context("spawn")) as pool:
        for fps in args.fps or [0.0]:
            jobs = [Job(args.clips / label["clip"], args.model, args.runtime, fps) for label in labels]
            found.append(measure(labels, list(pool.map(watch, jobs)), fps))
    print(json.dumps({str(each["fps"]): each for each in found}, indent=1))


if __name__ == "__main__":
    main()
