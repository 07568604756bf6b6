"""How long 4 MB of model take from the first look at the repository to the commit, and what the updater needs for it.

    .venv/bin/python benchmarks/update.py

On loopback, with a real agent on the clip of the demonstration, a trial of 10 s, and a file server beside it. Wanted:
under 60 s and under 60 MB (peak resident memory of the updater's own process).
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "updater"), str(TESTS)]

from device_run import MODEL, DeviceRun  # noqa: E402

_MODEL_BYTES = 4_000_000


def main() -> int:
    """Run it once, and print what was measured; 1 where that is too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trial-s", type=float, default=10.0, help="(%(default)s)")
    chosen = parser.parse_args()
    with ExitStack() as closing, tempfile.TemporaryDirectory() as name:
        device = DeviceRun(Path(name), closing)
        padding = _MODEL_BYTES - (MODEL / "model.tflite").stat().st_size
        release = device.publish("1.2", padding=padding, trial_s=chosen.trial_s)
        device.agent.start()
        device.until(lambda: "watches" in device.agent.text)
        device.updater.start()
        took_s = device.until(lambda: device.active_release() == release, 180.0)
        assert device.updater.process is not None
        peak_mb = _peak_rss_mb(device.updater.process.pid)
        print(
            json.dumps({"total_s": round(took_s, 1), "peak_rss_mb": round(peak_mb, 1), **_parts(device.updater.text)})
        )
    return 0 if took_s < 60.0 and peak_mb < 60.0 else 1


def _peak_rss_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def _parts(log: str) -> dict[str, float]:
    """Seconds in each state, from the times of the log's lines; empty where it has none."""
    seen = re.findall(r"(\d{4}-\d\d-\d\d[ T][\d:]+[.,]\d+).* ([A-Z_]{4,})$", log, re.MULTILINE)
    times = [(datetime.fromisoformat(at.replace(",", ".")), state) for at, state in seen]
    return {
        f"{state.lower()}_s": round((after - at).total_seconds(), 2)
        for (at, state), (after, _) in itertools.pairwise(times)
    }


if __name__ == "__main__":
    sys.exit(main())
