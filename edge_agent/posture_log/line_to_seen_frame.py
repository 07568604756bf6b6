"""Lines of a posture log back to what the rules saw."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any, get_type_hints

from edge_agent.data.posture import Posture, Postures
from edge_agent.data.sight import Sight, SightFault
from edge_agent.errors import PostureLogError
from edge_agent.posture_log.field_to_value import Reader, reader_of
from edge_agent.posture_log.header import Header
from edge_agent.posture_log.seen_frame import SeenFrame


class LineToSeenFrame:
    """Reads the lines of one part.

    A field that this agent does not know is left out, and one that the file does not have keeps its default.

    Args:
        header: Of the part.

    Raises:
        PostureLogError: The file lacks a field without which there is no posture.
    """

    def __init__(self, header: Header) -> None:
        readers = _readers()
        self._header = header
        self._columns: list[tuple[str, Reader | None]] = [(name, readers.get(name)) for name in header.fields]
        missing = _required() - set(header.fields)
        if missing:
            raise PostureLogError(
                f"says nothing of {', '.join(sorted(missing))}; it was written by edge-agent "
                f"{header.agent}: replay it with that version"
            )

    def __call__(self, line: bytes) -> SeenFrame:
        """What one line says.

        Raises:
            PostureLogError: It is damaged.
        """
        try:
            t_s, people, fault = self._parts(json.loads(line))
            persons = tuple([self._person(person) for person in people])
            sight = Sight(t_s, None if fault is None else SightFault(fault))
        except (ValueError, TypeError, RecursionError) as error:
            raise PostureLogError(f"is damaged: {error}") from error
        header = self._header
        return SeenFrame(sight, Postures(header.camera, t_s, header.width_px, header.height_px, persons))

    def _parts(self, content: Any) -> tuple[float, list[Any], Any]:
        if not isinstance(content, list) or not 1 <= len(content) <= 3:
            raise TypeError("a line is no frame")
        people = content[1] if len(content) > 1 else []
        if not isinstance(people, list):
            raise TypeError("a line names no persons")
        return _seconds(content[0]), people, content[2] if len(content) > 2 else None

    def _person(self, values: Any) -> Posture:
        if not isinstance(values, list):
            raise TypeError("a person is no list")
        columns = zip(self._columns, values, strict=True)
        return Posture(**{name: read(value) for (name, read), value in columns if read is not None})


@cache
def _readers() -> dict[str, Reader]:
    hints = get_type_hints(Posture)
    return {part.name: reader_of(hints[part.name]) for part in dataclasses.fields(Posture)}


def _required() -> set[str]:
    missing = dataclasses.MISSING
    parts = dataclasses.fields(Posture)
    return {part.name for part in parts if part.default is missing and part.default_factory is missing}


_seconds = reader_of(float)
