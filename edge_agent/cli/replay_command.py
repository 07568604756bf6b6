"""``edge-agent replay CLIP...``: what would the agent have reported on these recordings?"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.cli.model_arguments import add_model_arguments, open_named_model
from edge_agent.errors import CaptureError, EdgeAgentError

if TYPE_CHECKING:
    from edge_agent.app.replay import ReplayLine
    from edge_agent.app.timetable import Timetable
    from edge_agent.settings.settings import CameraSettings, Settings

_EPILOG = """\
Runs the same pipeline as `edge-agent run`, as fast as it goes, without a broker; the clock is the clip's own.

With --json: a line an event (the MQTT payload, and "clip"), then a line a clip:
  {"summary": true, "clip", "frames", "fps_media", "persons_max", "events": {rule: incidents raised},
   "shadow": {rule on trial: incidents it would have raised}, "truncated",
   "ms_per_frame": {"total", "decode", "letterbox", "invoke", "postprocess", "flow", "track", "posture", "rules"}}
The times are medians in ms; "decode" is the reading of the clip, and "total" is all the rest of it together, over the
frames on which the network ran. The same clips give the same lines, but for these times.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "replay",
        help="find the events in recordings",
        description="Find the events in recordings.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="a recording that FFmpeg can read")
    add_model_arguments(parser)
    parser.add_argument("--config", type=Path, metavar="FILE", help="take zones and rules from this configuration")
    parser.add_argument("--camera", metavar="NAME", help="take the zones of this camera of it (the first one)")
    parser.add_argument(
        "--at",
        metavar="TIME",
        help="every clip began at this local time of the configuration's timezone, as in 2026-11-21T06:00: zones come "
        "and go with their shifts (without it every zone is there)",
    )
    parser.add_argument("--json", action="store_true", help="print a line of JSON an event and a clip")
    parser.set_defaults(handler=replay)


def replay(args: argparse.Namespace) -> int:
    """Play the clips in turn; 1 where one of them could not be read."""
    from edge_agent.app.replay import ReplaySettings, replay_clip
    from edge_agent.mqtt.topics import Topics
    from edge_agent.pipeline import DETECTOR_SCORE, PipelineSettings
    from edge_agent.settings.file_to_settings import load_settings
    from edge_agent.settings.settings_to_hash import config_hash

    settings = load_settings(args.config) if args.config else None
    replay_settings = ReplaySettings(
        detector=open_named_model(args, DETECTOR_SCORE),
        timetable=_timetable(settings, args.camera, timed=args.at is not None),
        topics=Topics(settings.mqtt.topic_prefix, settings.site, settings.device)
        if settings
        else Topics("edge-agent/v1", "replay", "replay"),
        pipeline=PipelineSettings(person_score=settings.model.score) if settings else PipelineSettings(),
        config_hash=config_hash(settings) if settings else "default",
        began_s=_began_s(args.at, settings),
    )
    code = 0
    for clip in args.clips:
        try:
            for line in replay_clip(clip, replay_settings):
                print(json.dumps(line.fields) if args.json else _text(line), flush=True)
        except CaptureError as fault:
            print(f"edge-agent: {fault}", file=sys.stderr)
            code = 1
    return code


def _timetable(settings: Settings | None, name: str | None, *, timed: bool) -> Timetable:
    from edge_agent.app.timetable import Timetable
    from edge_agent.rules.catalogue_settings import CatalogueSettings
    from edge_agent.rules.history import Scene
    from edge_agent.settings.time_zone import time_zone

    if settings is None:
        return Timetable((Scene("clip", ()),), CatalogueSettings(), timed=timed)
    scene = _camera(settings, name).scene
    return Timetable((scene,), settings.rules, settings.shadow, time_zone(settings.timezone), timed)


def _began_s(at: str | None, settings: Settings | None) -> float:
    """When the clips began, seconds since the Unix epoch; of a time that exists twice the first (PEP 495)."""
    from edge_agent.settings.time_zone import UTC, time_zone

    if at is None:
        return 0.0
    advice = "write the local time, as in 2026-11-21T06:00"
    try:
        local = datetime.fromisoformat(at)
    except ValueError as error:
        raise EdgeAgentError(f"--at {at}: is not a time ({advice})") from error
    if local.tzinfo is not None:
        raise EdgeAgentError(f"--at {at}: names a time zone; that of the configuration is used ({advice})")
    return local.replace(tzinfo=time_zone(settings.timezone if settings else UTC)).timestamp()


def _camera(settings: Settings, name: str | None) -> CameraSettings:
    if name is None:
        return settings.cameras[0]
    for camera in settings.cameras:
        if camera.name == name:
            return camera
    known = ", ".join(camera.name for camera in settings.cameras)
    raise EdgeAgentError(f"--camera {name}: the configuration has no such camera; it has {known}")


def _text(line: ReplayLine) -> str:
    fields, event = line.fields, line.event
    if event is None:
        raised = ", ".join(f"{rule} {count}" for rule, count in fields["events"].items())
        trial = ", ".join(f"{rule} {count}" for rule, count in fields["shadow"].items())
        raised += f"; on trial: {trial}" if trial else ""
        speed = f"{fields['ms_per_frame']['total']:.1f} ms a frame"
        return f"{fields['clip']}: {fields['frames']} frames at {fields['fps_media']:g} fps; {raised}; {speed}"
    what = f"{event.rule} {event.phase.value} ({event.severity.value})"
    return f"{fields['clip']}: {event.observed_s:7.2f} s  {what} in {event.zone}, after {event.duration_s:.1f} s"
