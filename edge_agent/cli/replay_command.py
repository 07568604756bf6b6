"""``edge-agent replay FILE...``: what would the agent have reported on these recordings?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_agent.cli.model_arguments import add_model_arguments, open_named_model
from edge_agent.errors import CaptureError, EdgeAgentError, PostureLogError

if TYPE_CHECKING:
    from edge_agent.app.replay import ReplayLine
    from edge_agent.app.timetable import Timetable
    from edge_agent.mqtt.topics import Topics
    from edge_agent.posture_log.recording import Recording
    from edge_agent.settings.settings import CameraSettings, Settings

_EPILOG = """\
Clips run through the same pipeline as in `edge-agent run`, as fast as it goes, without a broker; the clock is the
clip's own. Posture logs (`posture_log.enabled`; files, or directories of them) are numbers: only the rules run on them,
without a model. Parts of one run and camera are replayed together.

With --json: a line an event (the MQTT payload, and "clip"), then a line a clip:
  {"summary": true, "clip", "frames", "fps_media", "persons_max", "events": {rule: incidents raised},
   "shadow": {rule on trial: incidents it would have raised},
   "strain": as in `health` (docs/ergonomics.md), or null where nobody was in view, "truncated",
   "ms_per_frame": {"total", "decode", "letterbox", "invoke", "postprocess", "flow", "track", "posture", "rules"}}
The times are medians in ms; "decode" is the reading of the clip, and "total" is all the rest of it together, over the
frames on which the network ran. The same clips give the same lines, but for these times.
After the clips, a line a recorded camera and run:
  {"summary": true, "clip", "parts", "camera", "from", "to", "frames", "persons_max", "observed_h", "with_people_h",
   "events", "shadow", "events_per_h", "shadow_per_h", "truncated"}
Hours are those in which frames came; per hour is per observed hour.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "replay",
        help="find the events in recordings",
        description="Find the events in recordings: clips, or posture logs.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "clips", nargs="+", metavar="FILE", help="a clip that FFmpeg can read, a posture log, or a directory of these"
    )
    add_model_arguments(parser)
    parser.add_argument("--config", type=Path, metavar="FILE", help="take zones and rules from this configuration")
    parser.add_argument(
        "--camera",
        metavar="NAME",
        help="take the zones of this camera of it (for a clip the first one, for a posture log the one of that name)",
    )
    parser.add_argument(
        "--at",
        metavar="TIME",
        help="every clip began at this local time of the configuration's timezone, as in 2026-11-21T06:00: zones come "
        "and go with their shifts (without it every zone is there; a posture log knows its time)",
    )
    parser.add_argument("--json", action="store_true", help="print a line of JSON an event and a clip")
    parser.set_defaults(handler=replay)


def replay(args: argparse.Namespace) -> int:
    """Play the clips in turn, then the posture logs; 1 where one of them could not be read."""
    from edge_agent.posture_log.recording import is_posture_log, recordings_in
    from edge_agent.settings.file_to_settings import load_settings

    settings = load_settings(args.config) if args.config else None
    logs = [path for path in args.clips if is_posture_log(Path(path))]
    clips = [path for path in args.clips if path not in logs]
    output = _Output(as_json=args.json)
    if clips:
        _replay_clips(clips, settings, args, output)
    for recording in recordings_in(map(Path, logs), output.complain):
        try:
            for line in _recorded_lines(recording, settings, args.camera, output):
                output.show(line)
        except PostureLogError as fault:
            output.complain(fault)
    return output.code


