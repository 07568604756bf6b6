"""A frame that was written reads back as the same frame, to the last bit."""

from __future__ import annotations

import dataclasses
import json
from typing import NamedTuple

import pytest
from any_postures import POSTURES, frames, plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.data.calibration import Calibration
from edge_agent.data.posture import Band, Measure, Posture, Postures
from edge_agent.data.sight import Sight
from edge_agent.errors import PostureLogError
from edge_agent.posture_log.field_to_value import reader_of, value_to_json
from edge_agent.posture_log.header import VERSION, Header, header_to_line, line_to_header
from edge_agent.posture_log.line_to_seen_frame import LineToSeenFrame
from edge_agent.posture_log.seen_frame import SeenFrame
from edge_agent.posture_log.seen_frame_to_line import FIELDS, seen_frame_to_line

HEADER = Header(
    agent="0.1",
    session="5e55",
    part=3,
    camera="hall",
    model="m",
    config_hash="c0ff33",
    calibration=Calibration(tilt_deg=20.0, fov_deg=62.0),
    width_px=640,
    height_px=480,
    started_s=12.25,
    started_wall_s=1.75e9,
    clock_synced=True,
    fields=FIELDS,
)
slow_to_make = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)


@slow_to_make
@given(frames())
def test_every_number_is_the_same_afterwards(frame: SeenFrame) -> None:
    line = seen_frame_to_line(frame)
    assert line.count(b"\n") == 1
    assert plain(LineToSeenFrame(HEADER)(line)) == plain(frame)


@slow_to_make
@given(POSTURES, st.integers(1, len(FIELDS) - 1))
def test_fields_that_the_file_lacks_keep_their_defaults_and_unknown_ones_are_left_out(one: Posture, at: int) -> None:
    """An older file, and one of a newer agent that has put a field in somewhere."""
    optional = {part.name for part in dataclasses.fields(Posture) if part.default is not dataclasses.MISSING}
    kept = [name for name in FIELDS if name not in optional]
    values = json.loads(seen_frame_to_line(_alone(one)))[1][0]
    row = [values[FIELDS.index(name)] for name in kept]
    row.insert(at % len(kept), {"of": "tomorrow"})
    names = (*kept[: at % len(kept)], "of_tomorrow", *kept[at % len(kept) :])
    header = dataclasses.replace(HEADER, fields=names)
    (read,) = LineToSeenFrame(header)(json.dumps([one.t_s, [row]]).encode()).postures.people
    assert optional
    for part in dataclasses.fields(Posture):
        assert getattr(read, part.name) == (part.default if part.name in optional else getattr(one, part.name))


def _alone(person: Posture) -> SeenFrame:
    return SeenFrame(Sight(person.t_s, None), Postures("hall", person.t_s, 640, 480, (person,)))


class _Inner(NamedTuple):
    x_m: float
    band: Band | None = None


@dataclasses.dataclass(frozen=True)
class _Outer:
    inner: _Inner
    several: tuple[Measure, ...]


@pytest.mark.parametrize("inner", [_Inner(1.5), _Inner(1.5, Band(3.0, 4.0))])
def test_a_field_may_be_made_of_dataclasses_tuples_and_what_may_be_absent(inner: _Inner) -> None:
    outer = _Outer(inner, (Measure(1.0, 0.5), Measure(2.0, 0.0)))
    document = json.loads(json.dumps(outer, default=value_to_json))
    assert reader_of(_Outer)(document) == outer
    assert reader_of(_Inner)([1.5]) == _Inner(1.5), "a part that an older file lacks"


def test_a_type_that_cannot_be_read_back_is_found_before_anything_is_recorded() -> None:
    with pytest.raises(TypeError, match="no reader for"):
        reader_of(dict[str, float])


@slow_to_make
@given(POSTURES, st.sampled_from([float("nan"), float("inf"), float("-inf")]))
def test_what_is_no_number_is_never_written(person: Posture, bad: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        seen_frame_to_line(_alone(dataclasses.replace(person, motion_h_s=bad)))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"[null]",
        b"[true]",
        b'["1.0"]',
        b"[NaN]",
        b"[1e999]",
        b"[1.0,{}]",
        b"[1.0,[[]]]",
        b"[1.0,[7]]",
        b'[1.0,[],"eclipse"]',
        b"[1.0,[],null,4]",
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_damaged_line_is_refused(line: bytes) -> None:
    with pytest.raises(PostureLogError, match="is damaged"):
        LineToSeenFrame(HEADER)(line)


def test_the_header_reads_back_and_what_a_later_agent_adds_is_left_out() -> None:
    line = header_to_line(HEADER)
    assert line_to_header(line) == HEADER
    assert line_to_header(json.dumps({**json.loads(line), "weather": "fair"}).encode()) == HEADER


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "is not a posture log"),
        ({"version": VERSION + 1, "agent": "9.9"}, r"format 2, and this agent reads 1; .*wrote it \(9.9\)"),
        ({"camera": None}, "damaged first line: camera"),
        ({"width_px": 0}, "damaged first line: width_px"),
        ({"started_wall_s": 1e300}, "damaged first line: started_wall_s"),
    ],
)
def test_a_header_that_is_none_of_ours_is_refused_with_the_reason(change: dict[str, object], words: str) -> None:
    with pytest.raises(PostureLogError, match=words):
        line_to_header(json.dumps({**json.loads(header_to_line(HEADER)), **change}).encode())


def test_a_file_that_lacks_what_every_posture_needs_is_refused_by_name() -> None:
    with pytest.raises(PostureLogError, match="says nothing of hips, score; it was written by"):
        LineToSeenFrame(dataclasses.replace(HEADER, fields=tuple(set(FIELDS) - {"hips", "score"})))
