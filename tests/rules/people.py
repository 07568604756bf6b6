"""People made of numbers: bodies in stances, films of them at any frame rate, and a camera that the rules watch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from edge_agent.clock import MediaClock
from edge_agent.data.calibration import Calibration
from edge_agent.data.event import Event, Evidence, Phase
from edge_agent.data.posture import Band, Measure, Point, Posture, Postures
from edge_agent.data.track import TrackState
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.ids import SeededIds
from edge_agent.posture import evidence
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import FrameSize, Scene
from edge_agent.rules.posture_to_event import PostureToEvent

WIDTH_PX, HEIGHT_PX = 640, 480
SIZE = FrameSize(WIDTH_PX, HEIGHT_PX)
H_PX = 200.0
LEVEL = Calibration(tilt_deg=0.0, fov_deg=60.0)
_SURE = 0.95
_TRUNK_H, _HEAD_H = 0.288, 0.182  # hip to shoulder, shoulder to crown (Drillis and Contini)


@dataclass(frozen=True, slots=True)
class Body:
    """How somebody holds the body.

    Attributes:
        hips_h: Hips above the ankles, in H.
        trunk_deg: Inclination of the trunk.
        width_h: Width of the box, in H.
        x_px: Where in the frame the ankles are.
        floor_y_px: Likewise.
        feet_seen: Whether the ankles are in view.
        motion_h_s: Optical flow on the person.
    """

    hips_h: float
    trunk_deg: float
    width_h: float
    x_px: float = 320.0
    floor_y_px: float = 400.0
    feet_seen: bool = True
    motion_h_s: float = 0.02

    def at(self, x_px: float, floor_y_px: float = 400.0) -> Body:
        """The same, elsewhere."""
        return replace(self, x_px=x_px, floor_y_px=floor_y_px)


STANDING = Body(0.49, 5.0, 0.3)
ON_CHAIR = Body(0.27, 10.0, 0.45)
SQUATTING = Body(0.12, 30.0, 0.45)
BENT = Body(0.47, 75.0, 0.65)
LYING = Body(0.05, 88.0, 1.0)
JUMPING = Body(0.62, 5.0, 0.35)


def posture(
    body: Body, t_s: float, *, track_id: int = 1, before: Body | None = None, dt_s: float = 0.1, unseen_s: float = 0.0
) -> Posture:
    """What the posture stage makes of a body that was `before` one frame earlier."""
    before = before or body
    hips_y, shoulders_y = _hips_y_px(body), _shoulders_y_px(body)
    shoulders_x = body.x_px + H_PX * _TRUNK_H * math.sin(math.radians(body.trunk_deg))
    sure = _SURE * math.exp(-unseen_s / 1.5)
    hip_height = Measure(body.hips_h, sure) if body.feet_seen and sure >= 0.5 else Measure(0.0, 0.0)
    trunk = Measure(body.trunk_deg, sure)
    top = min(shoulders_y - H_PX * _HEAD_H * math.cos(math.radians(body.trunk_deg)), hips_y) - 0.08 * H_PX
    half = body.width_h * H_PX / 2.0
    box = (body.x_px - half, top, body.x_px + half, body.floor_y_px + 0.04 * H_PX)
    unknown = Measure(0.0, 0.0)
    return Posture(
        track_id=track_id,
        state=TrackState.LOST if unseen_s else TrackState.CONFIRMED,
        t_s=t_s,
        score=0.9,
        unseen_s=unseen_s,
        body_height_px=Measure(H_PX, 1.0),
        box_px=box,
        foot=Point(body.x_px, body.floor_y_px, sure if body.feet_seen else 0.0),
        hips=Point(body.x_px, hips_y, sure),
        shoulders=Point(shoulders_x, shoulders_y, sure),
        left_wrist=Point(body.x_px - 0.1 * H_PX, hips_y, sure),
        right_wrist=Point(body.x_px + 0.1 * H_PX, hips_y, sure),
        trunk_inclination_deg=trunk,
        trunk_rate_deg_s=Measure((body.trunk_deg - before.trunk_deg) / dt_s, sure),
        neck_flexion_deg=unknown,
        left_knee_deg=unknown,
        right_knee_deg=unknown,
        left_elbow_deg=unknown,
        right_elbow_deg=unknown,
        left_upper_arm_deg=unknown,
        right_upper_arm_deg=unknown,
        hip_height_h=hip_height,
        hip_descent_h_s=Measure((hips_y - _hips_y_px(before)) / H_PX / dt_s, sure),
        extent_h=Measure((box[3] - box[1]) / H_PX, 0.9),
        lying=evidence.lying(trunk, hip_height),
        upright=evidence.upright(trunk, hip_height),
        crouching=evidence.crouching(trunk, hip_height),
        motion_h_s=body.motion_h_s,
        trunk_band_deg=Band(body.trunk_deg, body.trunk_deg),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """So many seconds of a film: from one body to another, or staying."""

    seconds: float
    start: Body
    end: Body


def stays(body: Body, seconds: float) -> Part:
    """Hold a stance."""
    return Part(seconds, body, body)


def film(*parts: Part, fps: float = 10.0, from_s: float = 0.0, track_id: int = 1) -> list[Posture]:
    """The postures of one person, a frame at a time."""
    length_s = sum(part.seconds for part in parts)
    shots: list[Posture] = []
    before: Body | None = None
    for index in range(int(length_s * fps + 1e-6)):
        body = _body_at(parts, index / fps)
        shots.append(posture(body, from_s + index / fps, track_id=track_id, before=before, dt_s=1.0 / fps))
        before = body
    return shots


def carried(last: Posture, seconds: float, fps: float = 10.0) -> list[Posture]:
    """What optical flow makes of somebody whom the detector lost: everything stays, the joints fade."""
    return [_faded(last, (index + 1) / fps) for index in range(round(seconds * fps))]


def together(*films: Sequence[Posture]) -> Iterator[tuple[float, tuple[Posture, ...]]]:
    """Several persons' films as frames."""
    frames: dict[float, list[Posture]] = {}
    for shots in films:
        for shot in shots:
            frames.setdefault(round(shot.t_s, 6), []).append(shot)
    for t_s in sorted(frames):
        yield t_s, tuple(sorted(frames[t_s], key=lambda shot: shot.track_id))


