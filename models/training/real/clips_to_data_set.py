"""Turns real clips into a data set: the teacher's joints, cleaned over time.

    python -m edge_agent.models.training.real.clips_to_data_set --shared ../shared --out DIR

Of UP-Fall only camera 1 and trial 1 (`*_t1_c1.mp4`) are for training; the second camera and the second trial are held
out for tests, and so is `worker-zone.gif`.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge_agent.models.training.labels import ABSENT, OCCLUDED, VISIBLE, PersonLabel, PictureLabel, write_labels
from edge_agent.models.training.real.blazepose_models import BlazePose, Picture
from edge_agent.models.training.real.clip_frames import Box, moving_boxes, read_frames, still_scene
from edge_agent.models.training.real.people_in_clip import ClipRules, PersonTrack, follow, joint_track
from edge_agent.models.training.real.person_extent import box_of, clip_box, mask_in_picture
from edge_agent.models.training.real.teacher import LEAST_JOINTS, LEAST_VISIBILITY, TaughtPerson, Teacher
from edge_agent.models.training.real.temporal_filter import JointTrack

EVERY: Final = 3
"""Of slow motion every third frame, for the ones between differ little."""

BEFORE_FALL_S: Final = 0.75
"""From here before a fall on every frame counts."""

LEAST_TRUNK_PX: Final = 60.0
"""Of UP-Fall's actor; it drops passers-by behind the glass, who are smaller. Set by eye, on a few frames."""

ALL_TURNS_DEG: Final = (0, 90, 180, 270)
UNFIT: Final = ("bicycle", "classroom")
"""Persons of 15 px, and persons behind tables, whom the teacher mixes with each other."""

