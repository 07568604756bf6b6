"""Postures made of any numbers that their annotations allow, and small logs of them."""

from __future__ import annotations

import dataclasses
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from edge_agent.clock import MediaClock
from edge_agent.data.posture import Posture, Postures
from edge_agent.data.sight import Sight, SightFault
from edge_agent.posture_log.posture_log_settings import PostureLogSettings
from edge_agent.posture_log.seen_frame import Origin, SeenFrame
from edge_agent.posture_log.seen_frame_to_log import SeenFrameToLog

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ORIGIN = Origin("a-model 1.0", "0123456789ab", None)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotated type that a posture may have."""
    if hint is float:
        return FINITE
    if hint in (int, str, bool):
        return st.from_type(hint)
    if get_origin(hint) in (Union, UnionType):
        return st.one_of([st.none() if part is NoneType else values_of(part) for part in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.tuples(*[values_of(part) for part in get_args(hint)])
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    names = getattr(hint, "_fields", None) or [part.name for part in dataclasses.fields(hint)]
    hints = get_type_hints(hint)
    return st.builds(hint, **{name: values_of(hints[name]) for name in names})


POSTURES = values_of(Posture)


@st.composite
def frames(draw: st.DrawFn) -> SeenFrame:
    t_s = draw(st.floats(0.0, 1e9))
    people = tuple(draw(st.lists(POSTURES, max_size=3)))
    fault = draw(st.none() | st.sampled_from(SightFault))
    return SeenFrame(Sight(t_s, fault), Postures("hall", t_s, 640, 480, people))


def plain(frame: SeenFrame) -> Any:
    """The frame as something that can be compared: its dataclasses cannot."""
    postures = frame.postures
    people = [
        {part.name: getattr(person, part.name) for part in dataclasses.fields(person)} for person in postures.people
    ]
    return frame.sight, postures.camera, postures.t_s, postures.width_px, postures.height_px, people


def empty(t_s: float, camera: str = "hall") -> SeenFrame:
    return SeenFrame(Sight(t_s, None), Postures(camera, t_s, 640, 480, ()))


class Rig:
    """A log whose clock the test sets; what `run` does in its thread happens at once."""

    def __init__(self, root: Path, max_mb: float = 256.0) -> None:
        self.clock = MediaClock(1.75e9)
        self.log = SeenFrameToLog(root, PostureLogSettings(enabled=True, max_mb=max_mb), self.clock)

    def see(self, *seen: SeenFrame, origin: Origin = ORIGIN) -> None:
        for frame in seen:
            self.clock.set(frame.postures.t_s)
            self.log.write(origin, frame)
            self.log.sync_if_due()
