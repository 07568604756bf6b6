"""A long run of the whole device: does it keep its memory, its descriptors, its threads, and find its camera again.

    .venv/bin/python benchmarks/soak.py [--minutes 30] [--unplugs 20] [--out FILE]

Starts `edge-agent run` and `edge-agent updater run` as their units do, on the machine's own clock, with a mosquitto on
127.0.0.1 and two cameras: the clip of the demonstration in a loop, and the same clip from an RTSP server (H.264), which
vanishes again and again: by turns its power is cut (the server is killed) and its network is gone (the server is
stopped, and connections hang). While they start, the updater brings a release and the agent changes models.

Prints one JSON object, and exits with 1 where a bound of `broken_bounds` does not hold. The first sixth (five minutes
of thirty) is warm-up: until then each thread's arena of the C library, the decoder's pictures, the page cache of SQLite
and the histories of the rules reach the size that they keep.

Needs mosquitto, ffmpeg, and the RTSP server of tests/run.sh.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from soak_run.figures import begin_and_end, delivery, incidents_by_round, slope
from soak_run.process_numbers import Holding, holding
from soak_run.site import CLIP_S, DEMO, LOOPED, PLUGGED, Site

MOST_MB_PER_10_MIN = 1.0
_WARM_UP = 1 / 6
_SAMPLE_S = 2.0
_AWAY_S = (8.0, 12.0, 20.0)
"""By turns; a camera counts as lost after 5 s."""
_POLL_S = 0.1
_BACK_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look at the processes.

    Attributes:
        at_s: Seconds since the soak began.
        plugged: The network camera was there, and frames of it were judged.
        of: By process.
        frames: Judged so far, by camera.
    """

    at_s: float
    plugged: bool
    of: dict[str, Holding]
    frames: dict[str, int]


class Soak:
    """One soak of a site that runs."""

    def __init__(self, site: Site, minutes: float, unplugs: int) -> None:
        self.samples: list[Sample] = []
        self.returns_s: list[float] = []
        self._site = site
        self._end_s = minutes * 60.0
        self._unplugs = unplugs
        self._started_s = time.monotonic()

    def run(self) -> None:
        """Until the time is over and the camera is back."""
        period_s = self._end_s / max(1, self._unplugs)
        for number in range(self._unplugs):
            away_s = min(_AWAY_S[number % len(_AWAY_S)], period_s / 3.0)
            self._sample_until(number * period_s + period_s / 6.0)
            self._unplug(away_s, hang=number % 2 == 1)
        self._sample_until(self._end_s)

    @property
    def now_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._started_s

    def _unplug(self, away_s: float, *, hang: bool) -> None:
        camera = self._site.camera
        (camera.hang if hang else camera.kill)()
        self._sample_until(self.now_s + away_s, plugged=False)
        before = self._site.judged(PLUGGED)
        (camera.wake if hang else camera.appear)()
        back_s = self.now_s
        while self._site.judged(PLUGGED) <= before:
            if self.now_s - back_s > _BACK_WITHIN_S:
                raise AssertionError(f"no frame within {_BACK_WITHIN_S} s:\n{self._site.device.agent.text[-3000:]}")
            time.sleep(_POLL_S)
        self.returns_s.append(self.now_s - back_s)

    def _sample_until(self, end_s: float, *, plugged: bool = True) -> None:
        while self.now_s < end_s:
            pids = self._site.pids()
            # First: answering for the page takes the agent one more thread, which is counted where it is slow to go.
            of = {name: holding(pid) for name, pid in pids.items()}
            frames = {name: self._site.judged(name) for name in (LOOPED, PLUGGED)}
            self.samples.append(Sample(at_s=self.now_s, plugged=plugged, of=of, frames=frames))
            time.sleep(max(0.0, min(_SAMPLE_S, end_s - self.now_s)))


