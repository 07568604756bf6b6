"""Somebody who lies still for ten minutes is still seen after ten minutes, with the detector gated by motion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from test_pipeline import Rig, falling, lying, picture, standing

from edge_agent.app.assign import assign
from edge_agent.app.open_detector import Runtime, open_detector
from edge_agent.capture.clip import ClipReader
from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Severity
from edge_agent.data.frame import Frame
from edge_agent.ids import SeededIds
from edge_agent.pipeline import DETECTOR_SCORE, Pipeline, PipelineSettings
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.update.store import Store

SHARED = Path(__file__).resolve().parents[2] / "shared"
TEN_MINUTES_S = 600.0
_EVERY_S = 0.5


def with_noise(image: npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.uint8]]:
    """The same picture as a sensor gives it, again and again (sigma of 3 grey levels)."""
    rng = np.random.default_rng(11)
    noise = [rng.normal(0.0, 3.0, image.shape) for _ in range(8)]
    taken = [np.clip(image + each, 0.0, 255.0).astype(np.uint8) for each in noise]
    while True:
        yield from taken


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.rule, event.phase.value) for event in events]


def test_who_fell_and_lies_still_is_down_for_as_long_as_it_takes() -> None:
    rig = Rig()
    events = rig.events(standing(2.0) + falling() + lying(1.0))
    t_s, calls = rig.clock.monotonic_s(), rig.detector.calls
    pictures = with_noise(picture(lying(1.0)[0]))
    frames = round(TEN_MINUTES_S / _EVERY_S)
    for number in range(frames):
        t_s += _EVERY_S
        rig.clock.set(t_s)
        outcome = rig.pipeline.step(Frame("hall", 1000 + number, t_s, next(pictures)))
        assert len(outcome.postures.people) == 1, f"lost after {number * _EVERY_S} s"
        for event in outcome.events:
            rig.pipeline.stored(event)
            events.append(event)
    assert told(events) == [("fall", "raised"), ("fall", "updated"), ("man_down", "raised"), ("man_down", "updated")]
    assert events[-1].severity is Severity.CRITICAL
    assert rig.detector.calls == calls + frames, "it never rests while somebody is followed"


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_real_person_held_on_the_last_picture_stays_tracked_and_reported() -> None:
    model = SHARED / "models" / "yolov8n_320_quant_pc_uf_pose_coco-st.tflite"
    detector = open_detector(
        str(model), Store(Path("models")), Runtime(runtime="auto", threads=1, score=DETECTOR_SCORE)
    )
    clock = MediaClock()
    pipeline = Pipeline(
        assign(Scene("hall", ()), CatalogueSettings()), PipelineSettings(), detector.detect, clock, SeededIds("held")
    )
    events: list[Event] = []

    def show(number: int, t_s: float, image: npt.NDArray[np.uint8]) -> int:
        clock.set(t_s)
        outcome = pipeline.step(Frame("hall", number, t_s, image))
        for event in outcome.events:
            pipeline.stored(event)
            events.append(event)
        return len(outcome.postures.people)

    with ClipReader(SHARED / "clips" / "upfall" / "a11_t1_c1.mp4") as reader:
        for number, reading in enumerate(reader):
            show(number, reader.media_s, reading.image)
        end_s, last, pictures = reader.media_s, number, with_noise(reading.image)
    for step in range(1, round(TEN_MINUTES_S / _EVERY_S) + 1):
        people = show(last + step, end_s + step * _EVERY_S, next(pictures))
        assert people >= 1, f"lost after {step * _EVERY_S} s"
    assert told(events) == [("man_down", "raised"), ("man_down", "updated")]
