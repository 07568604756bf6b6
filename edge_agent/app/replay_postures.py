"""A posture log through the rules alone: neither a model nor a picture is needed."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from edge_agent.app.replay import REPLAY_BOOT_ID, ReplayLine
from edge_agent.app.timetable import ShiftChange, Timetable
from edge_agent.clock import MediaClock
from edge_agent.data.calibration import Calibration
from edge_agent.data.event import Phase
from edge_agent.data.exposure import FRAME_SPEAKS_S
from edge_agent.errors import PostureLogError
from edge_agent.ids import SeededIds
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.payload import rfc3339
from edge_agent.mqtt.topics import Topics
from edge_agent.posture_log.log_part import LogPart
from edge_agent.posture_log.recording import Complain, Recording
from edge_agent.posture_log.seen_frame import SeenFrame
from edge_agent.rules.rules_stage import Assignment, RulesStage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class PostureReplaySettings:
    """How one recording is replayed.

    Attributes:
        timetable: Zones and rules of one camera; its shifts are those of the time that was recorded.
        topics: Of the device that the events name as their source.
        config_hash: Of the settings in force.
    """

    timetable: Timetable
    topics: Topics
    config_hash: str


@dataclass(slots=True)
class _Tally:
    """What is counted while a recording plays."""

    frames: int = 0
    persons_max: int = 0
    observed_s: float = 0.0
    with_people_s: float = 0.0
    first_s: float = 0.0
    last_s: float = float("-inf")
    raised: Counter[str] = field(default_factory=Counter)
    shadowed: Counter[str] = field(default_factory=Counter)

    def take(self, frame: SeenFrame) -> None:
        """Count a frame. It speaks for the time since the one before, but never for long: a gap was not observed."""
        postures = frame.postures
        if self.frames:
            step_s = min(postures.t_s - self.last_s, FRAME_SPEAKS_S)
            self.observed_s += step_s
            self.with_people_s += step_s if postures.people else 0.0
        else:
            self.first_s = postures.t_s
        self.frames += 1
        self.persons_max = max(self.persons_max, len(postures.people))
        self.last_s = postures.t_s


def replay_recording(recording: Recording, settings: PostureReplaySettings, complain: Complain) -> Iterator[ReplayLine]:
    """Judge what a camera saw, as far as it was recorded.

    With the settings that were in force then, the events are those that were raised then, but for their identifiers.

    Args:
        recording: Parts of a posture log.
        settings: Of the replay.
        complain: Called with a damaged part; the rest of it is left out, and the next one goes on.

    Yields:
        A line an event, then the summary.
    """
    header = recording.header
    clock = MediaClock(recording.wall_offset_s)
    shifts = ShiftChange(clock, trusts_clock=True)
    (assignment,) = shifts.start(settings.timetable).values()
    rules = RulesStage(assignment, clock, SeededIds(f"{header.session} {header.camera}"))
    to_mqtt = EventToMqtt(settings.topics, Envelope(REPLAY_BOOT_ID, header.model, settings.config_hash), clock)
    _note_calibration(header.calibration, assignment.scene.calibration, str(recording.parts[0].path))
    tally = _Tally()
    seq = 0
    for part in recording.parts:
        for frame in _frames(part, tally, complain):
            clock.set(frame.postures.t_s)
            ended = [event for other in shifts.due().values() for event in rules.change_shift(other)]
            verdicts = rules(frame.sight, frame.postures)
            tally.shadowed.update(event.rule for event in verdicts.shadowed)
            for event in (*ended, *verdicts.events):
                seq += 1
                rules.stored(event)
                tally.raised[event.rule] += event.phase is Phase.RAISED
                fields = {**json.loads(to_mqtt.to_message(event, seq).payload), "clip": str(part.path)}
                yield ReplayLine(fields, event, fields["data"]["observed_at"])
    yield ReplayLine(_summary(recording, assignment, tally), None)


def _frames(part: LogPart, tally: _Tally, complain: Complain) -> Iterator[SeenFrame]:
    """The frames of a part that can be read, counted."""
    try:
        for frame in part.frames():
            if frame.postures.t_s <= tally.last_s:
                raise PostureLogError(f"{part.path}: begins no later than the part before it ends; left out")
            tally.take(frame)
            yield frame
    except PostureLogError as error:
        complain(error)
    if part.torn:
        logger.warning(
            "%s ends in the middle: it is still being written, or the power went; replayed so far", part.path
        )


def _note_calibration(recorded: Calibration | None, said: Calibration | None, path: str) -> None:
    if recorded != said:
        logger.warning(
            "%s was recorded with %s, and the configuration says %s: the angles stay those that were recorded",
            path,
            recorded or "no calibration",
            said or "none",
        )


def _summary(recording: Recording, assignment: Assignment, tally: _Tally) -> dict[str, Any]:
    events = {rule: tally.raised[rule] for rule in assignment.rule_names}
    shadow = {rule.name: tally.shadowed[rule.name] for rule in assignment.shadow}
    return {
        "summary": True,
        "clip": str(recording.parts[0].path),
        "parts": len(recording.parts),
        "camera": recording.header.camera,
        "from": rfc3339(recording.wall_offset_s + tally.first_s),
        "to": rfc3339(recording.wall_offset_s + max(tally.first_s, tally.last_s)),
        "frames": tally.frames,
        "persons_max": tally.persons_max,
        "observed_h": round(tally.observed_s / 3600.0, 4),
        "with_people_h": round(tally.with_people_s / 3600.0, 4),
        "events": events,
        "shadow": shadow,
        "events_per_h": _per_h(events, tally.observed_s),
        "shadow_per_h": _per_h(shadow, tally.observed_s),
        "truncated": any(part.torn for part in recording.parts),
    }


def _per_h(counts: Mapping[str, int], observed_s: float) -> dict[str, float]:
    """Incidents in an observed hour; nothing where nothing was observed."""
    return {rule: round(3600.0 * count / observed_s, 3) for rule, count in counts.items()} if observed_s > 0.0 else {}
