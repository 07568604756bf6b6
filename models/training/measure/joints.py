"""Figures on joints and confidences, beside AP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.measure.answers import Answer, oks

WORKING_SCORE = 0.25
"""Score from which on the agent takes an answer for a person."""

WORKING_CONFIDENCE = 0.3
"""Confidence from which on the rules use a joint (`edge_agent.rules.trust.SURE`)."""

PCK_OF_SIZE = 0.1
"""PCK@0.1: a joint is right within a tenth of the box' longer side (Y. Yang and D. Ramanan, 2013)."""

BINS = 10
RIGHT_OKS = 0.5


@dataclass(frozen=True, slots=True)
class JointFigures:
    """What a model does at the agent's working thresholds.

    Attributes:
        recall: part of the labelled persons that were found.
        pck: part of the found persons' labelled joints within a tenth of the person's size.
        missing_keypoints: part of the found persons' visible joints that were given too little confidence to be used.
        ece: expected calibration error of the person score (C. Guo et al., 2017): how far, on average, the score is
            from the part of answers with that score whose OKS is at least 0.5.
    """

    recall: float
    pck: float
    missing_keypoints: float
    ece: float


def joint_figures(answers: tuple[Answer, ...]) -> JointFigures:
    """Measures a set of answers."""
    right, missing, found = [], [], 0
    for answer in answers:
        for index, person_index in enumerate(answer.paired):
            if person_index < 0 or answer.poses.scores[index] < WORKING_SCORE:
                continue
            found += 1
            person = answer.truth.persons[person_index]
            labelled, visible = person.keypoints[:, 2] > 0, person.keypoints[:, 2] == 2
            apart = np.linalg.norm(answer.poses.keypoints_px[index] - person.keypoints[:, :2], axis=1)
            right.append((apart <= PCK_OF_SIZE * max(person.box_px[2:]))[labelled])
            missing.append((answer.poses.keypoint_confidences[index] < WORKING_CONFIDENCE)[visible])
    persons = sum(
        not person.crowd and bool((person.keypoints[:, 2] > 0).any())
        for answer in answers
        for person in answer.truth.persons
    )
    return JointFigures(
        recall=round(found / max(1, persons), 4),
        pck=_mean(right),
        missing_keypoints=_mean(missing),
        ece=_calibration_error(answers),
    )


def _calibration_error(answers: tuple[Answer, ...]) -> float:
    scores, correct = [], []
    for answer in answers:
        for index, person_index in enumerate(answer.paired):
            scores.append(float(answer.poses.scores[index]))
            person = answer.truth.persons[person_index] if person_index >= 0 else None
            correct.append(person is not None and oks(answer.poses.keypoints_px[index], person) >= RIGHT_OKS)
    if not scores:
        return 0.0
    bins = np.minimum((np.array(scores) * BINS).astype(int), BINS - 1)
    gaps = [
        abs(np.array(scores)[bins == one].mean() - np.array(correct)[bins == one].mean()) * (bins == one).mean()
        for one in range(BINS)
        if (bins == one).any()
    ]
    return round(float(sum(gaps)), 4)


def _mean(parts: list[npt.NDArray[np.bool_]]) -> float:
    return round(float(np.concatenate(parts).mean()), 4) if parts else 0.0
