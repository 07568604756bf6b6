"""A clip through the same pipeline as a camera, as fast as it goes, with media time as the clock."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from edge_agent.app.calibration_log import CalibrationLog
from edge_agent.app.open_detector import OpenDetector
from edge_agent.app.strain_to_health import strain_to_health
from edge_agent.app.timetable import ShiftChange, Timetable
from edge_agent.capture.clip import ClipReader
from edge_agent.capture.image_to_bgr import image_to_bgr
from edge_agent.capture.source import Reading
from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase
from edge_agent.data.frame import Frame
from edge_agent.data.strain import Strain
from edge_agent.errors import EndOfClip
from edge_agent.ids import SeededIds
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.topics import Topics
from edge_agent.pipeline import Pipeline, PipelineSettings, StageTimings
from edge_agent.rules.rules_stage import Assignment

logger = logging.getLogger(__name__)

REPLAY_BOOT_ID = "replay"


@dataclass(frozen=True, slots=True, eq=False)
class ReplaySettings:
    """What is the same for every clip of one replay.

    Attributes:
        detector: The open detector.
        timetable: Zones and rules of one camera.
        topics: Of the device that the events name as their source.
        pipeline: How it runs.
        config_hash: Of the settings in force.
        began_s: When every clip began, seconds since the Unix epoch.
    """

    detector: OpenDetector
    timetable: Timetable
    topics: Topics
    pipeline: PipelineSettings
    config_hash: str
    began_s: float = 0.0


@dataclass(slots=True)
class _Tally:
    """What is counted while a clip plays."""

    frames: int = 0
    persons_max: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    shadowed: Counter[str] = field(default_factory=Counter)
    strain: Strain | None = None
    decode_ms: list[float] = field(default_factory=list)
    steps: list[StageTimings] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """One line of a replay: an event, or the summary that ends a clip.

    Attributes:
        fields: As JSON is written from it.
        event: The event; None for the summary.
        when: When it was, for people; empty for the summary.
    """

    fields: dict[str, Any]
    event: Event | None
    when: str = ""


def replay_clip(clip: str, settings: ReplaySettings) -> Iterator[ReplayLine]:
    """Play one clip to its end.

    The same clip and settings give the same lines, but for the timings.

    Args:
        clip: Path of the clip.
        settings: Of the replay.

    Yields:
        A line an event as it happens, then the summary.

    Raises:
        CaptureError: The clip cannot be read.
    """
    clock = MediaClock(settings.began_s)
    ids = SeededIds(Path(clip).name)
    shifts = ShiftChange(clock, trusts_clock=True)
    (assignment,) = shifts.start(settings.timetable).values()
    pipeline = Pipeline(assignment, settings.pipeline, settings.detector.detect, clock, ids)
    envelope = Envelope(REPLAY_BOOT_ID, settings.detector.model, settings.config_hash)
    to_mqtt = EventToMqtt(settings.topics, envelope, clock)
    tally, calibration_log = _Tally(), CalibrationLog()
    seq = 0
    with ClipReader(Path(clip)) as reader:
        for frame in _frames(reader, assignment.scene.camera, tally):
            clock.set(frame.t_s)
            calibration_log(frame, assignment.scene.calibration)
            ended = [event for other in shifts.due().values() for event in pipeline.change_shift(other)]
            outcome = pipeline.step(frame)
            tally.persons_max = max(tally.persons_max, outcome.persons)
            if outcome.inferred:
                tally.steps.append(outcome.timings)
            tally.shadowed.update(event.rule for event in outcome.shadowed)
            for event in (*ended, *outcome.events):
                seq += 1
                pipeline.stored(event)
                tally.raised[event.rule] += event.phase is Phase.RAISED
                message = to_mqtt.to_message(event, seq)
                yield ReplayLine({**json.loads(message.payload), "clip": clip}, event, f"{event.observed_s:7.2f} s")
        if reader.truncated:
            logger.warning("%s ends after %d frames, before its container says; replayed so far", clip, tally.frames)
        tally.strain = pipeline.strain
        yield ReplayLine(_summary(clip, reader, assignment, tally), None)


def _frames(reader: ClipReader, camera: str, tally: _Tally) -> Iterator[Frame]:
    while True:
        started_s = time.perf_counter()
        try:
            reading: Reading = reader.read()
        except EndOfClip:
            return
        tally.decode_ms.append(1e3 * (time.perf_counter() - started_s))
        yield Frame(camera, tally.frames, reader.media_s, image_to_bgr(reading.image))
        tally.frames += 1


def _summary(clip: str, reader: ClipReader, assignment: Assignment, tally: _Tally) -> dict[str, Any]:
    stages = ("total", "letterbox", "invoke", "postprocess", "flow", "track", "posture", "rules")
    medians = {stage: _median([getattr(step, f"{stage}_ms") for step in tally.steps]) for stage in stages}
    medians["decode"] = _median(tally.decode_ms)
    order = ("total", "decode", *stages[1:])
    fps_media = (tally.frames - 1) / reader.media_s if reader.media_s > 0.0 else reader.fps
    return {
        "summary": True,
        "clip": clip,
        "frames": tally.frames,
        "fps_media": round(fps_media, 2),
        "persons_max": tally.persons_max,
        "events": {rule: tally.raised[rule] for rule in assignment.rule_names},
        "shadow": {rule.name: tally.shadowed[rule.name] for rule in assignment.shadow},
        "strain": strain_to_health(tally.strain).model_dump() if tally.strain else None,
        "truncated": reader.truncated,
        "ms_per_frame": {stage: medians[stage] for stage in order},
    }


def _median(values: list[float]) -> float:
    return round(median(values), 3) if values else 0.0