LYING_ACTIVITY: Final = "laying"


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip and how to label it.

    Attributes:
        path: the file.
        rules: how to look for its persons.
        action: what its person does, empty for several persons.
        dense_from_s: from here on every frame is labelled; none where every third is enough.
    """

    path: Path
    rules: ClipRules
    action: str = ""
    dense_from_s: float | None = None


def clips_for_training(shared: Path) -> list[Clip]:
    """The clips that may be trained on.

    Raises:
        FileNotFoundError: the folder lacks the clips.
    """
    folder = shared / "clips" / "upfall"
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["clip"].endswith("_t1_c1.mp4")]
    several = ClipRules(turns_deg=(0,), tiles=(1, 2), least_size_px=18.0, least_score=0.65)
    gifs = [
        path
        for path in sorted((shared / "train" / "people").glob("*.gif"))
        if not any(name in path.name for name in UNFIT)
    ]
    gifs.append(shared / "clips" / "factory" / "store-aisle.gif")
    return [_upfall_clip(folder, row) for row in rows] + [Clip(path=path, rules=several) for path in gifs]


def label_clip(teacher: Teacher, clip: Clip, out: Path) -> Iterator[PictureLabel]:
    """Labels one clip and writes its pictures under `out/images`."""
    frames, rate_per_s = read_frames(clip.path)
    chosen = chosen_frames(len(frames), rate_per_s=rate_per_s, dense_from_s=clip.dense_from_s)
    frames = [frames[index] for index in chosen]
    still = still_scene(frames)
    tracks = follow(teacher, frames, clip.rules)
    joints = [joint_track(track, len(frames), least_score=clip.rules.least_score) for track in tracks]
    for index, frame in enumerate(frames):
        persons, ignore_px = _persons(frame, index, tracks, joints, action=clip.action)
        if not persons:
            continue
        if clip.rules.alone:
            ignore_px += moving_boxes(frame, still, except_px=[person.box_px for person in persons])
        else:
            # Of several persons, who hide each other, the teacher may have missed one.
            ignore_px = [(0.0, 0.0, float(frame.shape[1]), float(frame.shape[0]))]
        height_px, width_px = frame.shape[:2]
        name = f"images/{clip.path.stem}_{chosen[index]:04d}.jpg"
        cv2.imwrite(str(out / name), frame, [cv2.IMWRITE_JPEG_QUALITY, 92])
        yield PictureLabel(
            image=name, width_px=width_px, height_px=height_px, persons=tuple(persons), ignore_px=tuple(ignore_px),
            source="teacher", group=clip.path.stem,
        )  # fmt: skip


def chosen_frames(count: int, *, rate_per_s: float, dense_from_s: float | None) -> list[int]:
    """Every third frame up to `dense_from_s`, then every frame."""
    dense_from = count if dense_from_s is None else int(dense_from_s * rate_per_s)
    return [index for index in range(count) if index >= dense_from or index % EVERY == 0]


def _upfall_clip(folder: Path, row: dict[str, str]) -> Clip:
    falls = row["label"] == "fall"
    lies = falls or row["description"] == LYING_ACTIVITY
    rules = ClipRules(
        turns_deg=ALL_TURNS_DEG if lies else (0,), alone=True, least_size_px=LEAST_TRUNK_PX, least_score=0.62
    )
    dense_from_s = max(0.0, float(row["descent_from_s"]) - BEFORE_FALL_S) if falls else None
    return Clip(path=folder / row["clip"], rules=rules, action=row["description"], dense_from_s=dense_from_s)


def _persons(
    frame: Picture, index: int, tracks: Sequence[PersonTrack], joints: Sequence[JointTrack], *, action: str
) -> tuple[list[PersonLabel], list[Box]]:
    height_px, width_px = frame.shape[:2]
    persons, ignore_px = [], []
    for number, (track, cleaned) in enumerate(zip(tracks, joints, strict=True)):
        person = track.persons.get(index)
        if person is None:
            continue
        box_px = clip_box(_box(person, cleaned, index, frame), width_px=width_px, height_px=height_px)
        if int(cleaned.sure[index].sum()) < LEAST_JOINTS or len(track.persons) < 3:
            ignore_px.append(box_px)
            continue
        persons.append(
            PersonLabel(
                box_px=box_px,
                keypoints=_keypoints(person, cleaned, index, frame),
                track_id=number,
                action=action,
            )
        )
    return persons, ignore_px


def _box(person: TaughtPerson, cleaned: JointTrack, index: int, frame: Picture) -> Box:
    height_px, width_px = frame.shape[:2]
    sure = cleaned.sure[index]
    points_px = cleaned.points_px[index] if sure.any() else person.points_px
    mask = mask_in_picture(person, width_px=width_px, height_px=height_px)
    return box_of(points_px, sure if sure.any() else np.ones(17, dtype=bool), mask)


def _keypoints(
    person: TaughtPerson, cleaned: JointTrack, index: int, frame: Picture
) -> tuple[tuple[float, float, int], ...]:
    height_px, width_px = frame.shape[:2]
    keypoints = []
    for (x_px, y_px), sure, visibility in zip(
        cleaned.points_px[index], cleaned.sure[index], person.visibility, strict=True
    ):
        if sure and 0 <= x_px < width_px and 0 <= y_px < height_px:
            flag = VISIBLE if visibility >= LEAST_VISIBILITY else OCCLUDED
            keypoints.append((round(float(x_px), 2), round(float(y_px), 2), flag))
        else:
            keypoints.append((0.0, 0.0, ABSENT))
    return tuple(keypoints)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Labels real clips with the pose teacher.")
    parser.add_argument("--shared", type=Path, required=True, help="folder with clips/ and train/")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new data set")
    parser.add_argument("--only", default="", help="label only clips whose name contains this")
    options = parser.parse_args(arguments)
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    blazepose = BlazePose()
    labels: list[PictureLabel] = []
    for clip in clips_for_training(options.shared):
        if options.only in clip.path.name:
            found = list(label_clip(Teacher(blazepose), clip, options.out))
            sys.stdout.write(
                f"{clip.path.name}: {len(found)} pictures, {sum(len(label.persons) for label in found)} persons\n"
            )
            labels += found
    write_labels(options.out, labels)


if __name__ == "__main__":
    main()