class _Output:
    """What is printed, and the exit code that comes of it."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.code = 0

    def show(self, line: ReplayLine) -> None:
        """Print an event or a summary."""
        print(json.dumps(line.fields) if self._as_json else _text(line), flush=True)

    def complain(self, fault: EdgeAgentError) -> None:
        """Tell of a file that cannot be read; the others go on."""
        print(f"edge-agent: {' '.join(str(fault).split())}", file=sys.stderr)
        self.code = 1


def _replay_clips(clips: list[str], settings: Settings | None, args: argparse.Namespace, output: _Output) -> None:
    from edge_agent.app.replay import ReplaySettings, replay_clip
    from edge_agent.pipeline import DETECTOR_SCORE, PipelineSettings

    replay_settings = ReplaySettings(
        detector=open_named_model(args, DETECTOR_SCORE),
        timetable=_timetable(settings, args.camera, timed=args.at is not None),
        topics=_topics(settings),
        pipeline=PipelineSettings(person_score=settings.model.score, strain=settings.strain)
        if settings
        else PipelineSettings(),
        config_hash=_config_hash(settings),
        began_s=_began_s(args.at, settings),
    )
    for clip in clips:
        try:
            for line in replay_clip(clip, replay_settings):
                output.show(line)
        except CaptureError as fault:
            output.complain(fault)


def _recorded_lines(
    recording: Recording, settings: Settings | None, camera: str | None, output: _Output
) -> Iterator[ReplayLine]:
    from edge_agent.app.replay_postures import PostureReplaySettings, replay_recording
    from edge_agent.app.timetable import Timetable
    from edge_agent.rules.catalogue_settings import CatalogueSettings
    from edge_agent.rules.history import Scene

    header = recording.header
    if settings is None:
        timetable = Timetable((Scene(header.camera, (), header.calibration),), CatalogueSettings())
    else:
        known = [each.name for each in settings.cameras]
        if camera is None and header.camera not in known:
            raise PostureLogError(
                f"{recording.parts[0].path}: was recorded by camera {header.camera}, and the configuration has "
                f"{', '.join(known)}; name one with --camera"
            )
        timetable = _timetable(settings, camera or header.camera, timed=True)
    how = PostureReplaySettings(timetable, _topics(settings), _config_hash(settings))
    return replay_recording(recording, how, output.complain)


def _topics(settings: Settings | None) -> Topics:
    from edge_agent.mqtt.topics import Topics

    if settings is None:
        return Topics("edge-agent/v1", "replay", "replay")
    return Topics(settings.mqtt.topic_prefix, settings.site, settings.device)


def _config_hash(settings: Settings | None) -> str:
    from edge_agent.settings.settings_to_hash import config_hash

    return config_hash(settings) if settings else "default"


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
        return _recorded_text(fields) if "parts" in fields else _clip_text(fields)
    what = f"{event.rule} {event.phase.value} ({event.severity.value})"
    return f"{fields['clip']}: {line.when}  {what} in {event.zone}, after {event.duration_s:.1f} s"


def _clip_text(fields: dict[str, Any]) -> str:
    raised = ", ".join(f"{rule} {count}" for rule, count in fields["events"].items())
    trial = ", ".join(f"{rule} {count}" for rule, count in fields["shadow"].items())
    raised += f"; on trial: {trial}" if trial else ""
    speed = f"{fields['ms_per_frame']['total']:.1f} ms a frame"
    return f"{fields['clip']}: {fields['frames']} frames at {fields['fps_media']:g} fps; {raised}; {speed}"


def _recorded_text(fields: dict[str, Any]) -> str:
    raised = _rates_text(fields["events"], fields["events_per_h"])
    trial = _rates_text(fields["shadow"], fields["shadow_per_h"])
    raised += f"; on trial: {trial}" if trial else ""
    parts = "1 part" if fields["parts"] == 1 else f"{fields['parts']} parts"
    place = f"{fields['clip']} ({parts}, camera {fields['camera']})"
    span = f"{fields['from']} to {fields['to']}"
    hours = f"{fields['observed_h']:.2f} h observed, {fields['with_people_h']:.2f} h of them with people"
    return f"{place}: {span}; {hours}; {raised}"


def _rates_text(counts: dict[str, int], per_h: dict[str, float]) -> str:
    rates = {rule: f" ({per_h[rule]:.2g}/h)" if count and rule in per_h else "" for rule, count in counts.items()}
    return ", ".join(f"{rule} {count}{rates[rule]}" for rule, count in counts.items())
