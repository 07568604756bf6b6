"""`edge-agent replay` on posture logs: the same incidents as on the clip, without a model."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from edge_agent.app.assign import assign
from edge_agent.capture.clip import ClipReader
from edge_agent.capture.image_to_bgr import image_to_bgr
from edge_agent.cli.main import main
from edge_agent.clock import MediaClock
from edge_agent.data.calibration import Calibration
from edge_agent.data.event import Event
from edge_agent.data.frame import Frame
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight
from edge_agent.errors import EndOfClip
from edge_agent.ids import SeededIds
from edge_agent.pipeline import Pipeline, PipelineSettings
from edge_agent.pose.frame_to_pose import open_model
from edge_agent.posture_log.posture_log_settings import PostureLogSettings
from edge_agent.posture_log.seen_frame import Origin, SeenFrame
from edge_agent.posture_log.seen_frame_to_log import SeenFrameToLog
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene

SHARED = Path(__file__).resolve().parents[3] / "shared"
MODEL = SHARED / "models" / "yolov8n_320_quant_pc_uf_pose_coco-st.tflite"
FALL = SHARED / "clips" / "upfall" / "a04_t1_c1.mp4"
ORIGIN = Origin("yolov8n_320", "c0ffee", Calibration(tilt_deg=10.0, fov_deg=60.0))


def write_log(root: Path, camera: str = "hall", seconds: int = 20) -> Path:
    log = SeenFrameToLog(root, PostureLogSettings(enabled=True), MediaClock(1.75e9))
    for t_s in range(seconds):
        log.write(ORIGIN, SeenFrame(Sight(float(t_s), None), Postures(camera, float(t_s), 640, 480, ())))
    log.close()
    (path,) = (root / camera).iterdir()
    return path


def replayed(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    assert main(["replay", "--json", *map(str, arguments)]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def configuration(path: Path, *, camera: str = "hall", more: str = "") -> Path:
    source = "{type: v4l2, device: /dev/video0}"
    path.write_text(f"site: a\ndevice: b\nmqtt: {{host: c}}\ncameras: [{{name: {camera}, source: {source}}}]\n{more}")
    return path


def watch_clip(root: Path) -> list[Event]:
    """A clip through the real pipeline, recorded."""
    clock = MediaClock(1.75e9)
    scene = Scene("hall", (), ORIGIN.calibration)
    detector = open_model(MODEL, "auto", 1, 0.1)
    pipeline = Pipeline(assign(scene, CatalogueSettings()), PipelineSettings(), detector, clock, SeededIds("live"))
    log = SeenFrameToLog(root, PostureLogSettings(enabled=True), clock)
    events: list[Event] = []
    with ClipReader(FALL) as reader:
        for number in range(10_000):
            try:
                image = image_to_bgr(reader.read().image)
            except EndOfClip:
                break
            clock.set(reader.media_s)
            outcome = pipeline.step(Frame("hall", number, reader.media_s, image))
            log.write(ORIGIN, SeenFrame(outcome.sight, outcome.postures))
            for event in outcome.events:
                pipeline.stored(event)
                events.append(event)
    log.close()
    return events


@pytest.mark.shared
def test_a_real_fall_is_the_same_incident_in_its_log_as_on_the_clip(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    live = watch_clip(tmp_path / "postures")
    *lines, summary = replayed(capsys, tmp_path / "postures", "--model", "there-is-none")
    assert [event.rule for event in live] == ["fall", "fall"], "suspected, confirmed"
    told = [(line["data"]["rule"], line["data"]["phase"], line["data"]["duration_s"]) for line in lines]
    assert told == [(event.rule, event.phase.value, round(event.duration_s, 1)) for event in live]
    assert (summary["frames"], summary["events"]["fall"], summary["truncated"]) == (138, 1, False)
    *same, _ = replayed(capsys, FALL, "--model", MODEL)
    assert [_content(line) for line in same] == [_content(line) for line in lines]


def _content(line: dict[str, Any]) -> dict[str, Any]:
    """What an event says, but for who says it and when it was recorded."""
    other = ("incident_id", "observed_at", "model", "camera", "zone")
    return {name: value for name, value in line["data"].items() if name not in other}


def test_a_log_is_replayed_by_the_camera_of_its_name_and_says_its_hours(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_log(tmp_path / "postures")
    config = configuration(tmp_path / "trial.yaml", more="rules: {blind: {enabled: false}}\nshadow: {fall: {}}\n")
    (summary,) = replayed(capsys, path, "--config", config)
    assert list(summary) == [
        "summary",
        "clip",
        "parts",
        "camera",
        "from",
        "to",
        "frames",
        "persons_max",
        "observed_h",
        "with_people_h",
        "events",
        "shadow",
        "events_per_h",
        "shadow_per_h",
        "truncated",
    ]
    assert (summary["clip"], summary["camera"], summary["frames"]) == (str(path), "hall", 20)
    assert (summary["from"], summary["to"]) == ("2025-06-15T15:06:40.000Z", "2025-06-15T15:06:59.000Z")
    assert (summary["shadow"], summary["shadow_per_h"]) == ({"fall": 0}, {"fall": 0.0})
    assert "blind" not in summary["events"]


def test_people_read_the_hours_and_rates_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_log(tmp_path / "postures")
    assert main(["replay", str(tmp_path / "postures")]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "(1 part, camera hall)" in line
    assert "0.01 h observed, 0.00 h of them with people; fall 0, " in line


def test_what_cannot_be_read_costs_one_line_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = write_log(tmp_path / "postures")
    bad = {name: tmp_path / f"{name}.postures.gz" for name in ("absent", "empty", "noise", "foreign", "newer")}
    bad["empty"].touch()
    bad["noise"].write_bytes(b"\x00\x01noise" * 500)
    bad["foreign"].write_bytes(gzip.compress(b"a,b\n1,2\n"))
    bad["newer"].write_bytes(gzip.compress(b'{"format":"edge-agent-postures","version":2,"agent":"9.0"}\n'))
    bad["folder"] = tmp_path / "folder"
    bad["folder"].mkdir()
    assert main(["replay", "--json", *map(str, bad.values()), str(good)]) == 1
    out, err = capsys.readouterr()
    assert [json.loads(line)["clip"] for line in out.splitlines()] == [str(good)]
    complaints = [line for line in err.splitlines() if line.startswith("edge-agent: ")]
    assert [str(path) in line for path, line in zip(bad.values(), complaints, strict=True)] == [True] * 6
    assert "Traceback" not in err


def test_a_log_that_is_torn_off_is_replayed_as_far_as_it_goes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_log(tmp_path / "postures")
    torn = tmp_path / "renamed"  # by its content, it is still a posture log
    torn.write_bytes(path.read_bytes()[:-12])
    (summary,) = replayed(capsys, torn)
    assert summary["truncated"]


def test_a_log_of_a_camera_that_the_configuration_lacks_is_refused_unless_one_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_log(tmp_path / "postures", camera="yard")
    config = configuration(tmp_path / "c.yaml")
    assert main(["replay", str(path), "--config", str(config)]) == 1
    assert "was recorded by camera yard, and the configuration has hall; name one with --camera" in (
        capsys.readouterr().err
    )
    (summary,) = replayed(capsys, path, "--config", config, "--camera", "hall")
    assert summary["camera"] == "yard"


def test_angles_of_another_calibration_are_told_of(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write_log(tmp_path / "postures")
    assert main(["replay", str(path), "--config", str(configuration(tmp_path / "c.yaml"))]) == 0
    assert "the angles stay those that were recorded" in capsys.readouterr().err


@pytest.mark.shared
def test_clips_and_logs_go_together(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log, clip = write_log(tmp_path / "postures"), tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter_fourcc(*"MJPG"), 10.0, (64, 64))
    for _ in range(3):
        writer.write(cv2.UMat(64, 64, cv2.CV_8UC3).get())
    writer.release()
    lines = replayed(capsys, log, clip, "--model", MODEL)
    assert [line["clip"] for line in lines] == [str(clip), str(log)]
