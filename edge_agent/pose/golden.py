"""Golden inputs: pictures whose keypoints are known exactly, that every sound model finds.

Some broken exports open, have the right tensors, run, and see nobody: only a picture with a person in it tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT, OKS_SIGMAS
from edge_agent.data.pose import Poses
from edge_agent.errors import ModelUnreadable
from edge_agent.pose.golden_score import GoldenScore
from edge_agent.pose.yaml_file import read_yaml

GOLDEN_FILE = "golden.yaml"
_PICTURE_NAME = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"  # of a file in the directory itself, and nowhere else

_UPRIGHT, LYING = "upright", "lying"


@dataclass(frozen=True, slots=True, eq=False)
class GoldenInput:
    """A picture and the one person in it.

    Attributes:
        name: File name of the picture.
        image: ``(H, W, 3)`` uint8, BGR.
        keypoints_px: ``(17, 2)`` float64, x y, in pixels of the picture.
        area_px: How many pixels the person covers.
        lying: Whether the person lies on the floor.
    """

    name: str
    image: npt.NDArray[np.uint8]
    keypoints_px: npt.NDArray[np.float64]
    area_px: float
    lying: bool = False


def read_golden(directory: Path | None) -> Iterator[GoldenInput]:
    """The golden inputs of a directory, or the shipped ones where None.

    Raises:
        ModelUnreadable: They cannot be read; only a model's own can be at fault.
    """
    root = directory or Path(str(files("edge_agent.models"))) / "golden"
    for entry in _read_entries(root):
        try:
            yield _read_input(root, entry)
        except (OSError, KeyError, TypeError, ValueError, cv2.error) as fault:
            raise _unreadable(root, f"{type(fault).__name__}: {fault}") from fault


def golden_files(directory: Path) -> tuple[str, ...]:
    """Names of the files that the golden inputs of a directory consist of; no picture is opened.

    Raises:
        ModelUnreadable: The list of them cannot be read, is empty, or leads out of the directory.
    """
    return (GOLDEN_FILE, *(str(entry["image"]) for entry in _read_entries(directory)))


def score(golden: GoldenInput, poses: Poses) -> GoldenScore:
    """Compare the best of the persons that a model found with the truth.

    Object keypoint similarity as in the COCO keypoint evaluation: the mean over joints of
    exp(-d^2 / (2 s^2 k^2)), with s^2 the person's area and k = 2 sigma.
    """
    if not len(poses):
        return GoldenScore(golden.name, 0.0, 0.0, golden.lying)
    d2 = np.square(poses.keypoints_px[0] - golden.keypoints_px).sum(axis=1)
    oks = np.exp(-d2 / (2 * golden.area_px * np.square(2 * OKS_SIGMAS))).mean()
    return GoldenScore(golden.name, float(poses.scores[0]), float(oks), golden.lying)


def _read_entries(root: Path) -> list[dict[str, object]]:
    document = read_yaml(root / GOLDEN_FILE)
    entries = document.get("inputs") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise _unreadable(root, "`inputs` must be a list of one or more pictures")
    for entry in entries:
        name = entry.get("image") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not re.fullmatch(_PICTURE_NAME, name):
            raise _unreadable(root, "every input needs an `image`, the name of a file in this directory")
    return entries


def _read_input(root: Path, entry: dict[str, object]) -> GoldenInput:
    name = str(entry["image"])
    encoded = np.frombuffer((root / name).read_bytes(), np.uint8)
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    keypoints = np.array(entry["keypoints_px"], np.float64)
    if image is None or keypoints.shape != (KEYPOINT_COUNT, 2):
        raise ValueError(f"{name} is no picture, or has not {KEYPOINT_COUNT} keypoints")
    posture = entry.get("posture", _UPRIGHT)
    if posture not in (_UPRIGHT, LYING):
        raise ValueError(f"{name}: `posture` is {_UPRIGHT} or {LYING}")
    return GoldenInput(name, np.asarray(image, np.uint8), keypoints, float(str(entry["area_px"])), posture == LYING)


def _unreadable(root: Path, why: str) -> ModelUnreadable:
    return ModelUnreadable(
        f"{root}: the golden inputs cannot be read ({why}); write them as models/golden/golden.yaml has them, or "
        "remove the directory"
    )
