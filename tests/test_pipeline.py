"""One camera's whole path, from frames to events, with a detector that finds a white shape in the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edge_agent.clock import MediaClock
from edge_agent.data.calibration import Calibration
from edge_agent.data.event import Event
from edge_agent.data.frame import Frame
from edge_agent.data.keypoints import Keypoint as K
from edge_agent.data.pose import Poses
from edge_agent.data.zone import Zone
from edge_agent.ids import SeededIds
from edge_agent.pipeline import Outcome, Pipeline, PipelineSettings
from edge_agent.posture.posture_to_strain import StrainSettings
from edge_agent.rules.bend_hold import BendHoldSettings
from edge_agent.rules.catalogue import build_rules, build_shadow
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.fall import FallSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.rules_stage import Assignment
from edge_agent.rules.shadow_settings import ShadowSettings

FPS = 12.0
WIDTH_PX, HEIGHT_PX = 640, 480
Box = tuple[int, int, int, int]
STANDING: Box = (280, 190, 340, 390)
LYING: Box = (230, 350, 430, 390)

# Where the joints are along a body of length 1 from the crown (Drillis and Contini), and to its side.
_JOINTS = {
    K.NOSE: (0.07, 0.0),
    K.LEFT_EYE: (0.06, 0.02),
    K.RIGHT_EYE: (0.06, -0.02),
    K.LEFT_EAR: (0.07, 0.04),
    K.RIGHT_EAR: (0.07, -0.04),
    K.LEFT_SHOULDER: (0.18, 0.1),
    K.RIGHT_SHOULDER: (0.18, -0.1),
    K.LEFT_ELBOW: (0.37, 0.12),
    K.RIGHT_ELBOW: (0.37, -0.12),
    K.LEFT_WRIST: (0.52, 0.12),
    K.RIGHT_WRIST: (0.52, -0.12),
    K.LEFT_HIP: (0.47, 0.06),
    K.RIGHT_HIP: (0.47, -0.06),
    K.LEFT_KNEE: (0.72, 0.06),
    K.RIGHT_KNEE: (0.72, -0.06),
    K.LEFT_ANKLE: (0.96, 0.06),
    K.RIGHT_ANKLE: (0.96, -0.06),
}


@dataclass(frozen=True)
class Timings:
    letterbox_ms: float = 1.0
    invoke_ms: float = 20.0
    postprocess_ms: float = 2.0


class WhiteShapeDetector:
    """Finds one white shape; a shape higher than wide stands, another one lies."""

    def __init__(self) -> None:
        self.calls = 0
        self.misses = False

    @property
    def last_timings(self) -> Timings:
        return Timings()

    def __call__(self, image: npt.NDArray[np.uint8]) -> Poses:
        self.calls += 1
        rows, columns = np.nonzero(image[..., 0] > 180)
        if not len(rows) or self.misses:
            return Poses.empty()
        x1, y1, x2, y2 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        upright = y2 - y1 > x2 - x1
        length = float(max(y2 - y1, x2 - x1))
        joints = np.zeros((1, 17, 2), np.float32)
        for joint, (along, aside) in _JOINTS.items():
            if upright:
                joints[0, joint] = (x1 + x2) / 2 + aside * length, y1 + along * length
            else:
                joints[0, joint] = x1 + along * length, (y1 + y2) / 2 + aside * length / 3
        box = np.array([[x1, y1, x2, y2]], np.float32)
        return Poses(box, np.array([0.9], np.float32), joints, np.full((1, 17), 0.95, np.float32))


BACKGROUND = np.random.default_rng(7).integers(90, 130, (HEIGHT_PX, WIDTH_PX, 3)).astype(np.uint8)


def picture(box: Box | None) -> npt.NDArray[np.uint8]:
    image: npt.NDArray[np.uint8] = BACKGROUND.copy()
    if box is not None:
        x1, y1, x2, y2 = box
        image[y1:y2, x1:x2] = 190 + BACKGROUND[y1:y2, x1:x2] // 4
    return image


def between(start: Box, end: Box, part: float) -> Box:
    x1, y1, x2, y2 = (round(a + part * (b - a)) for a, b in zip(start, end, strict=True))
    return x1, y1, x2, y2


def standing(seconds: float) -> list[Box | None]:
    return [STANDING] * round(seconds * FPS)


def falling() -> list[Box | None]:
    return [between(STANDING, LYING, part) for part in (0.17, 0.33, 0.5, 0.67, 0.83)]


def lying(seconds: float) -> list[Box | None]:
    return [LYING] * round(seconds * FPS)


def nobody(seconds: float) -> list[Box | None]:
    return [None] * round(seconds * FPS)


def assignment(zones: tuple[Zone, ...] = (), settings: CatalogueSettings | None = None) -> Assignment:
    scene = Scene("hall", zones)
    return Assignment(scene, build_rules(settings or CatalogueSettings(), scene))


def on_trial(trial: ShadowSettings, settings: CatalogueSettings | None = None) -> Assignment:
    real = assignment(settings=settings)
    return replace(real, shadow=build_shadow(trial, real.scene))


class Rig:
    """A pipeline that is shown a film."""

    def __init__(self, *, gated: bool = True, storing: bool = True, zones: tuple[Zone, ...] = ()) -> None:
        self.detector = WhiteShapeDetector()
        self.clock = MediaClock()
        settings = PipelineSettings(gated=gated)
        self.pipeline = Pipeline(assignment(zones), settings, self.detector, self.clock, SeededIds("test"))
        self._storing = storing
        self._seq = count()

    def show(self, boxes: list[Box | None]) -> list[Outcome]:
        return list(self._outcomes(boxes))

    def events(self, boxes: list[Box | None]) -> list[Event]:
        return [event for outcome in self.show(boxes) for event in outcome.events]

    def _outcomes(self, boxes: list[Box | None]) -> Iterator[Outcome]:
        for box in boxes:
            yield self.shown(picture(box))

    def shown(self, image: npt.NDArray[np.uint8]) -> Outcome:
        seq = next(self._seq)
        self.clock.set(seq / FPS)
        outcome = self.pipeline.step(Frame("hall", seq, seq / FPS, image))
        if self._storing:
            for event in outcome.events:
                self.pipeline.stored(event)
        return outcome


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.rule, event.phase.value) for event in events]


def test_a_fall_goes_all_the_way_from_pixels_to_one_event() -> None:
    events = Rig().events(standing(2.0) + falling() + lying(4.0))
    assert told(events) == [("fall", "raised"), ("fall", "updated")]
    assert events[0].camera == "hall"
    assert events[0].observed_s == pytest.approx(2.0 + 5 / FPS + 1.0, abs=0.7)


def test_the_same_frames_give_the_same_events() -> None:
    film = standing(2.0) + falling() + lying(4.0) + standing(4.0)
    first, second = Rig().events(film), Rig().events(film)
    assert first == second
    assert told(first) == [("fall", "raised"), ("fall", "updated"), ("fall", "cleared")]


def test_a_camera_that_is_pushed_makes_nobody_fall() -> None:
    """Everything in the picture goes down by 80 px in a third of a second, and the detector misses the person then."""
    blotches = cv2.GaussianBlur(np.random.default_rng(3).normal(0.0, 1.0, (HEIGHT_PX, WIDTH_PX)), (0, 0), 8.0)
    hall = np.clip(90.0 + 30.0 * blotches / blotches.std(), 0.0, 170.0).astype(np.uint8)
    x1, y1, x2, y2 = STANDING
    hall[y1:y2, x1:x2] = 220
    image = np.repeat(hall[..., None], 3, axis=2)
    rig = Rig()
    seen = [event for _ in range(round(3.0 * FPS)) for event in rig.shown(image).events]
    for shift_px in (20, 40, 60, 80):
        seen.extend(rig.shown(np.roll(image, shift_px, axis=0)).events)
    rig.detector.misses = True
    for _ in range(round(5.0 * FPS)):
        seen.extend(rig.shown(np.roll(image, 80, axis=0)).events)
    assert [event for event in seen if event.rule != "blind"] == []


def test_a_camera_that_was_covered_is_told_as_such_and_again_when_it_sees() -> None:
    rig = Rig()
    seen = rig.events(standing(2.0))
    for _ in range(round(15.0 * FPS)):
        seen.extend(rig.shown(np.full((HEIGHT_PX, WIDTH_PX, 3), 60, np.uint8)).events)
    seen.extend(rig.events(standing(5.0)))
    assert told(seen) == [("blind", "raised"), ("blind", "cleared")]
    assert [event.evidence[0].value for event in seen] == ["covered", "recovered"]


FILM = (standing(2.0), falling(), lying(4.0), standing(4.0))
NO_FALL = CatalogueSettings(fall=FallSettings(enabled=False))


def test_a_rule_on_trial_is_counted_once_an_incident_and_changes_nothing_that_is_reported() -> None:
    film = [box for part in FILM for box in part]
    real, tried = Rig(), Rig()
    tried.pipeline.reconfigure(on_trial(ShadowSettings(fall=FallSettings())), PipelineSettings())
    outcomes = tried.show(film)
    assert [event for outcome in outcomes for event in outcome.events] == real.events(film)
    assert told([event for outcome in outcomes for event in outcome.shadowed]) == [("fall", "raised")]


@pytest.mark.parametrize(("suspect_s", "raised"), [(1.0, 1), (3.0, 1), (20.0, 0)])
def test_a_rule_that_is_off_may_be_tried_with_other_thresholds(suspect_s: float, raised: int) -> None:
    rig = Rig()
    trial = ShadowSettings(fall=FallSettings(enabled=False, suspect_s=suspect_s))
    rig.pipeline.reconfigure(on_trial(trial, NO_FALL), PipelineSettings())
    outcomes = rig.show([box for part in FILM for box in part])
    assert [event for outcome in outcomes for event in outcome.events] == []
    assert len([event for outcome in outcomes for event in outcome.shadowed]) == raised


def test_only_what_is_listed_is_tried() -> None:
    assert build_shadow(ShadowSettings(), Scene("hall", ())) == ()
    listed = ShadowSettings(bend_hold=BendHoldSettings(enter_deg=70.0), fall=FallSettings())
    assert [rule.name for rule in build_shadow(listed, Scene("hall", ()))] == ["fall", "bend_hold"]


def test_persons_counts_those_whom_the_detector_sees_now() -> None:
    outcomes = Rig().show(standing(1.0) + nobody(1.0))
    assert outcomes[0].persons == 0, "one detection is not yet a person"
    assert outcomes[int(FPS) - 1].persons == 1
    assert outcomes[-1].persons == 0


def test_while_nobody_is_there_and_nothing_moves_the_detector_looks_twice_a_second() -> None:
    rig = Rig()
    outcomes = rig.show(nobody(10.0))
    assert 18 <= rig.detector.calls <= 22
    assert sum(outcome.inferred for outcome in outcomes) == rig.detector.calls


def test_it_looks_at_once_where_something_moves() -> None:
    rig = Rig()
    rig.show(nobody(3.0))
    assert rig.show(standing(1 / FPS))[0].inferred


def test_it_never_rests_while_somebody_is_followed_however_still() -> None:
    rig = Rig()
    outcomes = rig.show(lying(20.0))
    assert all(outcome.inferred for outcome in outcomes)
    assert told([event for outcome in outcomes for event in outcome.events]) == [("man_down", "raised")]


def test_without_gating_it_looks_at_every_frame() -> None:
    rig = Rig(gated=False)
    rig.show(nobody(2.0))
    assert rig.detector.calls == round(2.0 * FPS)


def test_gating_changes_no_event() -> None:
    film = nobody(2.0) + standing(2.0) + falling() + lying(4.0)
    assert Rig().events(film) == Rig(gated=False).events(film)


@pytest.mark.parametrize("looks_hz", [9.0, 5.0])
def test_a_hot_processor_looks_less_often_and_still_finds_who_falls_and_who_lies(looks_hz: float) -> None:
    """Never blind: docs/decisions/061."""
    rig = Rig()
    rig.pipeline.slow_down(1.0 / looks_hz)
    film = standing(3.0) + falling() + lying(30.0)
    outcomes = rig.show(film)
    events = [event for outcome in outcomes for event in outcome.events]
    assert ("fall", "raised") in told(events)
    assert rig.detector.calls == pytest.approx(looks_hz * len(film) / FPS, rel=0.1)
    rested = [outcome for outcome in outcomes[int(FPS) :] if not outcome.inferred]
    assert rested
    assert all(outcome.poses is None and len(outcome.postures.people) == 1 for outcome in rested)


def test_an_event_that_is_not_stored_starts_no_cooldown() -> None:
    down_twice = (standing(4.0) + falling() + lying(2.0)) * 2
    assert told(Rig().events(down_twice)) == [("fall", "raised"), ("fall", "updated"), ("fall", "cleared")]
    assert told(Rig(storing=False).events(down_twice)).count(("fall", "raised")) == 2


def test_reconfigure_keeps_people_and_clears_what_is_not_watched_any_more() -> None:
    floor = Zone("floor", ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
    rig = Rig(zones=(floor,))
    assert told(rig.events(standing(2.0) + falling() + lying(3.0))) == [
        ("zone_entry", "raised"),
        ("fall", "raised"),
        ("fall", "updated"),
    ]
    settings = CatalogueSettings(fall=FallSettings(recovered_s=1.0))
    cleared = rig.pipeline.reconfigure(assignment(settings=settings), PipelineSettings())
    assert told(list(cleared)) == [("zone_entry", "cleared")]
    outcomes = rig.show(standing(4.0))
    assert told([event for outcome in outcomes for event in outcome.events]) == [("fall", "cleared")]


def test_timings_name_every_stage_and_add_up() -> None:
    ticks = count()
    rig = Rig()
    frame = Frame("hall", 0, 0.0, picture(STANDING))
    timings = rig.pipeline.step(frame, stopwatch_s=lambda: float(next(ticks))).timings
    assert timings.total_ms == 5000.0
    assert (timings.flow_ms, timings.track_ms, timings.posture_ms, timings.rules_ms) == (1000.0,) * 4
    assert (timings.letterbox_ms, timings.invoke_ms, timings.postprocess_ms) == (1.0, 20.0, 2.0)


def test_timings_of_the_detector_are_0_where_it_rested() -> None:
    resting = next(outcome for outcome in Rig().show(nobody(1.0)) if not outcome.inferred)
    assert (resting.timings.letterbox_ms, resting.timings.invoke_ms, resting.timings.postprocess_ms) == (0.0, 0.0, 0.0)
    assert resting.timings.total_ms > 0.0


def test_frames_of_another_size_go_on() -> None:
    rig = Rig()
    rig.show(standing(1.0))
    small = Frame("hall", 99, 9.0, np.ascontiguousarray(picture(STANDING)[::2, ::2]))
    assert rig.pipeline.step(small).events == ()
    assert rig.pipeline.step(replace(small, seq=100, t_s=9.1)).inferred


def test_strain_is_summed_up_from_nothing_once_the_camera_is_calibrated() -> None:
    rig = Rig()
    assert rig.pipeline.strain is None
    rig.show(standing(5.0))
    before = rig.pipeline.strain
    assert before is not None
    assert 3.0 < before.total_s <= 5.0
    assert not before.calibrated
    scene = replace(assignment().scene, calibration=Calibration(tilt_deg=0.0, fov_deg=60.0))
    rig.pipeline.reconfigure(Assignment(scene, build_rules(CatalogueSettings(), scene)), PipelineSettings())
    assert rig.pipeline.strain is None
    rig.show(standing(5.0))
    after = rig.pipeline.strain
    assert after is not None
    assert after.calibrated
    assert after.unscored_s < 0.5 * after.total_s


def test_strain_that_is_switched_off_is_not_summed_up() -> None:
    rig = Rig()
    rig.pipeline.reconfigure(assignment(), PipelineSettings(strain=StrainSettings(enabled=False)))
    rig.show(standing(3.0))
    assert rig.pipeline.strain is None
