"""`edge-agent replay`: its output is a contract, the same at every run, and bad clips cost only themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_agent.cli.main import main

SHARED = Path(__file__).resolve().parents[3] / "shared"
MODEL = str(SHARED / "models" / "yolov8n_192_quant_pc_uf_pose_coco-st.tflite")
BEST = str(SHARED / "models" / "yolov8n_320_quant_pc_uf_pose_coco-st.tflite")
FALL = str(SHARED / "clips" / "upfall" / "a04_t1_c1.mp4")
WORKER_ZONE = str(SHARED / "clips" / "factory" / "worker-zone.gif")
CONFIG = str(Path(__file__).resolve().parents[2] / "config" / "worker-zone.example.yaml")
STAGES = ["total", "decode", "letterbox", "invoke", "postprocess", "flow", "track", "posture", "rules"]

pytestmark = pytest.mark.shared


def replayed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    assert main(["replay", "--json", *arguments]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def made_clip(path: Path, width: int, height: int, frames: int = 12) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10.0, (width, height))
    for number in range(frames):
        writer.write(np.full((height, width, 3), 5 * number, np.uint8))
    writer.release()
    return path


def test_a_fall_is_one_event_and_the_summary_counts_it(capsys: pytest.CaptureFixture[str]) -> None:
    *events, summary = replayed(capsys, FALL, "--model", BEST)
    told = [(event["data"]["rule"], event["data"]["phase"]) for event in events]
    assert told == [("fall", "raised"), ("fall", "updated")]
    assert events[0]["clip"] == FALL
    assert events[0]["type"] == "edge-agent.fall.v1"
    assert list(summary) == [
        "summary",
        "clip",
        "frames",
        "fps_media",
        "persons_max",
        "events",
        "shadow",
        "strain",
        "truncated",
        "ms_per_frame",
    ]
    assert (summary["summary"], summary["frames"], summary["fps_media"]) == (True, 138, 18.0)
    rules = ["fall", "lost_while_falling", "man_down", "zone_entry", "lone_in_zone", "wrong_way", "zone_dwell"]
    rules += ["bend_hold", "blind"]
    assert list(summary["events"].items()) == [(rule, int(rule == "fall")) for rule in rules]
    assert summary["strain"]["calibrated"] is False, "no --config, no calibration"
    assert 0.0 < sum(summary["strain"]["rula"].values()) <= 138 / 18.0
    assert list(summary["ms_per_frame"]) == STAGES
    assert summary["ms_per_frame"]["total"] > summary["ms_per_frame"]["invoke"] > 0


def test_the_same_clips_give_the_same_lines_but_for_the_timings(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (replayed(capsys, FALL, WORKER_ZONE, "--model", MODEL, "--config", CONFIG) for _ in range(2))
    for line in first + second:
        line.pop("ms_per_frame", None)
    assert first == second
    assert sum("summary" in line for line in first) == 2


def test_a_threshold_on_trial_is_counted_beside_the_real_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "trial.yaml"
    source = "{type: v4l2, device: /dev/video0}"
    config.write_text(
        f"site: a\ndevice: b\nmqtt: {{host: c}}\ncameras: [{{name: hall, source: {source}}}]\n"
        "rules: {fall: {suspect_s: 30}}\nshadow: {fall: {}}\n"
    )
    lines = replayed(capsys, FALL, "--model", BEST, "--config", str(config))
    assert len(lines) == 1, "no event, only the summary"
    assert (lines[0]["events"]["fall"], lines[0]["shadow"]) == (0, {"fall": 1})


def test_a_worker_who_crosses_the_line_is_reported_once(capsys: pytest.CaptureFixture[str]) -> None:
    *events, summary = replayed(capsys, WORKER_ZONE, "--model", BEST, "--config", CONFIG)
    assert summary["events"]["zone_entry"] == 1
    assert [(event["data"]["rule"], event["data"]["zone"]) for event in events] == [("zone_entry", "behind-the-line")]


@pytest.mark.parametrize(
    ("at", "entries", "last"),
    [
        ([], True, ("raised", None)),
        (["--at", "2026-11-20T23:00"], True, ("raised", None)),
        (["--at", "2026-11-20T12:00"], False, None),
        (["--at", "2026-11-20T05:59:57"], True, ("cleared", "schedule")),
    ],
)
def test_shifts_count_from_the_time_at_which_a_clip_is_said_to_begin(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    at: list[str],
    entries: bool,
    last: tuple[str, str | None] | None,
) -> None:
    config = tmp_path / "shifts.yaml"
    shift = '    active: [{from: "22:00", to: "06:00"}]\n'
    config.write_text(
        "site: a\ndevice: b\nmqtt: {host: c}\ntimezone: Europe/Berlin\n"
        "cameras:\n- name: hall\n  source: {type: v4l2, device: /dev/video0}\n  zones:\n"
        f"  - name: floor\n    polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]\n{shift}"
    )
    *events, summary = replayed(capsys, WORKER_ZONE, "--model", MODEL, "--config", str(config), *at)
    assert (summary["events"]["zone_entry"] > 0) is entries
    told = [event["data"] for event in events if event["data"]["rule"] == "zone_entry"]
    assert last == ((told and (told[-1]["phase"], told[-1]["evidence"].get("resolved"))) or None)
    if at:
        assert all(event["data"]["observed_at"].startswith("2026-11-20T") for event in events)


@pytest.mark.parametrize(
    ("at", "complaint"), [("noon", "is not a time"), ("2026-11-20T12:00+01:00", "names a time zone")]
)
def test_a_beginning_that_is_no_local_time_is_refused(
    capsys: pytest.CaptureFixture[str], at: str, complaint: str
) -> None:
    assert main(["replay", FALL, "--model", MODEL, "--at", at]) == 1
    assert complaint in capsys.readouterr().err


def test_a_bad_clip_costs_only_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    empty, noise = tmp_path / "empty.mp4", tmp_path / "noise.mp4"
    empty.touch()
    noise.write_bytes(b"\x00\x01noise" * 500)
    bad = [str(tmp_path / "absent.mp4"), str(empty), str(noise)]
    assert main(["replay", *bad, WORKER_ZONE, "--model", MODEL, "--json"]) == 1
    out, err = capsys.readouterr()
    assert [json.loads(line)["clip"] for line in out.splitlines()] == [WORKER_ZONE]
    complaints = [line for line in err.splitlines() if line.startswith("edge-agent: ")]
    assert [path in line for path, line in zip(bad, complaints, strict=True)] == [True, True, True]
    assert "Traceback" not in err


def test_a_clip_that_ends_in_mid_frame_is_replayed_as_far_as_it_goes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    whole = made_clip(tmp_path / "whole.avi", 320, 240, frames=40)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    (summary,) = replayed(capsys, str(cut), "--model", MODEL)
    assert 0 < summary["frames"] < 40
    assert summary["truncated"]


@pytest.mark.parametrize("size", [(2, 2), (7680, 4320)])
def test_tiny_and_huge_frames_go_through(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, size: tuple[int, int]
) -> None:
    clip = made_clip(tmp_path / "clip.avi", *size, frames=3)
    (summary,) = replayed(capsys, str(clip), "--model", MODEL)
    assert (summary["frames"], summary["persons_max"], summary["strain"]) == (3, 0, None)


def test_an_unknown_camera_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", FALL, "--model", MODEL, "--config", CONFIG, "--camera", "yard"]) == 1
    assert "it has hall" in capsys.readouterr().err
