"""Does a camera give frames, how many, and can anything be seen on them?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_agent.app.doctor.check_model import FEWEST_FPS, GOOD_FPS, asked_fps
from edge_agent.app.doctor.check_permissions import only_for_the_service
from edge_agent.app.doctor.finding import Finding, failed, passed, warned
from edge_agent.app.doctor.v4l2_facts import V4l2Facts, read_facts
from edge_agent.capture.image_to_bgr import image_to_bgr
from edge_agent.capture.source import Source
from edge_agent.capture.source_settings import ClipSettings, CsiSettings, StreamSettings, V4l2Settings
from edge_agent.capture.source_table import source_for
from edge_agent.data.frame import Frame
from edge_agent.data.sight import SightFault
from edge_agent.errors import CaptureError, EndOfClip
from edge_agent.flow.frame_to_flow import FrameToFlow
from edge_agent.flow.grey_to_sight import GreyToSight
from edge_agent.runtime.secret_file import SecretSource
from edge_agent.settings.settings import CameraSettings

# The first frames come while the camera settles; then so many seconds are counted.
_SETTLE_S, _COUNT_S = 1.0, 3.0
_MOST_FRAMES = 600
# Our own: a fifth fewer frames than asked for is what long exposure in weak light makes of 15.
_ENOUGH = 0.8
# Our own, of the reduced grey picture: a window or a lamp is a tenth of it.
_CLIPPED, _MOST_CLIPPED = 250, 0.25
_DIM = 40.0
_SIGHT_STEP = {
    SightFault.DARK: "switch on the light or lengthen the exposure; take off the lens cap",
    SightFault.COVERED: "clean the lens and take away what covers it",
    SightFault.DEFOCUSED: "turn the lens until edges are sharp; switch autofocus off, which hunts on machines",
    SightFault.FROZEN: "restart the camera: it repeats one picture",
    SightFault.MOVED: "let nothing large stand before the camera, and run the doctor again",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What some seconds of a camera showed.

    Attributes:
        fps: Frames a second.
        width_px: Of the last frame.
        height_px: Likewise.
        brightness: Median of the grey picture, 0..255.
        clipped: Share of it that is white, 0..1.
        fault: Why nobody could be seen; None where nothing is wrong.
    """

    fps: float
    width_px: int
    height_px: int
    brightness: float
    clipped: float
    fault: SightFault | None


def check_camera(
    camera: CameraSettings, *, beside_agent: bool, now_s: Callable[[], float] = time.monotonic
) -> Iterator[Finding]:
    """Everything about one camera.

    Args:
        camera: Of the settings.
        beside_agent: An agent runs, and has the camera.
        now_s: Monotonic seconds.
    """
    check, source = f"camera {camera.name}", camera.source
    if isinstance(source, V4l2Settings):
        try:
            facts = read_facts(source.device)
        except CaptureError as error:
            yield failed(check, str(error), "plug it in, see `v4l2-ctl --list-devices`, and be in the group video")
            return
        yield from driver_findings(check, source, facts)
        if facts.busy or not facts.captures:
            yield from _taken(check, source.device, beside_agent=beside_agent) if facts.busy else ()
            return
    if isinstance(source, CsiSettings) and beside_agent:
        yield from _taken(check, f"CSI camera {source.index}", beside_agent=True)
        return
    if isinstance(source, StreamSettings):
        secret = SecretSource(check, source.password_file, source.password_credential)
        if only_for_the_service(secret):
            yield warned(
                check,
                "not opened: its password is a systemd credential, which the service alone is given",
                "see `fps` in `health`, or `journalctl -u edge-agent`",
            )
            return
    yield from _frames(check, camera, beside_agent=beside_agent, now_s=now_s)


def driver_findings(check: str, source: V4l2Settings, facts: V4l2Facts) -> Iterator[Finding]:
    """Formats, exposure and focus, as the driver tells them."""
    if not facts.captures:
        yield failed(
            check,
            f"{source.device} ({facts.name}) gives metadata and no pictures",
            "name the camera's other node, see `v4l2-ctl --list-devices`",
        )
        return
    has_mjpg = any(each.startswith("MJPG") for each in facts.formats)
    text = f"{facts.name}: {'; '.join(facts.formats) or 'tells no formats'}"
    step = "a camera with MJPG gives more frames over USB 2"
    yield passed(check, text) if has_mjpg or not facts.formats else warned(check, f"{text}; no MJPG", step)
    controls = facts.controls
    if controls:
        yield passed(check, ", ".join(f"{name} {value}" for name, value in controls.items()))
    if controls.get("exposure_may_lower_fps"):
        step = f"v4l2-ctl -d {source.device} -c exposure_dynamic_framerate=0"
        yield warned(check, "lengthens its exposure in weak light, which takes away frames", step)
    if controls.get("focus_auto"):
        step = f"v4l2-ctl -d {source.device} -c focus_automatic_continuous=0, then set the focus by hand"
        yield warned(check, "autofocus is on: it hunts when people pass, and nobody can be seen meanwhile", step)


