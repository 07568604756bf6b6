"""A posture log replayed says what the pipeline said of the same frames."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_pipeline import FPS, HEIGHT_PX, WIDTH_PX, Rig, falling, lying, nobody, standing

from edge_agent.app.replay import ReplayLine
from edge_agent.app.replay_postures import PostureReplaySettings, replay_recording
from edge_agent.app.timetable import Timetable
from edge_agent.data.event import Event
from edge_agent.mqtt.topics import Topics
from edge_agent.pipeline import Outcome, PipelineSettings
from edge_agent.posture_log.posture_log_settings import PostureLogSettings
from edge_agent.posture_log.recording import Recording, recordings_in
from edge_agent.posture_log.seen_frame import Origin, SeenFrame
from edge_agent.posture_log.seen_frame_to_log import SeenFrameToLog
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.fall import FallSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.shadow_settings import ShadowSettings

FILM = standing(2.0) + falling() + lying(4.0) + standing(4.0) + nobody(12.0) + standing(2.0) + falling() + lying(3.0)
HOUSE = Scene("hall", ())


WATCHED = Timetable((HOUSE,), CatalogueSettings())


def with_trial(suspect_s: float) -> Timetable:
    return dataclasses.replace(WATCHED, shadow=ShadowSettings(fall=FallSettings(suspect_s=suspect_s)))


def recorded(root: Path, rig: Rig, outcomes: Iterable[Outcome]) -> Recording:
    log = SeenFrameToLog(root, PostureLogSettings(enabled=True), rig.clock)
    for outcome in outcomes:
        log.write(Origin("white-shape", "c0ffee", None), SeenFrame(outcome.sight, outcome.postures))
    log.close()
    (recording,) = recordings_in([root], pytest.fail)
    return recording


def replayed(recording: Recording, watched: Timetable = WATCHED) -> list[ReplayLine]:
    how = PostureReplaySettings(watched, Topics("edge-agent/v1", "a", "b"), "c0ffee")
    return list(replay_recording(recording, how, pytest.fail))


def said(events: Iterable[Event]) -> list[dict[str, Any]]:
    """All that an event says but for its identifiers, which are new at every run."""
    return [
        {name: value for name, value in dataclasses.asdict(event).items() if name not in ("id", "incident_id")}
        for event in events
    ]


def test_every_event_is_the_one_that_was_raised_then(tmp_path: Path) -> None:
    rig = Rig()
    outcomes = rig.show(FILM)
    for _ in range(round(15.0 * FPS)):
        outcomes.append(rig.shown(np.full((HEIGHT_PX, WIDTH_PX, 3), 60, np.uint8)))
    outcomes.extend(rig.show(standing(5.0)))
    live = [event for outcome in outcomes for event in outcome.events]
    lines = replayed(recorded(tmp_path, rig, outcomes))
    assert said(line.event for line in lines if line.event) == said(live)
    assert {"fall", "blind"} <= {event.rule for event in live}
    assert lines[-1].fields["events"]["fall"] == 2


def test_the_events_are_the_same_across_parts_and_without_a_part_they_are_those_of_the_rest(tmp_path: Path) -> None:
    rig = Rig()
    outcomes = rig.show(FILM)
    live = [event for outcome in outcomes for event in outcome.events]
    log = SeenFrameToLog(tmp_path, PostureLogSettings(enabled=True), rig.clock)
    for number, outcome in enumerate(outcomes):
        origin = Origin("white-shape", f"part-{number // 40}", None)  # a new part every 40 frames
        log.write(origin, SeenFrame(outcome.sight, outcome.postures))
    log.close()
    files = sorted(tmp_path.rglob("*.gz"))
    (recording,) = recordings_in(reversed(files), pytest.fail)
    assert len(recording.parts) > 5
    assert said(line.event for line in replayed(recording) if line.event) == said(live)
    (rest,) = recordings_in(files[-3:], pytest.fail)
    summary = replayed(rest)[-1].fields
    assert (summary["events"]["fall"], summary["frames"]) == (1, len(outcomes) - 40 * (len(files) - 3))


def test_another_threshold_is_tried_on_what_was_recorded_as_it_would_have_been_on_the_frames(tmp_path: Path) -> None:
    recording = recorded(tmp_path, rig := Rig(), rig.show(FILM))
    for suspect_s, expected in ((1.0, 2), (3.0, 2), (20.0, 0)):
        film = Rig()
        film.pipeline.reconfigure(with_trial(suspect_s).assignment(HOUSE, ()), PipelineSettings())
        live = sum(len(outcome.shadowed) for outcome in film.show(FILM))
        summary = replayed(recording, with_trial(suspect_s))[-1].fields
        assert (summary["shadow"], live) == ({"fall": expected}, expected)


def test_hours_are_those_in_which_frames_came_and_a_gap_is_none(tmp_path: Path) -> None:
    """Ten seconds with somebody, two hours without a frame, ten seconds with nobody."""
    rig = Rig()
    first = rig.show(standing(10.0))
    for _ in range(round(7200.0 * FPS)):
        next(rig._seq)
    summary = replayed(recorded(tmp_path, rig, [*first, *rig.show(nobody(10.0))]))[-1].fields
    assert summary["frames"] == round(20.0 * FPS)
    assert summary["observed_h"] == pytest.approx(21.0 / 3600.0, abs=2e-4)
    assert summary["with_people_h"] == pytest.approx(10.0 / 3600.0, abs=5e-4)
    assert summary["events_per_h"]["fall"] == 0.0
    assert (summary["from"], summary["to"]) == ("1970-01-01T00:00:00.000Z", "1970-01-01T02:00:19.917Z")
