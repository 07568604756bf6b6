"""The broker's section, and secrets, which no file may hold and no message repeat."""

from __future__ import annotations

import pytest
from config_text import CAMERA, HEAD, Refused, one


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
