"""A frame as one line of a posture log: JSON, without the names that the header gives once.

``[t_s]`` where nobody is seen, ``[t_s,[person,...]]`` where somebody is, and ``[t_s,[person,...],"fault"]`` where the
picture is good for nothing. A person is a list of the values of `FIELDS`. Every frame has its line, also an empty one:
the rules need the passing of time, and a step in time without a line is time that nobody watched.

Numbers are written exactly: JSON's shortest form of a float reads back as the same float (Python documentation,
`float.__repr__`). Rounded to three places a file would be 40 % of the size, measured; but then a replay would judge
other numbers than the rules did, and what lies at a limit would fall to either side.
"""

from __future__ import annotations

import dataclasses
import json
from operator import attrgetter

from edge_agent.data.posture import Posture
from edge_agent.posture_log.field_to_value import value_to_json
from edge_agent.posture_log.seen_frame import SeenFrame

FIELDS = tuple(part.name for part in dataclasses.fields(Posture))
_person = attrgetter(*FIELDS)
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False, default=value_to_json).encode


def seen_frame_to_line(frame: SeenFrame) -> bytes:
    """One line with its newline.

    Raises:
        ValueError: A number is infinite or none.
        TypeError: A posture holds something that has no form here.
    """
    postures, fault = frame.postures, frame.sight.fault
    if fault is not None:
        return _line([postures.t_s, [_person(person) for person in postures.people], fault.value])
    if postures.people:
        return _line([postures.t_s, [_person(person) for person in postures.people]])
    return _line([postures.t_s])


def _line(content: list[object]) -> bytes:
    return _encode(content).encode() + b"\n"
