"""The real process, killed -9 at two hundred random instants: the disk always holds exactly one whole model."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_update_faults import CONTENTS, device, model_that_would_run, reopened, update_to_the_end

CHILD = Path(__file__).with_name("update_child.py")
SEED = 2026


def begun(directory: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, CHILD, directory], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    return child


def whole_run_s(directory: Path) -> float:
    device(directory)
    child = begun(directory)
    started_s = time.monotonic()
    child.communicate(timeout=60)
    return time.monotonic() - started_s


def killed_at_random(directory: Path, count: int) -> None:
    """Kill so many updates under way; what had ended before the kill does not count."""
    rng = random.Random(SEED)
    longest_s = whole_run_s(directory / "whole")
    struck = attempt = 0
    while struck < count:
        attempt += 1
        assert attempt < 20 * count, f"only {struck} of {attempt} kills came before the end"
        place = directory / str(attempt)
        device(place)
        child = begun(place)
        time.sleep(rng.uniform(0.0, longest_s))
        under_way = child.poll() is None
        child.kill()
        child.communicate()
        struck += under_way
        # How fast the machine is changes with what else it does.
        longest_s *= 1.02 if under_way else 0.9
        again = reopened(place)
        assert model_that_would_run(again) in CONTENTS, attempt
        update_to_the_end(again)
        shutil.rmtree(place)


def test_a_few_kills(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 4)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_kills(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 200)
