"""`edge-agent check-config FILE`, as the installer calls it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from edge_agent.cli import check_config_command

GOOD = """\
site: plant-1
device: hall-1
model: {score: 0.5}
cameras:
  - name: cam-1
    source: {type: v4l2, device: /dev/video0}
    zones: [{name: press, polygon: [[0, 0], [1, 0], [1, 1]]}]
  - name: cam-2
    source: {type: stream, url: "rtsp://camera.example/a?token=hunter2"}
rules: {bend_hold: {enabled: false}}
shadow: {bend_hold: {enter_deg: 70}, immobile: {}}
mqtt: {host: broker.example, username: agent, password_file: absent.password}
"""

BAD = "site: plant-1\ndevice: Hall 1\nmqtt: {hosst: b}\ncameras: [{name: c, source: {type: csi}}]\n"


def check(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    check_config_command.add_parser(parser.add_subparsers())
    args = parser.parse_args(["check-config", *arguments])
    return int(args.handler(args))


@pytest.fixture
def good(tmp_path: Path) -> str:
    (tmp_path / "good.yaml").write_text(GOOD)
    return str(tmp_path / "good.yaml")


@pytest.fixture
def bad(tmp_path: Path) -> str:
    (tmp_path / "bad.yaml").write_text(BAD)
    return str(tmp_path / "bad.yaml")


ROOT = "edge-agent/v1/plant-1/hall-1"
ALPHABET = "only a-z, 0-9 and - may stand in a name"


def test_a_good_file_is_summed_up(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(good) == 0
    first, *summary = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{good}: good (configuration ")
    assert [line.strip() for line in summary] == [
        "device  hall-1 at site plant-1, state in /var/lib/edge-agent",
        "model   the active model (edge-pose-n unless another was activated), runtime auto, 2 threads, score from 0.5",
        "camera  cam-1: /dev/video0, 640 x 480 at 15 fps; zones: press (restricted)",
        "camera  cam-2: stream rtsp://camera.example/a; zones: none",
        (
            "rules   fall, lost_while_falling, man_down, zone_entry, lone_in_zone, wrong_way, zone_dwell, blind; "
            "off: sos_gesture, slow_collapse, immobile, reach_in, climbing, rushing, near_fall, bend_hold, arm_hold, "
            "overhead_reach, neck_hold, squat_kneel, stoop_lift, bend_rate, repetition, cancel_gesture"
        ),
        "trial   immobile, bend_hold: counted in `health`, never reported",
        f"broker  broker.example:1883, MQTT 5 or 3.1.1, not encrypted, as agent; topics {ROOT}/...",
        "orders  from nobody: no key is configured, and the device listens to nothing",
        f"note    mqtt.password_file: {Path(good).parent}/absent.password is not on this machine",
        "note    mqtt: the password crosses the network in the clear; add `tls`",
        "note    camera cam-1: no `calibration`: only exposure is counted for bend_hold",
        "note    camera cam-2: no `calibration`: only exposure is counted for bend_hold",
    ]


def test_a_zone_rule_without_a_zone_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "zoneless.yaml"
    file.write_text(GOOD.replace("polygon", "kind: walkway, polygon"))
    assert check(str(file)) == 0
    assert "rules.zone_entry: no camera has a restricted zone" in capsys.readouterr().out


METRIC = """\
site: plant-1
device: hall-1
cameras:
  - name: cam-1
    source: {type: v4l2, device: /dev/video0}
    calibration:
      fov_deg: 62
      floor_points:
        - {at: [0.29, 0.95], x_m: 0, y_m: 0}
        - {at: [0.67, 0.96], x_m: 2, y_m: 0}
        - {at: [0.59, 0.56], x_m: 2, y_m: 4}
        - {at: [0.39, 0.56], x_m: 0, y_m: 4}
  - name: cam-2
    source: {type: v4l2, device: /dev/video1}
    calibration: {fov_deg: 62, tilt_deg: 20}
rules: {rushing: {enabled: true}, zone_entry: {enabled: false}}
shadow: {climbing: {}}
mqtt: {host: broker.example}
"""


def about_cameras(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    file = tmp_path / "metric.yaml"
    file.write_text(text)
    assert check(str(file)) == 0
    return [line.strip() for line in capsys.readouterr().out.splitlines() if "cam-" in line][1:]


def test_floor_points_say_how_the_camera_stands_and_who_has_no_metres_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stands, _, note = about_cameras(METRIC, tmp_path, capsys)
    assert stands.startswith(
        "camera  cam-1: looks down 20 deg and rolls 1 deg, 3.2 m above the floor; its floor points fit"
    )
    missing = "no `height_m` or `floor_points` in its `calibration`"
    assert note == f"note    camera cam-2: {missing}: nothing can raise climbing, rushing"


def test_a_floor_point_that_is_mistyped_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = about_cameras(METRIC.replace("x_m: 2, y_m: 4", "x_m: 4, y_m: 4"), tmp_path, capsys)
    (note,) = [line for line in lines if "cam-1" in line]
    assert note == (
        "note    camera cam-1: floor_points do not fit together (off by 18%): a point is mistyped, or fov_deg is not "
        "the camera's; until then it counts as not calibrated"
    )


def test_every_problem_of_a_bad_file_is_one_line_with_its_place(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(bad) == 1
    assert capsys.readouterr().out.splitlines() == [
        f'{bad}:2: device: "Hall 1" cannot be a part of a topic: {ALPHABET} (write hall-1)',
        f"{bad}:3: mqtt.host: is missing (give text)",
        f"{bad}:3: mqtt.hosst: unknown key (did you mean `host`?)",
    ]


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(str(tmp_path / "absent.yaml")) == 1
    assert capsys.readouterr().out.startswith(f"{tmp_path}/absent.yaml: cannot be read: No such file or directory (")


def test_json_for_machines(good: str, bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(good, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert len(answer["config_hash"]) == 12
    assert check(bad, "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert [(problem["line"], problem["path"]) for problem in answer["problems"]] == [
        (2, "device"),
        (3, "mqtt.host"),
        (3, "mqtt.hosst"),
    ]
