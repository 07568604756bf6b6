"""The soak in small, so that it still works when half an hour of it is wanted; and what it concludes from figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mosquitto import require_mosquitto

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    from soak_run import figures

    return figures


def event(seq: int, rule: str, at_s: float, phase: str = "raised") -> dict[str, Any]:
    minutes, seconds = divmod(at_s, 60.0)
    at = f"2025-03-01T12:{int(minutes):02d}:{seconds:06.3f}Z"
    return {"seq": seq, "data": {"rule": rule, "phase": phase, "observed_at": at}}


def test_a_line_is_found_with_what_is_sure_about_it(figures: ModuleType) -> None:
    at_s = [2.0 * number for number in range(600)]
    found = figures.slope(at_s, [100.0 + 0.5 * time_s / 600.0 + 0.1 * (index % 2) for index, time_s in enumerate(at_s)])
    assert found.mb_per_10_min == pytest.approx(0.5, abs=0.01)
    assert found.low <= 0.5 <= found.high
    saw = [100.0 + time_s % 24.0 for time_s in at_s]
    unsure = figures.slope(at_s, saw)
    assert unsure.low < 0.0 < unsure.high, "a rhythm is no growth"


def test_one_more_that_stays_counts_and_one_that_comes_and_goes_not(figures: ModuleType) -> None:
    leak = figures.begin_and_end([17] * 10 + [18] * 20)
    assert leak["end"] > leak["begin"]
    busy = figures.begin_and_end([17, 17, 18, 17, 17, 18, 17, 17, 18])
    assert (busy["begin"], busy["end"], busy["max"]) == (17, 17, 18)


def test_what_did_not_arrive_and_what_came_twice_is_counted_by_number(figures: ModuleType) -> None:
    came = [event(seq, "fall", seq) for seq in (3, 4, 4, 7)]
    assert figures.delivery(came) == {"received": 4, "lost": 2, "twice": 1}


def test_rounds_of_the_clip_without_an_incident_or_with_two_are_counted(figures: ModuleType) -> None:
    start_s = figures.observed_s(event(0, "fall", 0.0))
    falls = [event(number, "fall", at_s) for number, at_s in enumerate((10.0, 34.1, 35.0, 82.0))]
    other = [event(9, "man_down", 40.0), event(10, "fall", 11.0, "updated")]
    found = figures.incidents_by_round([*falls, *other], ["fall"], 24.0, start_s + 100.0)
    assert found["fall"] == {"raised": 4, "rounds_without": 1, "rounds_with_more": 1}
    assert found["man_down"] == {"raised": 1}


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.timeout(300)
def test_a_minute_with_two_unplugged_cameras_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_mosquitto()
    monkeypatch.syspath_prepend(str(PROJECT / "tests" / "capture"))
    from rtsp_camera import need_rtsp_server

    need_rtsp_server()
    out = tmp_path / "soak.json"
    command = [sys.executable, str(PROJECT / "benchmarks" / "soak.py"), "--minutes", "1", "--unplugs", "2"]
    ran = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, check=False, timeout=280)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    found = json.loads(ran.stdout)
    assert (found["unplugged"]["camera_lost"], found["unplugged"]["camera_back"]) == (2, 2)
    assert found["agent"]["children_max"] == found["updater"]["children_max"] == 0
    assert found["events"]["received"] > 10
    assert found["looped_clip"]["fall"]["raised"] >= 2
    assert len(json.loads(out.read_text())["samples"]) > 15