def sample(source: Source, now_s: Callable[[], float]) -> Sample:
    """Some seconds of frames.

    Raises:
        CaptureError: The source gives none.
    """
    stamps: list[float] = []
    sight, flow = GreyToSight(), FrameToFlow()
    fault: SightFault | None = None
    frame: Frame | None = None
    began_s = now_s()
    while len(stamps) < _MOST_FRAMES and (not stamps or now_s() - began_s < _SETTLE_S + _COUNT_S):
        try:
            reading = source.read()
        except EndOfClip:
            break
        t_s = now_s() if reading.media_s is None else reading.media_s
        frame = Frame("doctor", len(stamps), t_s, image_to_bgr(reading.image))
        stamps.append(t_s)
        flow(frame)
        fault = sight(flow.grey, t_s).fault
    if frame is None:
        raise CaptureError("it has no frame")
    grey = flow.grey
    return Sample(
        _fps(stamps),
        frame.width_px,
        frame.height_px,
        float(np.median(grey)),
        float(np.count_nonzero(grey >= _CLIPPED)) / grey.size,
        fault,
    )


def _frames(check: str, camera: CameraSettings, *, beside_agent: bool, now_s: Callable[[], float]) -> Iterator[Finding]:
    try:
        source = source_for(camera.source)
        try:
            source.open()
            seen = sample(source, now_s)
        finally:
            source.close()
    except CaptureError as error:
        if beside_agent:
            step = "see `fps` in `health`; some cameras serve one client only"
            yield warned(check, f"gives the doctor no frame beside the running agent: {error}", step)
        else:
            yield failed(check, str(error), "do what the text says, then run the doctor again")
        return
    yield _rate(check, camera, seen)
    yield from _look(check, seen)


def _rate(check: str, camera: CameraSettings, seen: Sample) -> Finding:
    asked = asked_fps(camera.source)
    text = f"{seen.width_px}x{seen.height_px} at {seen.fps:.1f} frames a second"
    text += f", {asked:g} asked for" if asked else ""
    step = "more light, a shorter exposure, MJPG, a smaller picture, or another USB port"
    if isinstance(camera.source, ClipSettings):
        return passed(check, f"{text}: a recording, {Path(camera.source.path).name}")
    if seen.fps < FEWEST_FPS:
        return failed(check, f"{text}: falls are missed", step)
    if seen.fps < _ENOUGH * (asked or GOOD_FPS):
        return warned(check, text, step)
    return passed(check, text)


def _look(check: str, seen: Sample) -> Iterator[Finding]:
    light = f"median brightness {seen.brightness:.0f} of 255, {100 * seen.clipped:.0f} % white"
    if seen.fault is not None:
        yield failed(check, f"the picture is {seen.fault.value} ({light})", _SIGHT_STEP[seen.fault])
        return
    if seen.clipped > _MOST_CLIPPED:
        yield warned(check, f"over-exposed: {light}", "shorten the exposure, or turn the camera away from the window")
    elif seen.brightness < _DIM:
        yield warned(check, f"dim: {light}", "more light, or a longer exposure as long as the frame rate holds")
    else:
        yield passed(check, f"exposed and in focus: {light}")


def _taken(check: str, what: str, *, beside_agent: bool) -> Iterator[Finding]:
    if beside_agent:
        yield passed(check, f"{what} is in use, as it should be: an agent runs; its real rate is `fps` in `health`")
    else:
        yield failed(check, f"{what} is in use by another program", f"find it with `sudo fuser -v {what}` and end it")


def _fps(stamps: list[float]) -> float:
    """Over what came after the camera had settled."""
    settled = [t_s for t_s in stamps if t_s - stamps[0] >= _SETTLE_S]
    chosen = settled if len(settled) > 1 else stamps
    span_s = chosen[-1] - chosen[0]
    return (len(chosen) - 1) / span_s if span_s > 0.0 else 0.0
