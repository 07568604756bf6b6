"""Runs BlazePose's two networks (Bazarevsky et al., 2020; Apache-2.0), which come inside of the mediapipe wheel.

Its Python solution finds one person a picture and hides its detector. Run directly, the detector gives every person,
and the landmark network looks at any region. The wheel holds the `full` landmark network; `heavy` is not in it.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.real.blazepose_region import Region, map_points, region_from_alignment
from edge_agent.models.training.real.coco_joints import MIRRORED, Points

Picture = npt.NDArray[np.uint8]

DETECTOR_SIDE_PX: Final = 224
LANDMARK_SIDE_PX: Final = 256

TO_COCO: Final = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Index of COCO's joints in BlazePose's 33 landmarks (MediaPipe's pose documentation)."""

ALIGNMENT: Final = (33, 34)
"""BlazePose's two auxiliary landmarks: the middle and the top of the next picture's region."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One person that the detector found.

    Attributes:
        region: where the landmark network should look.
        score: 0 to 1.
    """

    region: Region
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """What the landmark network says of one region.

    Attributes:
        points_px: 17 x 2, COCO order, picture frame.
        visibility: 17, 0 to 1, how likely the joint is seen.
        presence: 0 to 1, how likely there is a person.
        next_region: where to look in the next picture.
        mask: 256 x 256, 0 to 1, on the person, in the region's crop.
        region: the region looked at.
    """

    points_px: Points
    visibility: npt.NDArray[np.float64]
    presence: float
    next_region: Region
    mask: npt.NDArray[np.float32]
    region: Region


class BlazePose:
    """The detector and the landmark network.

    Raises:
        FileNotFoundError: mediapipe is not installed; says how to.
    """

    def __init__(self) -> None:
        folder = _models_folder()
        self._detector = _interpreter(folder / "pose_detection" / "pose_detection.tflite")
        self._landmarks = _interpreter(folder / "pose_landmark" / "pose_landmark_full.tflite")
        self._anchors = _anchors()

    def detect(self, picture_bgr: Picture, *, least_score: float = 0.5) -> list[Hit]:
        """Finds persons; overlapping hits are all returned, best first. MediaPipe's own least score is 0.5."""
        height_px, width_px = picture_bgr.shape[:2]
        whole = Region(width_px / 2, height_px / 2, float(max(width_px, height_px)), 0.0)
        crop = _crop(picture_bgr, whole, DETECTOR_SIDE_PX, border=cv2.BORDER_CONSTANT)
        raw, logits = self._detector.run(crop * 2.0 - 1.0, 2)
        scores = _sigmoid(logits.reshape(-1))
        to_picture = whole.to_picture(DETECTOR_SIDE_PX)
        hits = []
        for index in np.flatnonzero(scores >= least_score):
            points = raw.reshape(-1, 12)[index, 4:8].reshape(2, 2) / DETECTOR_SIDE_PX + self._anchors[index]
            middle_px, top_px = map_points(to_picture, points * DETECTOR_SIDE_PX)
            if np.linalg.norm(top_px - middle_px) > 4:
                hits.append(Hit(region_from_alignment(middle_px, top_px), float(scores[index])))
        return sorted(hits, key=lambda hit: -hit.score)

    def landmarks(self, picture_bgr: Picture, region: Region) -> Landmarks:
        """Finds the joints of the person in the region."""
        crop = _crop(picture_bgr, region, LANDMARK_SIDE_PX, border=cv2.BORDER_REPLICATE)
        raw, presence, mask, heat, _ = self._landmarks.run(crop, 5)
        rows = raw.reshape(39, 5).astype(np.float64)
        points = _refined(rows[:, :2], heat[0])
        points_px = map_points(region.to_picture(LANDMARK_SIDE_PX), points)
        visibility = _sigmoid(rows[:, 3])
        coco = np.array(TO_COCO)
        if region.mirrored:
            coco = coco[MIRRORED]
        return Landmarks(
            points_px=points_px[coco],
            visibility=visibility[coco],
            presence=float(presence.reshape(-1)[0]),
            next_region=region_from_alignment(points_px[ALIGNMENT[0]], points_px[ALIGNMENT[1]]),
            mask=_sigmoid(mask[0, :, :, 0]).astype(np.float32),
            region=region,
        )


class _Network:
    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter
        self._input: int = interpreter.get_input_details()[0]["index"]
        self._outputs: list[int] = [entry["index"] for entry in interpreter.get_output_details()]

    def run(self, crop: npt.NDArray[np.float32], count: int) -> list[npt.NDArray[np.float32]]:
        self._interpreter.set_tensor(self._input, crop[None].astype(np.float32))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs[:count]]


def _models_folder() -> Path:
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the pose teacher's networks are inside of mediapipe: pip install mediapipe==0.10.21")
    return Path(spec.origin).parent / "modules"


def _interpreter(path: Path) -> _Network:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    return _Network(interpreter)


def _anchors() -> Points:
    # Five layers of strides 8, 16, 32, 32, 32; two anchors a layer in each cell (MediaPipe, pose_detection_cpu.pbtxt).
    parts = []
    for stride_px, anchors_a_cell in ((8, 2), (16, 2), (32, 6)):
        cells = DETECTOR_SIDE_PX // stride_px
        middles = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
        parts.append(np.repeat(grid, anchors_a_cell, axis=0))
    anchors: Points = np.concatenate(parts)
    return anchors


def _crop(picture_bgr: Picture, region: Region, side_px: int, *, border: int) -> npt.NDArray[np.float32]:
    matrix = region.to_crop(side_px)
    # Area averaging, so that a large person does not alias.
    shrink = int(region.side_px // side_px)
    if shrink > 1:
        smaller = cv2.resize(picture_bgr, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        picture_bgr = np.asarray(smaller, dtype=np.uint8)
        matrix[:, :2] *= shrink
    crop = cv2.warpAffine(picture_bgr, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR, borderMode=border)
    rgb: npt.NDArray[np.float32] = np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2RGB), dtype=np.float32)
    scaled: npt.NDArray[np.float32] = rgb / np.float32(255.0)
    return scaled


def _refined(points: Points, heat: npt.NDArray[np.float32]) -> Points:
    # MediaPipe's RefineLandmarksFromHeatmap: mean over 7 x 7 cells round the landmark where the peak is 0.5 or more.
    cells = heat.shape[0]
    refined: Points = points.copy()
    for index, (x, y) in enumerate(points):
        column, row = int(x / LANDMARK_SIDE_PX * cells), int(y / LANDMARK_SIDE_PX * cells)
        if not (0 <= column < cells and 0 <= row < cells):
            continue
        rows = slice(max(0, row - 3), min(cells, row + 4))
        columns = slice(max(0, column - 3), min(cells, column + 4))
        weight = _sigmoid(heat[rows, columns, index])
        if weight.max() < 0.5:
            continue
        ys, xs = np.mgrid[rows, columns]
        refined[index] = np.array([(xs * weight).sum(), (ys * weight).sum()]) / weight.sum() * LANDMARK_SIDE_PX / cells
    return refined


def _sigmoid(logits: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    # Clipped: beyond 50 the answer is 0 or 1 in double precision anyway.
    result: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(logits.astype(np.float64), -50.0, 50.0)))
    return result
