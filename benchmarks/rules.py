"""Cost of the rules stage: ``python benchmarks/rules.py [--persons 10]`` prints JSON.

Everybody walks or stands, as nearly always, far from all zones, and then before all of them; then everybody lies with
incidents running, the worst case. Some twenty pairs of a rule and a place.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
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


FAR, NEAR = (60.0, 50.0), (640.0, 300.0)
"""How wide and how low the zones are: above everybody's head, or behind everybody down to the knees."""


def zones(size_px: tuple[float, float]) -> tuple[Zone, ...]:
    """Six restricted zones and four walkways: 16 pairs, beside the rules of the whole view."""
    width_px, bottom_px = size_px
    restricted = [zone(f"r{index}", 5 * index, 10, 5 * index + width_px - 50, bottom_px) for index in range(6)]
    walkways = [
        zone(f"w{index}", 5 * index, 10, 5 * index + width_px - 50, bottom_px, ZoneKind.WALKWAY) for index in range(4)
    ]
    return (*restricted, *walkways)


def measure(body: Body, persons: int, size_px: tuple[float, float] = FAR) -> float:
    """Median milliseconds of a frame."""
    camera = Camera(zones(size_px), ALL)
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
    scene = Scene("hall", zones(FAR))
    pairs = sum(len(rule.places(scene)) for rule in build_rules(ALL, scene))
    table = {
        "standing_ms": round(measure(STANDING, persons), 3),
        "standing_before_zones_ms": round(measure(STANDING, persons, NEAR), 3),
        "lying_ms": round(measure(LYING, persons), 3),
    }
    print(json.dumps({"persons": persons, "pairs": pairs, **table}, indent=1))


if __name__ == "__main__":
    main()
