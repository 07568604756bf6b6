"""How fast does this device judge frames with its model?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.app.doctor.finding import Finding, failed, passed, warned
from edge_agent.app.open_detector import OpenDetector, Runtime, open_detector
from edge_agent.app.timetable import Timetable
from edge_agent.capture.source_settings import ClipSettings, SourceSettings, StreamSettings
from edge_agent.clock import SystemClock
from edge_agent.data.frame import Frame
from edge_agent.errors import ModelError, StoreError
from edge_agent.ids import RandomIds
from edge_agent.pipeline import DETECTOR_SCORE, Pipeline, PipelineSettings
from edge_agent.pose.golden import read_golden
from edge_agent.settings.settings import Settings
from edge_agent.settings.time_zone import time_zone
from edge_agent.update.names import ACTIVE
from edge_agent.update.store import Store

FEWEST_FPS = 5.0
"""docs/accuracy.md: at 5 frames a second a third and more of the falls are missed."""
GOOD_FPS = 9.0
"""docs/accuracy.md: at 9 frames a second nearly all are found."""
_WARM_UP, _FRAMES = 3, 20
_SIZE_PX = (640, 480)


@dataclass(frozen=True, slots=True)
class Speed:
    """How long one frame takes, everything included, in milliseconds."""

    median_ms: float
    p95_ms: float


def check_model(settings: Settings, *, beside_agent: bool) -> Iterator[Finding]:
    """Open the model as the agent does, and judge a picture with a person in it again and again.

    Args:
        settings: Of the device.
        beside_agent: An agent runs and takes its share of the processor: slow is then no fault.
    """
    how = settings.model
    try:
        store = Store(settings.state_dir)
        runtime = Runtime(runtime=how.runtime, threads=how.threads, score=DETECTOR_SCORE)
        detector = open_detector(how.use or ACTIVE, store, runtime)
    except (ModelError, StoreError) as error:
        yield failed("model", str(error), "`edge-agent model list`, then `edge-agent model activate NAME`")
        return
    except PermissionError as error:
        yield warned("model", f"{error.filename}: this user may not read it", "run the doctor as the agent's user")
        return
    name = f"{detector.model}, {detector.detect.runtime}, {how.threads} threads"
    yield passed("model", f"{name}: opens and finds the persons of its golden pictures")
    yield _judge(measure(settings, detector), settings, beside_agent=beside_agent)


def measure(settings: Settings, detector: OpenDetector) -> Speed:
    """The whole step, from letterbox to rules, on a golden picture that shifts by a pixel each time."""
    timetable = Timetable(
        tuple(camera.scene for camera in settings.cameras[:1]),
        settings.rules,
        settings.shadow,
        time_zone(settings.timezone),
    )
    scene = timetable.scenes[0]
    how = PipelineSettings(person_score=settings.model.score, gated=False, strain=settings.strain)
    assignment = timetable.assignment(scene, scene.zones)
    pipeline = Pipeline(assignment, how, detector.detect, SystemClock(), RandomIds())
    picture = _picture()
    taken_ms: list[float] = []
    for number in range(_WARM_UP + _FRAMES):
        image = np.ascontiguousarray(np.roll(picture, number % 2, axis=1))
        started_s = time.perf_counter()
        pipeline.step(Frame(scene.camera, number, number / GOOD_FPS, image))
        taken_ms.append(1e3 * (time.perf_counter() - started_s))
    ordered = sorted(taken_ms[_WARM_UP:])
    return Speed(ordered[len(ordered) // 2], ordered[int(0.95 * (len(ordered) - 1))])


def asked_fps(source: SourceSettings) -> float | None:
    """Frames a second that the settings ask for; None where the source decides."""
    return None if isinstance(source, (StreamSettings, ClipSettings)) else source.fps


def _picture() -> npt.NDArray[np.uint8]:
    import cv2

    golden = next(read_golden(None))
    return np.asarray(cv2.resize(golden.image, _SIZE_PX), np.uint8)


def _judge(speed: Speed, settings: Settings, *, beside_agent: bool) -> Finding:
    count = len(settings.cameras)
    expected = 1e3 / speed.median_ms / count
    asked = max((asked_fps(camera.source) or GOOD_FPS for camera in settings.cameras), default=GOOD_FPS)
    each = f" for each of {count} cameras" if count > 1 else ""
    text = f"{speed.median_ms:.0f} ms a frame (p95 {speed.p95_ms:.0f}): {expected:.0f} frames a second{each}"
    if beside_agent:
        text += "; measured beside the running agent, alone it is faster (`fps` in `health` tells)"
    step = "take a smaller model, more `model.threads`, fewer cameras, or a faster device"
    if expected < FEWEST_FPS and not beside_agent:
        return failed("speed", f"{text}; falls are missed", step)
    if expected < min(asked, GOOD_FPS):
        return warned("speed", f"{text}; {GOOD_FPS:.0f} are needed to find nearly all falls", step)
    return passed("speed", text)
