"""Cost of the rules stage: ``python benchmarks/rules.py [--persons 10]`` prints JSON.

Every rule of the catalogue is on, and four zones lie one over the other. Everybody stands, as nearly always, far from
the zones, and then before all of them; then everybody lies with incidents running, the worst case.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "rules"))

from people import HEIGHT_PX, LYING, STANDING, WIDTH_PX, Body, Camera, posture, zone

from edge_agent.data.posture import Postures
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene

FRAMES, FPS = 400, 15.0


def everything() -> CatalogueSettings:
    """Every rule, switched on."""
    rules = CatalogueSettings()
    return replace(rules, **{part.name: replace(getattr(rules, part.name), enabled=True) for part in fields(rules)})


FAR, NEAR = (60.0, 50.0), (640.0, 300.0)
"""How wide and how low the zones are: above everybody's head, or behind everybody down to the knees."""


def zones(size_px: tuple[float, float]) -> tuple[Zone, ...]:
    """Two restricted zones and two walkways, one over the other."""
    width_px, bottom_px = size_px
    kinds = (ZoneKind.RESTRICTED, ZoneKind.RESTRICTED, ZoneKind.WALKWAY, ZoneKind.WALKWAY)
    return tuple(
        zone(f"z{index}", 5 * index, 10, 5 * index + width_px - 50, bottom_px, kind) for index, kind in enumerate(kinds)
    )


def measure(body: Body, persons: int, size_px: tuple[float, float] = FAR) -> float:
    """Median milliseconds of a frame."""
    camera = Camera(zones(size_px), everything())
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
    rules = build_rules(everything(), scene)
    pairs = sum(len(rule.places(scene)) for rule in rules)
    table = {
        "standing_ms": round(measure(STANDING, persons), 3),
        "standing_before_zones_ms": round(measure(STANDING, persons, NEAR), 3),
        "lying_ms": round(measure(LYING, persons), 3),
    }
    print(json.dumps({"persons": persons, "rules": len(rules), "pairs": pairs, **table}, indent=1))


if __name__ == "__main__":
    main()
