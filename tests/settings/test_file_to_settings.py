"""The configuration file: what is understood, and how each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_text import CAMERA, HEAD, Load, Refused, one, with_zone

from edge_agent.capture.source_settings import ClipSettings, StreamSettings
from edge_agent.data.calibration import Calibration
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.settings.file_to_settings import load_settings


def test_the_shortest_configuration_gets_every_default(load: Load, minimal: str) -> None:
    read = load(minimal)
    assert (read.site, read.device, read.state_dir) == ("plant-1", "hall-1", Path("/var/lib/edge-agent"))
    assert (read.model.use, read.model.threads, read.model.score) == (None, 2, 0.4)
    assert read.log.level == "info"
    assert read.mqtt.tls is None
    assert read.cameras[0].zones == ()
    assert read.rules.fall.enabled


def test_settings_are_hashable_and_frozen(load: Load, minimal: str) -> None:
    read = load(minimal)
    assert hash(read) == hash(load(minimal))
    with pytest.raises(AttributeError):
        read.site = "other"  # type: ignore[misc]


def test_one_threshold_of_a_rule_may_be_set_alone(load: Load, minimal: str) -> None:
    read = load(minimal + "rules: {fall: {confirm_s: 4}}\n")
    assert read.rules.fall.confirm_s == 4.0
    assert read.rules.fall.cooldown_s == load(minimal).rules.fall.cooldown_s


def test_a_zone_and_its_kind(load: Load) -> None:
    read = load(with_zone("{name: press, polygon: [[0, 0], [1, 0], [0.5, 1]], kind: walkway}"))
    assert read.cameras[0].zones == (Zone("press", ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0)), ZoneKind.WALKWAY),)


def test_relative_paths_start_at_the_directory_of_the_file(load: Load, tmp_path: Path) -> None:
    read = load(
        "site: a\ndevice: b\nstate_dir: state\nmodel: {use: nets/a.tflite}\n"
        "mqtt: {host: h, username: u, password_file: pw, tls: {ca_file: /etc/ca.pem}}\n"
        "cameras: [{name: c, source: {type: clip, path: clip.mp4}}]\n"
    )
    assert read.state_dir == tmp_path / "state"
    assert read.model.use == str(tmp_path / "nets/a.tflite")
    assert read.mqtt.password_file == tmp_path / "pw"
    assert read.mqtt.tls is not None
    assert read.mqtt.tls.ca_file == Path("/etc/ca.pem")
    assert isinstance(read.cameras[0].source, ClipSettings)
    assert read.cameras[0].source.path == tmp_path / "clip.mp4"


def test_the_name_of_a_model_is_not_a_path(load: Load, minimal: str) -> None:
    assert load(minimal + "model: {use: yolo-pose-nano}\n").model.use == "yolo-pose-nano"


def test_a_relative_path_of_the_file_itself(tmp_path: Path, minimal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text(minimal + "state_dir: state\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings("config.yaml").state_dir == tmp_path / "state"


@pytest.mark.parametrize("section", ["rules", "outbox", "log", "model", "rules:\n  fall"])
def test_a_section_whose_lines_are_all_commented_out_keeps_its_defaults(load: Load, minimal: str, section: str) -> None:
    assert load(f"{minimal}{section}:\n    # nothing\n") == load(minimal)


def test_yes_and_no_are_booleans_where_a_boolean_stands(load: Load, minimal: str) -> None:
    assert not load(minimal + "rules: {fall: {enabled: no}}\n").rules.fall.enabled


def test_a_file_with_a_byte_order_mark(load: Load, minimal: str) -> None:
    assert load("\ufeff" + minimal).site == "plant-1"


def test_an_ipv6_address_and_a_stream_with_a_user(load: Load) -> None:
    read = load(
        "site: a\ndevice: b\nmqtt: {host: 'fe80::1'}\n"
        "cameras: [{name: c, source: {type: stream, url: 'rtsp://cam.example:554/a', username: v, password_file: p}}]\n"
    )
    assert read.mqtt.host == "fe80::1"
    assert isinstance(read.cameras[0].source, StreamSettings)


@pytest.mark.parametrize(
    ("text", "line", "path", "suggestion"),
    [
        (HEAD + CAMERA + "sit: x\n", 7, "sit", "did you mean `site`?"),
        (HEAD + CAMERA + "camera: []\n", 7, "camera", "did you mean `cameras`?"),
        (HEAD + CAMERA + "threads: 2\n", 7, "threads", "it belongs under `model`"),
        (HEAD + CAMERA + "zones: []\n", 7, "zones", "it belongs under `cameras`"),
        (HEAD + CAMERA + "empty:\n", 7, "empty", "known here: site, device"),
        (HEAD + CAMERA + "    zone: []\n", 7, "cameras[0].zone", "did you mean `zones`?"),
        (HEAD + CAMERA + "model: {thread: 1}\n", 7, "model.thread", "did you mean `threads`?"),
        (HEAD + CAMERA + "outbox: {max: 1}\n", 7, "outbox.max", "did you mean `max_mb`?"),
        (HEAD + CAMERA + "rules: {fal: {}}\n", 7, "rules.fal", "did you mean `fall`?"),
        (HEAD + CAMERA + "rules:\n  fall:\n    enable: true\n", 9, "rules.fall.enable", "did you mean `enabled`?"),
        (
            HEAD + "cameras:\n  - name: c\n    source:\n      type: csi\n      device: /dev/video0\n",
            8,
            "cameras[0].source.device",
            "known here: type, index",
        ),
        (
            with_zone("{name: z, polygon: [[0, 0], [1, 0], [1, 1]], colour: red}"),
            8,
            "cameras[0].zones[0].colour",
            "known here: name, polygon, kind",
        ),
        (
            "site: a\ndevice: b\nmqtt:\n  host: h\n  tls:\n    ca: x\n" + CAMERA,
            6,
            "mqtt.tls.ca",
            "did you mean `ca_file`?",
        ),
    ],
)
def test_an_unknown_key_is_refused_wherever_it_stands(
    refused: Refused, text: str, line: int, path: str, suggestion: str
) -> None:
    problem = one(refused(text))
    assert (problem.line, problem.path, problem.message) == (line, path, "unknown key")
    assert suggestion in problem.suggestion


def test_a_repeated_key_is_refused_and_does_not_hide_the_rest(refused: Refused, minimal: str) -> None:
    problems = refused(minimal + "mqtt: {host: other}\nlog: {level: info, level: debug}\nsitee: 1\n")
    assert [(p.line, p.path) for p in problems] == [(7, "mqtt"), (8, "log.level"), (9, "sitee")]
    assert "already on line 6" in problems[0].message


def test_missing_keys_point_at_the_mapping_that_lacks_them(refused: Refused) -> None:
    problems = refused("site: a\nmqtt:\n  port: 1883\ncameras:\n  - name: c\n  - source: {type: stream}\n")
    assert [(p.line, p.path, p.message) for p in problems] == [
        (1, "device", "is missing"),
        (2, "mqtt.host", "is missing"),
        (5, "cameras[0].source", "is missing"),
        (6, "cameras[1].name", "is missing"),
        (6, "cameras[1].source.url", "is missing"),
    ]


def test_a_required_key_without_a_value(refused: Refused) -> None:
    problem = one(refused("site:\ndevice: b\nmqtt: {host: h}\n" + CAMERA))
    assert (problem.line, problem.path) == (1, "site")


@pytest.mark.parametrize(
    ("lines", "path", "message", "suggestion"),
    [
        ("model: {threads: '2'}", "model.threads", 'a whole number from 1 to 8, found "2"', "without quotes: 2"),
        ("model: {threads: 2.0}", "model.threads", "found the number 2.0", "write 2"),
        ("model: {threads: 9}", "model.threads", "from 1 to 8, found the number 9", ""),
        ("model: {threads: true}", "model.threads", "found true", ""),
        ("model: {score: 5e-1}", "model.score", 'a number from 0.1 to 1, found "5e-1"', "without quotes: 0.5"),
        ("model: {score: 0}", "model.score", "a number from 0.1 to 1, found the number 0", ""),
        ("model: {score: 40 %}", "model.score", 'found "40 %"', "write only the number"),
        ("model: {runtime: tflit}", "model.runtime", "one of auto, litert, tflite", "write tflite"),
        ("model: [1]", "model", "a mapping of `key: value` lines, found a list of 1", ""),
        ("log: {level: warn}", "log.level", "one of debug, info, warning, error", "write warning"),
        ("rules: {fall: {enabled: 1}}", "rules.fall.enabled", "true or false, found the number 1", ""),
        ("rules: {fall: {enabled: 'no'}}", "rules.fall.enabled", 'true or false, found "no"', "without quotes"),
        ("rules: {fall: null}", "rules.fall", "found nothing", ""),
        ("state_dir: 5", "state_dir", "a path, found the number 5", 'put it in quotes: "5"'),
        ("model: {score: .nan}", "model.score", "read by YAML as another number", ""),
        ("model: {score: -.inf}", "model.score", "read by YAML as another number", ""),
        ("model: {threads: 99999999999999999999999}", "model.threads", "read by YAML as another number", ""),
        ("outbox: {keep_acknowledged_h: 1:30}", "outbox.keep_acknowledged_h", "another number", "plain decimals"),
        ("model: {threads: 010}", "model.threads", "another number than it looks like", ""),
        ("model: {threads: 0x2}", "model.threads", "another number than it looks like", ""),
        ("state_dir: !!python/name:os.system ''", "state_dir", "a YAML tag", ""),
        ("model: !thing {}", "model", "a YAML tag", ""),
        ('state_dir: "a\\0b"', "state_dir", "cannot be printed", ""),
        ('state_dir: "a\\ud800"', "state_dir", "cannot be printed", ""),
    ],
)
def test_a_wrong_value_says_what_was_expected_what_was_found_and_what_to_write(
    refused: Refused, minimal: str, lines: str, path: str, message: str, suggestion: str
) -> None:
    problem = one(refused(f"{minimal}{lines}\n"))
    assert (problem.line, problem.path) == (7, path)
    assert message in problem.message
    assert suggestion in problem.suggestion
    assert "Input" not in problem.message
    assert "pydantic" not in problem.message


@pytest.mark.parametrize(
    ("name", "message", "suggestion"),
    [
        ("007", "without quotes", '"007"'),
        ("2024-01-01", "read by YAML as a date", '"2024-01-01"'),
        ("1:30", "without quotes", '"1:30"'),
        ("12", "found the number 12", 'put it in quotes: "12"'),
        ("on", "found on, which YAML reads as true", 'put it in quotes: "on"'),
        ("Off", "found Off, which YAML reads as false", 'put it in quotes: "Off"'),
        ("Hall 1", '"Hall 1" cannot be a part of a topic', "write hall-1"),
        ("a/b", '"a/b" cannot be a part of a topic', "write a-b"),
        ("'a+'", "cannot be a part of a topic", "write a"),
        ("'#'", "cannot be a part of a topic", "such as"),
        ("''", "cannot be a part of a topic", "such as"),
        ("ümlaut", "cannot be a part of a topic", "write mlaut"),
        ("'a\n\n  b'", "line break", ""),
    ],
)
def test_names_that_no_topic_can_hold_or_that_yaml_does_not_read_as_text(
    refused: Refused, name: str, message: str, suggestion: str
) -> None:
    for text, path in (
        (f"device: hall-1\nmqtt: {{host: h}}\n{CAMERA}site: {name}\n", "site"),
        (f"{HEAD}cameras:\n  - source: {{type: csi}}\n    name: {name}\n", "cameras[0].name"),
        (with_zone(f"polygon: [[0, 0], [1, 0], [1, 1]]\n        name: {name}"), "cameras[0].zones[0].name"),
    ):
        problem = one(refused(text))
        assert problem.path == path
        assert message in problem.message
        assert suggestion in problem.suggestion


def test_every_problem_of_a_file_is_reported_at_once_in_the_order_of_its_lines(refused: Refused) -> None:
    problems = refused(
        "site: Plant\n"
        "device: 7\n"
        "sit: x\n"
        "cameras:\n"
        "  - name: cam-1\n"
        "    source: {type: v4l2, device: /dev/video0, width: 640}\n"
        "    zones:\n"
        "      - {name: z, polygon: [[0, 0], [1, 1], [1, 0], [0, 1]], kind: restrict}\n"
        "      - {name: cam-1, polygon: [[0, 0], [1, 1]]}\n"
        "      - 5\n"
        "mqtt:\n"
        "  host: mqtt://b\n"
        "  host: b\n"
        "  port: 1:30\n"
        "  tls: {cert_file: x, ca: y}\n"
        "rules: {fall: {enable: 1}}\n"
    )
    assert [(p.line, p.path) for p in problems] == [
        (1, "site"),
        (2, "device"),
        (3, "sit"),
        (6, "cameras[0].source.width"),
        (8, "cameras[0].zones[0].polygon"),
        (8, "cameras[0].zones[0].kind"),
        (9, "cameras[0].zones[1].name"),
        (9, "cameras[0].zones[1].polygon"),
        (10, "cameras[0].zones[2]"),
        (12, "mqtt.host"),
        (13, "mqtt.host"),
        (14, "mqtt.port"),
        (15, "mqtt.tls.cert_file"),
        (15, "mqtt.tls.ca"),
        (16, "rules.fall.enable"),
    ]


def test_a_camera_may_be_calibrated(load: Load) -> None:
    read = load(f"{HEAD}{CAMERA}    calibration: {{tilt_deg: 20, fov_deg: 62.5}}\n")
    assert read.cameras[0].scene.calibration == Calibration(tilt_deg=20.0, fov_deg=62.5)
    assert load(f"{HEAD}{CAMERA}").cameras[0].scene.calibration is None


@pytest.mark.parametrize(
    ("calibration", "path"),
    [
        ("{tilt_deg: 20}", "cameras[0].calibration.fov_deg"),
        ("{tilt_deg: 95, fov_deg: 62}", "cameras[0].calibration.tilt_deg"),
        ("{tilt_deg: 20, fov_deg: 0.9}", "cameras[0].calibration.fov_deg"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused(refused: Refused, calibration: str, path: str) -> None:
    assert one(refused(f"{HEAD}{CAMERA}    calibration: {calibration}\n")).path == path
