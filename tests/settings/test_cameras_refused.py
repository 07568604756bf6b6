"""Cameras and zones that cannot be: how each mistake is told."""

from __future__ import annotations

import pytest
from config_text import CAMERA, HEAD, Refused, one, with_zone


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
