"""Command: renders the demonstration clip with its ground truth.

python -m edge_agent.models.training.render.demo_clip --out DIR --seed S
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import PersonLabel
from edge_agent.models.training.render.demo_hall import demo_camera, demo_hall, demo_light
from edge_agent.models.training.render.demo_script import DURATION_S, ZONE_M, Actor, faller, in_zone, lifter, trunk_deg
from edge_agent.models.training.render.picture import Stage, render
from edge_agent.models.training.render.sensor import Sensor, light_to_picture, well_exposed_gain
from edge_agent.models.training.render.signs import wall_pictures
from edge_agent.models.training.scene.mesh import PosedPerson

FPS = 15
BENT_DEG = 60.0
"""From this trunk angle on, a person counts as bent (ISO 11226: trunk inclination over 60 deg is not recommended)."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something the agent should report.

    Attributes:
        kind: `zone_entry`, `bend`, `fall` or `man_down`.
        track_id: of the person.
        start_s: when it starts.
        end_s: when it is over; the clip's end if it is not.
    """

    kind: str
    track_id: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class FrameTruth:
    """The persons of one frame."""

    frame: int
    t_s: float
    persons: tuple[PersonLabel, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The persons in the world at one frame's time."""

    t_s: float
    persons: tuple[PosedPerson, ...]


def moments(actors: tuple[Actor, ...]) -> Iterator[Moment]:
    """All frames' persons in order."""
    for frame in range(round(DURATION_S * FPS)):
        t_s = frame / FPS
        yield Moment(t_s, tuple(actor.at(t_s, index) for index, actor in enumerate(actors)))


def scripted_incidents(frames: list[Moment]) -> tuple[Incident, ...]:
    """What happens, from the bodies in the world: when each state starts and ends."""
    incidents: list[Incident] = []
    for index in range(len(frames[0].persons)):
        people = [moment.persons[index] for moment in frames]
        actions = [person.action for person in people]
        states = {
            "zone_entry": [in_zone(person.keypoints_m) for person in people],
            "bend": [trunk_deg(p.keypoints_m) > BENT_DEG and p.action in {"bend", "lift"} for p in people],
            "fall": [action in {"trip", "slip", "collapse"} for action in actions],
            "man_down": [action == "lie" for action in actions],
        }
        for kind, state in states.items():
            incidents += [Incident(kind, index + 1, start / FPS, end / FPS) for start, end in _runs(state)]
    return tuple(sorted(incidents, key=lambda incident: incident.start_s))


def _runs(state: list[bool]) -> list[tuple[int, int]]:
    """First and one past the last index of every run of true values."""
    edges = np.flatnonzero(np.diff(np.array([False, *state, False]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def zone_polygon() -> list[tuple[float, float]]:
    """The zone's corners as fractions of the picture's width and height."""
    camera = demo_camera()
    corners = camera.project(np.array([[x, y, 0.0] for x, y in ZONE_M]))
    return [(round(x / camera.width_px, 4), round(y / camera.height_px, 4)) for x, y, _ in corners]


class Encoder:
    """Pipes RGB pictures into ffmpeg (H.264, yuv420p, fast start)."""

    def __init__(self, program: str, path: Path, crf: int) -> None:
        camera = demo_camera()
        size = f"{camera.width_px}x{camera.height_px}"
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(FPS), "-i", "-"]
        coding = [
            "-c:v",
            "libx264",
            "-preset",
            "slow",
            "-crf",
            str(crf),
            "-pix_fmt",
            "yuv420p",
            "-movflags",
            "+faststart",
        ]
        command = [program, "-y", "-loglevel", "error", *source, *coding, str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603

    def write(self, picture: npt.NDArray[np.uint8]) -> None:
        """Adds one picture, uint8 `(H, W, 3)`, RGB."""
        assert self._process.stdin is not None
        self._process.stdin.write(picture.tobytes())

    def close(self) -> None:
        """Finishes the file.

        Raises:
            OSError: ffmpeg failed.
        """
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.wait() != 0:
            raise OSError("ffmpeg failed: its message is above")


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """How to render the clip.

    Attributes:
        out: folder for `clip.mp4` and `ground_truth.json`.
        seed: of the workers, the furniture and the noise.
        oversampling: rendered pixels a picture's pixel and side.
        every: only every so many frames are rendered and then repeated, for a look at the story.
        ffmpeg: the program.
        crf: x264's quality; lower is better and larger.
    """

    out: Path
    seed: int
    oversampling: float
    every: int
    ffmpeg: str
    crf: int


def render_clip(order: ClipOrder) -> None:
    """Renders, encodes and writes the ground truth.

    Raises:
        OSError: ffmpeg failed or the folder cannot be written.
    """
    order.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(order.seed)
    frames = list(moments((lifter(rng), faller(rng))))
    stage = Stage(demo_camera(), (), demo_hall(rng), demo_light(), wall_pictures(rng))
    encoder = Encoder(order.ffmpeg, order.out / "clip.mp4", order.crf)
    truths: list[FrameTruth] = []
    gain = 0.0
    for number, moment in enumerate(frames):
        if number % order.every == 0:
            light, labels = render(replace(stage, persons=moment.persons), order.oversampling)
            gain = gain or well_exposed_gain(light)
        sensor = Sensor(gain=gain, shot_noise=0.006, read_noise=0.0015, contrast=1.1, vignette=0.2, defocus_px=0.35)
        encoder.write(light_to_picture(rng, light, sensor))
        truths.append(FrameTruth(number, round(moment.t_s, 4), labels.persons))
        if number % (5 * FPS) == 0:
            sys.stdout.write(f"frame {number} of {len(frames)}\n")
            sys.stdout.flush()
    encoder.close()
    _write_truth(order.out / "ground_truth.json", truths, scripted_incidents(frames))


def _write_truth(path: Path, truths: list[FrameTruth], incidents: tuple[Incident, ...]) -> None:
    camera = demo_camera()
    truth = {
        "fps": FPS,
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        "zone": zone_polygon(),
        "incidents": [asdict(incident) for incident in incidents],
        "frames": [asdict(frame) for frame in truths],
    }
    path.write_text(json.dumps(truth, separators=(",", ":")) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Renders the clip as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(description="Renders the demonstration clip and its ground truth.")
    parser.add_argument("--out", type=Path, required=True, help="folder for clip.mp4 and ground_truth.json")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--oversampling", type=float, default=2.0)
    parser.add_argument("--every", type=int, default=1, help="render only every so many frames, for a quick look")
    parser.add_argument("--ffmpeg", default=shutil.which("ffmpeg"), help="path of ffmpeg, if it is not on the PATH")
    parser.add_argument("--crf", type=int, default=26)
    options = parser.parse_args(arguments)
    if options.ffmpeg is None:
        parser.error("ffmpeg is not on the PATH: install it or give --ffmpeg")
    render_clip(ClipOrder(options.out, options.seed, options.oversampling, options.every, options.ffmpeg, options.crf))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
