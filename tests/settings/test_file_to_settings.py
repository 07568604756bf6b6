"""The configuration file: what is understood, and how each mistake is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.capture.source_settings import ClipSettings, StreamSettings
from edge_agent.data.calibration import Calibration
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.errors import ConfigError, Problem
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings

Load = Callable[[str], Settings]
Refused = Callable[[str], tuple[Problem, ...]]

HEAD = "site: plant-1\ndevice: hall-1\nmqtt: {host: broker.example}\n"
CAMERA = "cameras:\n  - name: cam-1\n    source: {type: v4l2, device: /dev/video0}\n"


def one(problems: tuple[Problem, ...]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def with_zone(zone: str) -> str:
    """A configuration whose line 8 is the given zone."""
    return f"{HEAD}{CAMERA}    zones:\n      - {zone}\n"


# What is understood


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


# Unknown, missing and repeated keys


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


# Values


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


# Cameras and zones


def test_names_are_unique_among_all_cameras_and_zones(refused: Refused) -> None:
    triangle = "polygon: [[0, 0], [1, 0], [1, 1]]"
    problems = refused(
        f"{HEAD}cameras:\n"
        f"  - name: a\n    source: {{type: csi, index: 0}}\n    zones:\n"
        f"      - {{name: z, {triangle}}}\n      - {{name: b, {triangle}}}\n"
        f"  - name: b\n    source: {{type: csi, index: 1}}\n    zones: [{{name: z, {triangle}}}]\n"
        f"  - name: a\n    source: {{type: csi, index: 2}}\n"
    )
    assert [(p.line, p.path) for p in problems] == [
        (9, "cameras[0].zones[1].name"),
        (12, "cameras[1].zones[0].name"),
        (13, "cameras[2].name"),
    ]
    assert "already given to cameras[0].zones[0]" in problems[1].message


@pytest.mark.parametrize(
    ("polygon", "path", "message", "suggestion"),
    [
        ("[[0, 0], [1, 1]]", "", "has 2 vertices, and a polygon needs at least 3", ""),
        ("[]", "", "has 0 vertices", ""),
        ("[[0, 0], [1, 1], [1, 0], [0, 1]]", "", "vertex 1 to 2 crosses the edge from vertex 3 to 4", "in the order"),
        ("[[0, 0], [1, 0], [1, 1], [0, 0]]", "", "vertices 1 and 4 are the same point", "closes by itself"),
        ("[[0, 0], [0.5, 0.5], [1, 1]]", "", "on one line", ""),
        ("[[0, 0], [320, 0], [320, 240]]", "", "320 stands here", "looks like pixels: divide x by"),
        ("[[0, 0], [1.2, 0], [1, 1]]", "[1][0]", "a number from 0 to 1, found the number 1.2", ""),
        ("[[0, 0], [1, -0.5], [1, 1]]", "[1][1]", "a number from 0 to 1, found the number -0.5", ""),
        ("[[0, 0], [1, 0, 1], [1, 1]]", "[1]", "a list of 2 entries, found a list of 3", ""),
        ("[[0, 0], [1], [1, 1]]", "[1]", "a list of 2 entries, found a list of 1", ""),
        ("[[0, 0], [1, x], [1, 1]]", "[1][1]", 'a number from 0 to 1, found "x"', ""),
        ("[0, 0, 1, 0, 1, 1]", "[0]", "a list of 2 entries, found the number 0", ""),
        ("0 0 1 1", "", "a list of at least 3 entries", ""),
    ],
)
def test_a_polygon_that_is_none(refused: Refused, polygon: str, path: str, message: str, suggestion: str) -> None:
    problems = refused(with_zone(f"{{name: z, polygon: {polygon}}}"))
    assert (problems[0].line, problems[0].path) == (8, f"cameras[0].zones[0].polygon{path}")
    assert message in problems[0].message
    assert suggestion in problems[0].suggestion
    assert len(problems) == (6 if polygon.startswith("[0") else 1)


def test_pixels_are_told_by_what_to_divide(refused: Refused) -> None:
    text = with_zone("{name: z, polygon: [[0, 0], [320, 0], [320, 240]]}")
    problem = one(refused(text.replace("/dev/video0", "/dev/video0, width_px: 800, height_px: 600")))
    assert problem.suggestion == "this looks like pixels: divide x by 800 and y by 600"


def test_a_polygon_with_more_vertices_than_anyone_draws(refused: Refused) -> None:
    polygon = [[k / 100, 0.5 + 0.4 * (k % 2)] for k in range(100)]
    assert "at most 64" in one(refused(with_zone(f"{{name: z, polygon: {polygon}}}"))).message


@pytest.mark.parametrize(
    ("source", "path", "message", "suggestion"),
    [
        ("{type: rtps}", ".type", "one of", ""),
        ("{type: streem, url: x}", ".type", 'found "streem"', "write stream"),
        ("{type: }", ".type", "one of", ""),
        ("{}", ".type", "is missing", "one of"),
        ("/dev/video0", "", "a mapping of `key: value` lines", ""),
        ("{type: v4l2, device: 0}", ".device", "0 is not a device path", "write /dev/video0"),
        ("{type: v4l2, device: video0}", ".device", "is not a device path", "/dev/"),
        ("{type: csi, index: 9}", ".index", "from 0 to 7", ""),
        ("{type: clip}", ".path", "is missing", "a path"),
        ("{type: stream, url: camera.example}", ".url", "is not the address of a stream", "rtsp://"),
        ("{type: stream, url: 'rtsp://h:99999/'}", ".url", "is not the address of a stream", ""),
        ("{type: stream, url: 'rtsp://bob@h/'}", ".url", "holds a user", "username"),
        ("{type: stream, url: 'rtsp://h/', password_file: p}", ".password_file", "without a `username`", ""),
        ("{type: stream, url: 'rtsp://h/', password_credential: p}", ".password_credential", "without a `user", ""),
    ],
)
def test_a_source_that_cannot_be_opened(
    refused: Refused, source: str, path: str, message: str, suggestion: str
) -> None:
    problem = one(refused(f"{HEAD}cameras:\n  - name: c\n    source: {source}\n"))
    assert (problem.line, problem.path) == (6, f"cameras[0].source{path}")
    assert message in problem.message
    assert suggestion in problem.suggestion


def test_two_cameras_cannot_share_one_device(refused: Refused) -> None:
    problem = one(refused(HEAD + CAMERA + "  - name: cam-2\n    source: {type: v4l2, device: /dev/video0}\n"))
    assert (problem.line, problem.path) == (8, "cameras[1].source.device")
    assert "the same camera as in cameras[0]" in problem.message


def test_from_one_to_eight_cameras(refused: Refused) -> None:
    nine = "cameras:\n" + "".join(f"  - {{name: c{k}, source: {{type: clip, path: a}}}}\n" for k in range(9))
    assert "a list of 1 to 8 entries, found a list of 9" in one(refused(HEAD + nine)).message
    assert "a list of 1 to 8 entries, found a list of 0" in one(refused(HEAD + "cameras: []\n")).message
    assert "a list of 1 to 8 entries, found a mapping" in one(refused(HEAD + "cameras: {a: 1}\n")).message


# The broker, and secrets


@pytest.mark.parametrize(
    ("mqtt", "path", "message", "suggestion"),
    [
        ("{host: 'mqtt://b:1883'}", ".host", "found a URL", "write b"),
        ("{host: 'b:1883'}", ".host", "only a name", "host: b and port: 1883"),
        ("{host: 'b c'}", ".host", "is not a name", ""),
        ("{host: ''}", ".host", "is not a name", ""),
        ("{host: h, port: 70000}", ".port", "from 1 to 65535", ""),
        ("{host: h, protocol: 5}", ".protocol", "one of auto, 5, 3.1.1", 'in quotes: "5"'),
        ("{host: h, protocol: 3.1}", ".protocol", "one of auto, 5, 3.1.1", "write 3.1.1"),
        ("{host: h, topic_prefix: a/#}", ".topic_prefix", "cannot begin a topic", ""),
        ("{host: h, topic_prefix: /a}", ".topic_prefix", "cannot begin a topic", ""),
        ("{host: h, topic_prefix: $SYS}", ".topic_prefix", "cannot begin a topic", ""),
        ("{host: h, tls: {cert_file: c}}", ".tls.cert_file", "without `key_file`", "both"),
        ("{host: h, tls: {key_file: c}}", ".tls.key_file", "without `cert_file`", "both"),
        ("{host: h, tls: {key_credential: c}}", ".tls.key_credential", "without `cert_file`", "both"),
        ("{host: h, tls: {cert_file: c, key_file: k, key_credential: c}}", ".tls.key_credential", "beside", "one of"),
        ("{host: h, password_file: p}", ".password_file", "without a `username`", ""),
        ("{host: h, password_credential: p}", ".password_credential", "without a `username`", ""),
        ("{host: h, username: u, password_credential: /p}", ".password_credential", "not the name", "LoadCredential="),
        ("{host: h, tls: }", ".tls", "not clear whether TLS is meant", "tls: {}"),
    ],
)
def test_a_broker_that_cannot_be_reached(refused: Refused, mqtt: str, path: str, message: str, suggestion: str) -> None:
    problem = one(refused(f"site: a\ndevice: b\nmqtt: {mqtt}\n{CAMERA}"))
    assert (problem.line, problem.path) == (3, f"mqtt{path}")
    assert message in problem.message
    assert suggestion in problem.suggestion


@pytest.mark.parametrize(
    "mqtt",
    [
        "{host: h, password: hunter2}",
        "{host: h, password: *hunter2}",
        "{host: h, passwd: hunter2}",
        "{host: 'mqtt://me:hunter2@h'}",
        "{host: 'me:hunter2@h'}",
        "{host: h, username: u, password_file: [hunter2]}",
        "{host: h, username: u, password_file: 0x12}",
        "{host: h, username: {hunter2: 1}}",
    ],
)
def test_a_password_is_refused_and_never_repeated(refused: Refused, mqtt: str) -> None:
    problems = refused(f"site: a\ndevice: b\nmqtt: {mqtt}\n{CAMERA}")
    assert problems
    assert not [p for p in problems if "hunter2" in p.message + p.suggestion or "0x12" in p.message + p.suggestion]


def test_a_password_in_the_address_of_a_camera(refused: Refused) -> None:
    url = "rtsp://bob:hunter2@camera/stream"
    problem = one(refused(f"{HEAD}cameras:\n  - name: c\n    source: {{type: stream, url: '{url}'}}\n"))
    assert "holds a password" in problem.message
    assert "password_file" in problem.suggestion
    assert "hunter2" not in str(problem)


# Everything at once


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


# Files that are no configuration


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "the file is empty"),
        ("# only a comment\n\n", 0, "the file is empty"),
        ("- a\n- b\n", 1, "must hold a mapping"),
        ("just words\n", 1, "must hold a mapping"),
        ("site: a\n\tdevice: b\n", 2, "a tab"),
        ("site: a\ndevice: b: c\n", 2, "a `:` where none may stand"),
        ("site: a\n  device: b\n", 2, "a `:` where none may stand"),
        ("cameras:\n    - a\n  - b\n", 3, "indentation"),
        ("site: a\ncameras: [a, b\nmqtt: {}\n", 2, "starts with `[` is not closed"),
        ("site: a\nmqtt: {a: b\n", 2, "starts with `{` is not closed"),
        ("site: 'a\ndevice: b\n", 1, "a quote is opened"),
        ("site: a\ndevice\n", 2, "a key without its `:`"),
        ("site: a\n---\nsite: b\n", 2, "a second document"),
        ("site: a\nx: \x07\n", 2, "a character that YAML does not allow"),
        ("site: &x a\ndevice: *x\n", 2, "an anchor is used"),
        ("site: @a\n", 1, "not valid YAML"),
        ("? [a]\n: b\n", 1, "a key that is not plain text"),
        ("x: !!binary aGk=\n", 1, "a YAML tag"),
    ],
)
def test_text_that_is_no_configuration(refused: Refused, text: str, line: int, message: str) -> None:
    problems = [problem for problem in refused(text) if message in problem.message]
    assert problems
    assert problems[0].line == line


def test_a_yaml_bomb_is_refused_before_it_grows(refused: Refused) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(20)
    )
    started_s = time.thread_time()
    assert "an anchor is used" in one(refused(bomb)).message
    assert time.thread_time() - started_s < 5.0


@pytest.mark.parametrize("text", ["[" * 50_000, "x: " + "{a: " * 20_000, "- " * 30_000 + "a", "? " * 30_000])
def test_deep_nesting_is_refused(refused: Refused, text: str) -> None:
    assert "more than 20 levels" in one(refused(text)).message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"site: a\ndevice: caf\xe9\n")
    (tmp_path / "large.yaml").write_bytes(b"# x\n" * 100_000)
    for name, line, words in (
        ("absent.yaml", 0, "No such file"),
        (".", 0, "Is a directory"),
        ("latin.yaml", 2, "is not UTF-8 text"),
        ("large.yaml", 0, "is larger than 256 KiB"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_settings(tmp_path / name)
        problem = one(caught.value.problems)
        assert (problem.line, words in problem.message) == (line, True)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so where the tests run as root they drop that for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_without_permission(tmp_path: Path, minimal: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(minimal)
    file.chmod(0)
    with as_nobody(), pytest.raises(ConfigError) as caught:
        load_settings(file)
    problem = one(caught.value.problems)
    assert "Permission denied" in problem.message
    assert "let the agent's user read it" in problem.suggestion


SCALARS = st.none() | st.booleans() | st.integers(-5, 2000) | st.floats(width=32) | st.text(max_size=6)
SECTIONS = ["site", "device", "state_dir", "model", "cameras", "rules", "mqtt", "outbox", "log"]
INNER = ["name", "source", "zones", "polygon", "kind", "type", "url", "host", "tls", "fall", "enabled", "threads"]
KEYS = st.sampled_from([*SECTIONS, *INNER]) | st.text(max_size=4)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)


@given(document=st.dictionaries(KEYS, DOCUMENTS, max_size=8))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_stands_in_the_file_is_answered_with_problems_that_have_a_line(
    tmp_path: Path, document: dict[str, object]
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8", errors="replace")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert caught.value.problems
    for problem in caught.value.problems:
        assert problem.message
        assert problem.line > 0 or not document
        assert "\n" not in problem.message + problem.suggestion


# Rules on trial


def test_a_rule_is_on_trial_where_it_is_listed(load: Load, minimal: str) -> None:
    assert load(minimal).shadow.bend_hold is None
    read = load(minimal + "shadow: {bend_hold: {enter_deg: 70}, reach_in: {}}\n").shadow
    assert (read.fall, read.bend_hold and read.bend_hold.enter_deg) == (None, 70.0)
    assert read.reach_in is not None


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ("{fall: {enabled: false}}", "shadow.fall.enabled", "has no meaning here"),
        ("{fall: }", "shadow.fall", "write `fall: {}`"),
        ("{fal: {}}", "shadow.fal", "did you mean"),
    ],
)
def test_what_would_not_be_tried_is_refused(
    refused: Refused, minimal: str, entry: str, path: str, message: str
) -> None:
    problem = one(refused(minimal + f"shadow: {entry}\n"))
    assert problem.path == path
    assert message in f"{problem.message} {problem.suggestion}"


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ("slow_collapse: {still_s: 9}", "rules.slow_collapse.still_s", "8"),
        ("sos_gesture: {raises: 4, cycle_s: 2}", "rules.sos_gesture", "lower cycle_s to 1.2"),
    ],
)
def test_thresholds_with_which_a_rule_could_never_raise_are_refused(
    refused: Refused, minimal: str, entry: str, path: str, message: str
) -> None:
    problem = one(refused(minimal + f"rules: {{{entry}}}\n"))
    assert problem.path == path
    assert message in problem.message


# Calibration


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