@dataclass(slots=True)
class Camera:
    """The rules of one camera, with an outbox that stores at once unless told otherwise."""

    zones: tuple[Zone, ...] = ()
    settings: CatalogueSettings = field(default_factory=CatalogueSettings)
    storing: bool = True
    calibration: Calibration | None = LEVEL
    events: list[Event] = field(default_factory=list)
    clock: MediaClock = field(default_factory=MediaClock)
    rules: PostureToEvent = field(init=False)

    def __post_init__(self) -> None:
        scene = Scene("hall", self.zones, self.calibration)
        self.rules = PostureToEvent(scene, build_rules(self.settings, scene), self.clock, SeededIds("test"))

    def watch(self, *films: Sequence[Posture]) -> list[Event]:
        """Show persons to the rules; what happened."""
        return self.see(together(*films))

    def see(self, frames: Iterable[tuple[float, tuple[Posture, ...]]]) -> list[Event]:
        """Show frames to the rules; what happened."""
        seen: list[Event] = []
        for t_s, people in frames:
            self.clock.set(t_s)
            for event in self.rules(Postures("hall", t_s, WIDTH_PX, HEIGHT_PX, people)):
                seen.append(event)
                if self.storing:
                    self.rules.stored(event)
        self.events.extend(seen)
        return seen

    def empty(self, from_s: float, seconds: float, fps: float = 10.0) -> list[Event]:
        """Show frames without anybody."""
        return self.see((from_s + index / fps, ()) for index in range(round(seconds * fps)))


def told(events: Iterable[Event], rule: str | None = None) -> list[tuple[str, str]]:
    """Rule and phase of events, of one rule or of all."""
    return [(event.rule, event.phase.value) for event in events if rule in (None, event.rule)]


def raised(events: Iterable[Event], rule: str) -> list[Event]:
    """Incidents of a rule."""
    return [event for event in events if event.rule == rule and event.phase is Phase.RAISED]


def value(event: Event, name: str) -> float | str | None:
    """One piece of an event's evidence."""
    return next((item.value for item in event.evidence if item.name == name), None)


def names(items: Iterable[Evidence]) -> set[str]:
    """Names of evidence."""
    return {item.name for item in items}


def zone(name: str, x1: float, y1: float, x2: float, y2: float, kind: ZoneKind = ZoneKind.RESTRICTED) -> Zone:
    """A rectangle in frame pixels."""
    corners = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    return Zone(name, tuple((x / WIDTH_PX, y / HEIGHT_PX) for x, y in corners), kind)


def _faded(last: Posture, unseen_s: float) -> Posture:
    fade = math.exp(-unseen_s / 1.5)

    def less(measure: Measure) -> Measure:
        return Measure(measure.value, measure.confidence * fade)

    return replace(
        last,
        t_s=last.t_s + unseen_s,
        unseen_s=unseen_s,
        state=TrackState.LOST,
        foot=last.foot._replace(confidence=last.foot.confidence * fade),
        hips=last.hips._replace(confidence=last.hips.confidence * fade),
        shoulders=last.shoulders._replace(confidence=last.shoulders.confidence * fade),
        trunk_inclination_deg=less(last.trunk_inclination_deg),
        trunk_rate_deg_s=Measure(0.0, 0.0),
        hip_height_h=less(last.hip_height_h) if fade >= 0.5 else Measure(0.0, 0.0),
        hip_descent_h_s=Measure(0.0, 0.0),
        lying=less(last.lying),
        upright=less(last.upright),
        motion_h_s=0.01,
    )


def _hips_y_px(body: Body) -> float:
    return body.floor_y_px - body.hips_h * H_PX


def _shoulders_y_px(body: Body) -> float:
    return _hips_y_px(body) - _TRUNK_H * H_PX * math.cos(math.radians(body.trunk_deg))


def _body_at(parts: Sequence[Part], t_s: float) -> Body:
    for part in parts:
        if t_s < part.seconds - 1e-9:
            return _between(part.start, part.end, t_s / part.seconds)
        t_s -= part.seconds
    return parts[-1].end


def _between(start: Body, end: Body, part: float) -> Body:
    def mix(a: float, b: float) -> float:
        return a + part * (b - a)

    return Body(
        hips_h=mix(start.hips_h, end.hips_h),
        trunk_deg=mix(start.trunk_deg, end.trunk_deg),
        width_h=mix(start.width_h, end.width_h),
        x_px=mix(start.x_px, end.x_px),
        floor_y_px=mix(start.floor_y_px, end.floor_y_px),
        feet_seen=start.feet_seen,
        motion_h_s=start.motion_h_s if start == end else 0.5,
    )
