"""Cost of the rules stage: ``python benchmarks/rules.py [--persons 10]`` prints JSON.

Everybody walks or stands, as nearly always; then everybody lies, the worst case. Twenty pairs of a rule and a place.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "rules"))

from people import HEIGHT_PX, LYING, STANDING, WIDTH_PX, Body, Camera, posture, zone

from edge_agent.data.posture import Postures
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.immobile import ImmobileSettings
from edge_agent.rules.reach_in import ReachInSettings

FRAMES, FPS = 400, 15.0
ALL = CatalogueSettings(reach_in=ReachInSettings(enabled=True), immobile=ImmobileSettings(enabled=True))


def zones() -> tuple[Zone, ...]:
    """Six restricted zones and four walkways, far from everybody: 16 pairs, beside 4 rules of the whole view."""
    restricted = [zone(f"r{index}", 60 * index, 10, 60 * index + 50, 60) for index in range(6)]
    walkways = [
        replace(zone(f"w{index}", 60 * index, 70, 60 * index + 50, 120), kind=ZoneKind.WALKWAY) for index in range(4)
    ]
    return (*restricted, *walkways)


def measure(body: Body, persons: int) -> float:
    """Median milliseconds of a frame."""
    camera = Camera(zones(), ALL)
    films = [
        [posture(body.at(40.0 + 60.0 * one), frame / FPS, track_id=one) for frame in range(FRAMES)]
        for one in range(persons)
    ]
    times_ms = []
    for frame in range(FRAMES):
        people = tuple(shots[frame] for shots in films)
        camera.clock.set(frame / FPS)
        began_s = time.perf_counter()
        events = camera.rules(Postures("hall", frame / FPS, WIDTH_PX, HEIGHT_PX, people))
        times_ms.append(1e3 * (time.perf_counter() - began_s))
        for event in events:
            camera.rules.stored(event)
    return statistics.median(times_ms[FRAMES // 4 :])


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--persons", type=int, default=10)
    persons = parser.parse_args().persons
    scene = Scene("hall", zones())
    pairs = sum(len(rule.places(scene)) for rule in build_rules(ALL, scene))
    table = {name: round(measure(body, persons), 3) for name, body in (("standing_ms", STANDING), ("lying_ms", LYING))}
    print(json.dumps({"persons": persons, "pairs": pairs, **table}, indent=1))


if __name__ == "__main__":
    main()
