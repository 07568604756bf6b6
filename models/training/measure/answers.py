"""Runs a model over pictures and pairs its persons with the labelled ones."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import OKS_SIGMAS
from edge_agent.data.pose import Poses
from edge_agent.models.training.measure.truth import TruePerson, TruePicture
from edge_agent.pose.frame_to_pose import FrameToPose

SAME_PERSON_OKS = 0.3
"""From here on an answer is taken to mean the labelled person; below COCO's lowest threshold: bad joints must count."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A picture, what is in it, and what the model says.

    Attributes:
        truth: the labelled picture.
        poses: the model's persons, best score first.
        paired: for each of them the index of the labelled person, or -1.
    """

    truth: TruePicture
    poses: Poses
    paired: tuple[int, ...]


def answers_of(stage: FrameToPose, pictures: tuple[TruePicture, ...]) -> tuple[Answer, ...]:
    """Runs the model over all pictures.

    Raises:
        FileNotFoundError: a picture is missing.
    """
    answers = []
    for truth in pictures:
        picture = cv2.imread(str(truth.path), cv2.IMREAD_COLOR)
        if picture is None:
            raise FileNotFoundError(truth.path)
        poses = stage(np.asarray(picture, np.uint8))
        answers.append(Answer(truth, poses, _pair(poses, truth.persons)))
    return tuple(answers)


def oks(keypoints_px: npt.NDArray[np.float32], person: TruePerson) -> float:
    """Object keypoint similarity over the labelled joints (COCO keypoint evaluation), 0 where none is labelled."""
    labelled = person.keypoints[:, 2] > 0
    if not labelled.any():
        return 0.0
    apart = ((keypoints_px - person.keypoints[:, :2]) ** 2).sum(axis=1)
    similarity = np.exp(-apart / (2 * max(person.area_px2, 1.0) * (2 * OKS_SIGMAS) ** 2))
    return float(similarity[labelled].mean())


def _pair(poses: Poses, persons: tuple[TruePerson, ...]) -> tuple[int, ...]:
    free = {index for index, person in enumerate(persons) if not person.crowd}
    paired = []
    for keypoints in poses.keypoints_px:
        best, index = max(((oks(keypoints, persons[one]), one) for one in sorted(free)), default=(0.0, -1))
        if best < SAME_PERSON_OKS:
            index = -1
        free.discard(index)
        paired.append(index)
    return tuple(paired)