def figures(soak: Soak, site: Site, rules: list[str], ended_s: float) -> dict[str, Any]:
    """Everything that is printed."""
    first, last = soak.samples[0], soak.samples[-1]
    warm = [sample for sample in soak.samples if sample.at_s >= _WARM_UP * last.at_s]
    events = site.subscriber.events()
    health = site.health()
    changes = [event["data"]["rule"] for event in events if event["data"]["camera"] == PLUGGED]
    return {
        "at": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M}",
        "minutes": round(last.at_s / 60.0, 1),
        "warm_up_minutes": round(warm[0].at_s / 60.0, 1),
        "samples": len(warm),
        **{name: process_figures(warm, name) for name in first.of},
        "fps": {
            name: round((last.frames[name] - first.frames[name]) / (last.at_s - first.at_s), 1) for name in last.frames
        },
        "unplugged": {
            "times": len(soak.returns_s),
            "camera_lost": changes.count("camera_lost"),
            "camera_back": changes.count("camera_back"),
            "first_judged_frame_s": {
                "median": round(statistics.median(soak.returns_s), 2) if soak.returns_s else None,
                "worst": round(max(soak.returns_s), 2) if soak.returns_s else None,
            },
        },
        "events": delivery(events),
        "rounds": int(last.at_s / CLIP_S),
        "looped_clip": incidents_by_round(
            [event for event in events if event["data"]["camera"] == LOOPED], rules, CLIP_S, ended_s
        ),
        "outbox": {name: health["outbox"][name] for name in ("pending", "dropped", "quarantined")},
        "mqtt_connects": metric(site.metrics(), "edge_agent_mqtt_connects_total"),
    }


def process_figures(warm: list[Sample], name: str) -> dict[str, Any]:
    """Memory of one process after the warm-up, and its threads and descriptors while every camera was there."""
    at_s = [sample.at_s for sample in warm]
    there = [sample.of[name] for sample in warm if sample.plugged]
    rss_mb = [sample.of[name].rss_mb for sample in warm]
    pss_mb = [value for sample in warm if (value := sample.of[name].pss_mb) is not None]
    rss = slope(at_s, rss_mb)
    return {
        "rss_mb": {"begin": round(rss_mb[0], 1), "end": round(rss_mb[-1], 1), "max": round(max(rss_mb), 1)},
        "pss_mb": round(pss_mb[-1], 1) if pss_mb else None,
        "rss_mb_per_10_min": {"slope": rss.mb_per_10_min, "from": rss.low, "to": rss.high},
        "threads": begin_and_end([held.threads for held in there]),
        "descriptors": begin_and_end([held.descriptors for held in there]),
        "children_max": max(sample.of[name].children for sample in warm),
    }


def broken_bounds(found: dict[str, Any], unplugs: int, *, memory: bool) -> list[str]:
    """What does not hold; memory is no matter of a minute."""
    broken = []
    for name in ("agent", "updater"):
        steep = found[name]["rss_mb_per_10_min"]["slope"]
        if memory and steep >= MOST_MB_PER_10_MIN:
            broken.append(f"{name}: {steep} MB per 10 minutes, and less than {MOST_MB_PER_10_MIN} is wanted")
        broken += [
            f"{name}: more {what} at the end than at the beginning: {found[name][what]}"
            for what in ("threads", "descriptors")
            if found[name][what]["end"] > found[name][what]["begin"]
        ]
    pairs = found["unplugged"]
    if (pairs["camera_lost"], pairs["camera_back"]) != (unplugs, unplugs):
        broken.append(f"{unplugs} times unplugged, and told: {pairs}")
    if found["events"]["lost"] or found["events"]["twice"] or found["outbox"]["dropped"]:
        broken.append(f"events: {found['events']}, {found['outbox']}")
    return broken


def metric(page: str, name: str) -> float | None:
    """A number without labels of the page for Prometheus."""
    return next((float(line.split()[1]) for line in page.splitlines() if line.startswith(f"{name} ")), None)


def free_ports() -> tuple[int, int, int]:
    """Three TCP ports on 127.0.0.1 that nobody listens on."""
    with ExitStack() as open_until_all_are_known:
        probes = [open_until_all_are_known.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        first, second, third = (int(probe.getsockname()[1]) for probe in probes)
    return first, second, third


def main() -> int:
    """Run, and print; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="(%(default)s)")
    parser.add_argument("--unplugs", type=int, default=20, help="(%(default)s)")
    parser.add_argument("--out", type=Path, help="write the samples, too, as JSON")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing outlives us
    with ExitStack() as closing:
        directory = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        site = Site(directory, free_ports(), options.minutes, closing)
        site.start()
        soak = Soak(site, options.minutes, options.unplugs)
        soak.run()
        ended_s = time.time()
        site.subscriber.until(lambda _: site.health() != {}, 30.0)
        story = yaml.safe_load((DEMO / "expected.yaml").read_text())
        found = figures(soak, site, [incident["rule"] for incident in story["incidents"]], ended_s)
        log = site.device.agent.text.splitlines()
    found["broken"] = broken_bounds(found, options.unplugs, memory=options.minutes >= 10.0)
    print(json.dumps(found, indent=1))
    if options.out:
        samples = [asdict(sample) for sample in soak.samples]
        options.out.write_text(json.dumps({**found, "log": log, "samples": samples}))
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
