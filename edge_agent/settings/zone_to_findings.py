"""Checks of zones: polygons, arrows, and the times at which they are there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from edge_agent.data.polygon import polygon_problem
from edge_agent.data.zone import ZoneKind
from edge_agent.settings.finding import Finding, KeyPath, quoted

_MAX_VERTICES = 64  # a person's place is tested against every edge of every zone in every frame
_SURELY_PIXELS = 2.0
# Our own: a shorter arrow (32 pixels of 640) is turned by 10 deg and more by a slip of 6 pixels.
_SHORTEST_ARROW = 0.05
# Kinds that keep rules quiet, and where somebody who is alone is seen all the same.
_EXCUSE_AND_RAISE = (ZoneKind.ALLOWED_DOWN.value, ZoneKind.SEAT.value)
TIME_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
"""Of a time of day, without seconds."""

_Vertices = list[tuple[float, float]]


def zone_findings(path: KeyPath, zone: dict[str, Any], source: object) -> Iterator[Finding]:
    """Check one zone.

    Args:
        path: Of the zone.
        zone: Plain values.
        source: Of its camera; its size makes better advice.
    """
    yield from _polygon_findings((*path, "polygon"), zone.get("polygon"), source)
    if zone.get("one_way") is not None:
        yield from _arrow_findings((*path, "one_way"), zone, source)
    yield from _never_alone_findings((*path, "never_alone"), zone)
    shifts = zone.get("active")
    for index, shift in enumerate(shifts if isinstance(shifts, list) else ()):
        if isinstance(shift, dict):
            yield from shift_findings((*path, "active", index), shift)


def _polygon_findings(path: KeyPath, polygon: object, source: object) -> Iterator[Finding]:
    vertices = _vertices(polygon)
    if vertices is None:
        return
    pixels = _pixel_finding(path, vertices, source)
    if pixels:
        yield pixels
    elif len(vertices) > _MAX_VERTICES:
        yield Finding(path, f"has {len(vertices)} vertices, at most {_MAX_VERTICES} are allowed", "draw it simpler")
    elif all(0.0 <= value <= 1.0 for vertex in vertices for value in vertex):
        problem = polygon_problem(vertices)
        if problem:
            yield Finding(path, problem, _polygon_advice(problem))


def _arrow_findings(path: KeyPath, zone: dict[str, Any], source: object) -> Iterator[Finding]:
    kind = zone.get("kind", ZoneKind.RESTRICTED.value)
    if kind in [known.value for known in ZoneKind] and kind != ZoneKind.WALKWAY.value:
        advice = "write `kind: walkway`, or leave `one_way` out"
        yield Finding(path, f"is for walkways, and this zone is of kind {kind}", advice, replaces=False)
    ends = _vertices(zone["one_way"])
    if ends is None or len(ends) != 2:
        message = "is an arrow: two points of the frame, from where people come to where they go"
        yield Finding(path, message, "write [[x1, y1], [x2, y2]]")
        return
    pixels = _pixel_finding(path, ends, source)
    if pixels:
        yield pixels
    elif math.dist(*ends) < _SHORTEST_ARROW:
        message = f"is so short that it has no sure direction: less than {_SHORTEST_ARROW:g} of the frame"
        yield Finding(path, message, "draw it from one end of the walkway to the other")


def _never_alone_findings(path: KeyPath, zone: dict[str, Any]) -> Iterator[Finding]:
    kind = zone.get("kind")
    if zone.get("never_alone") is True and zone.get("active") and kind in _EXCUSE_AND_RAISE:
        message = (
            f"raises, and a {kind} excuses: where the device does not know the time, a zone with `active` would have "
            "to be there for the one and gone for the other"
        )
        advice = "leave `active` out, or mark the place twice, `active` in one zone and `never_alone` in the other"
        yield Finding(path, message, advice, replaces=False)


def shift_findings(path: KeyPath, shift: dict[str, Any]) -> Iterator[Finding]:
    """Check the times of a shift."""
    for key in ("from", "to"):
        text = shift.get(key)
        if isinstance(text, str) and not re.search(TIME_PATTERN, text):
            message = f"{quoted((*path, key), text)} is not a time of day from 00:00 to 23:59"
            yield Finding((*path, key), message, _time_advice(text))


def _time_advice(text: str) -> str:
    if text == "24:00":
        return 'write "00:00" for midnight'
    padded = f"0{text}" if re.search("^[0-9]:", text) else text[:5]
    return f'write "{padded}"' if re.search(TIME_PATTERN, padded) else 'write it as "06:00" or "22:30"'


def _vertices(polygon: object) -> _Vertices | None:
    """The vertices, or None where the value is not a list of pairs of numbers."""
    if not isinstance(polygon, list):
        return None
    vertices: _Vertices = []
    for vertex in polygon:
        if not (isinstance(vertex, list) and len(vertex) == 2 and all(type(v) in (int, float) for v in vertex)):
            return None
        vertices.append((float(vertex[0]), float(vertex[1])))
    return vertices


def _pixel_finding(path: KeyPath, vertices: _Vertices, source: object) -> Finding | None:
    largest = max((max(vertex) for vertex in vertices), default=0.0)
    if largest < _SURELY_PIXELS:
        return None
    message = f"coordinates are fractions of the frame, from 0 to 1, and {largest:g} stands here"
    return Finding(path, message, f"this looks like pixels: {_division_advice(source)}")


def _division_advice(source: object) -> str:
    width = source.get("width_px") if isinstance(source, dict) else None
    height = source.get("height_px") if isinstance(source, dict) else None
    if isinstance(width, int) and isinstance(height, int):
        return f"divide x by {width} and y by {height}"
    return "divide x by the frame's width and y by its height"


def _polygon_advice(problem: str) -> str:
    if "crosses" in problem:
        return "list the corners in the order in which one walks around the zone"
    if "same point" in problem:
        return "leave one of them out; the polygon closes by itself"
    return "mark the corners of an area on the floor"
