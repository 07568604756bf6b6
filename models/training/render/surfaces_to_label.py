"""The surfaces behind the pixels to the persons' labels: boxes of what is seen, keypoints with visibility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import ABSENT, OCCLUDED, VISIBLE, PersonLabel
from edge_agent.models.training.render.camera import Camera, lens_map
from edge_agent.models.training.render.rasteriser import Geometry, SurfaceBuffer
from edge_agent.models.training.scene.mesh import PosedPerson

Box = tuple[float, float, float, float]

LEAST_VISIBLE_SHARE = 0.15
LEAST_AREA_PX = 60
"""A person of whom less is seen is no label but an area to ignore."""

FLESH_M = np.array([0.03, 0.03, 0.03, 0.045, 0.045, 0.15, 0.15, 0.1, 0.1, 0.08, 0.08, 0.19, 0.19, 0.12, 0.12, 0.1, 0.1])
"""How deep a keypoint may be behind its own body's surface and still count as seen, COCO order: about the thickness of
flesh and clothes over the joint. Eyes and ears get little: those on the far side of the head are hidden."""

BEFORE_M = 0.02
"""Somebody else's surface hides a keypoint if it is nearer by more than this."""

_NEIGHBOURS_PX = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
_LEAST_SEEING = 2
"""Of five samples around a keypoint, so many must see it: one on the outline is not lost to a rounded pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneLabels:
    """What is known about the persons of a picture.

    Attributes:
        persons: the labels, in the order of the persons who have one.
        ignore_px: boxes of persons of whom too little is seen.
    """

    persons: tuple[PersonLabel, ...]
    ignore_px: tuple[Box, ...]


def label_persons(
    persons: Sequence[PosedPerson], geometry: Geometry, surfaces: SurfaceBuffer, camera: Camera, oversampling: float
) -> SceneLabels:
    """Labels every person; number i of the list must own the meshes with `person` i.

    Args:
        persons: posed in the world frame.
        geometry: the whole scene.
        surfaces: as rasterised by `camera.without_lens().scaled(oversampling)`.
        camera: of the labelled picture, with its lens.
        oversampling: pixels of `surfaces` a pixel of the picture.
    """
    seen = surfaces.person(geometry)
    big = camera.scaled(oversampling)
    lens = lens_map(big) if camera.distortion else None
    labels: list[PersonLabel] = []
    ignore: list[Box] = []
    for index, person in enumerate(persons):
        visible = _through(lens, (seen == index).astype(np.uint8))
        alone = _through(lens, ((surfaces.covered >> index) & 1).astype(np.uint8))
        box, area_px = _box_of(visible, camera, oversampling)
        if box is None:
            continue
        keypoints = _keypoints(person, index, (seen, surfaces.depth_m), camera, oversampling)
        share = float(visible.sum()) / max(float(alone.sum()), 1.0)
        shown = sum(flag == VISIBLE for _, _, flag in keypoints)
        if share < LEAST_VISIBLE_SHARE or area_px < LEAST_AREA_PX or shown == 0:
            ignore.append(box)
        else:
            labels.append(PersonLabel(box_px=box, keypoints=keypoints, track_id=index + 1, action=person.action))
    return SceneLabels(tuple(labels), tuple(ignore))


def _through(
    lens: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None, mask: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """The mask as the lens shows it."""
    if lens is None:
        return mask
    return np.asarray(cv2.remap(mask, lens[0], lens[1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _box_of(mask: npt.NDArray[np.uint8], camera: Camera, oversampling: float) -> tuple[Box | None, float]:
    """Box around the mask and its area, both in the picture's pixels; no box where the mask is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return None, 0.0
    x0, x1 = columns[0] / oversampling, min((columns[-1] + 1) / oversampling, camera.width_px)
    y0, y1 = rows[0] / oversampling, min((rows[-1] + 1) / oversampling, camera.height_px)
    return (round(float(x0), 2), round(float(y0), 2), round(float(x1), 2), round(float(y1), 2)), float(
        mask.sum()
    ) / oversampling**2


def _keypoints(
    person: PosedPerson,
    index: int,
    buffers: tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]],
    camera: Camera,
    oversampling: float,
) -> tuple[tuple[float, float, int], ...]:
    places = camera.project(person.keypoints_m)
    plain = camera.without_lens().scaled(oversampling).project(person.keypoints_m)
    keypoints: list[tuple[float, float, int]] = []
    for number, (x, y, depth) in enumerate(places):
        inside = depth > 0 and 0 <= x < camera.width_px and 0 <= y < camera.height_px
        if not inside:
            keypoints.append((0.0, 0.0, ABSENT))
            continue
        samples = (plain[number, :2].astype(int) + _NEIGHBOURS_PX).clip(0, np.array(buffers[0].shape[::-1]) - 1)
        hidden = _hidden(samples, index, buffers, depth, float(FLESH_M[number]))
        flag = VISIBLE if int((~hidden).sum()) >= _LEAST_SEEING else OCCLUDED
        keypoints.append((round(float(x), 2), round(float(y), 2), flag))
    return tuple(keypoints)


def _hidden(
    samples_px: npt.NDArray[np.intp],
    index: int,
    buffers: tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]],
    depth_m: float,
    flesh_m: float,
) -> npt.NDArray[np.bool_]:
    """For each sample whether what is seen there hides a keypoint at the depth."""
    owner, surface = (buffer[samples_px[:, 1], samples_px[:, 0]] for buffer in buffers)
    allowed = np.where(owner == index, flesh_m, BEFORE_M)
    hidden: npt.NDArray[np.bool_] = depth_m - surface > allowed
    return hidden
