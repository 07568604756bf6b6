"""How one data set's joints become COCO's: its names in its order, and what its visibility numbers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_agent.models.training.labels import ABSENT
from edge_agent.models.training.real.coco_joints import INDEX, NAMES

Keypoint = tuple[float, float, int]


@dataclass(frozen=True, slots=True)
class JointOrder:
    """One data set's convention.

    Attributes:
        names: the set's joints in its order, under COCO's names; any other name (`neck`, `head_top`) is dropped.
        flags: the set's visibility number to COCO's; a number not in it means absent.
        origin_px: coordinate of the first pixel's middle: 1 where the set counts from one, else 0.
    """

    names: tuple[str, ...]
    flags: Mapping[int, int]
    origin_px: float = 0.0


def to_coco(order: JointOrder, joints: Sequence[Keypoint]) -> tuple[Keypoint, ...]:
    """Puts one person's joints into COCO's order.

    Args:
        order: the data set's convention.
        joints: x_px, y_px and the set's visibility, in the set's order.

    Returns:
        17 keypoints; `ABSENT` at the origin where the set lacks the joint or did not label it.

    Raises:
        ValueError: another number of joints than the convention says.
    """
    if len(joints) != len(order.names):
        raise ValueError(f"{len(joints)} joints, but this data set has {len(order.names)}: pick its own joint order")
    keypoints: list[Keypoint] = [(0.0, 0.0, ABSENT)] * len(NAMES)
    for name, (x_px, y_px, number) in zip(order.names, joints, strict=True):
        flag = order.flags.get(number, ABSENT)
        if name in INDEX and flag != ABSENT:
            keypoints[INDEX[name]] = (x_px - order.origin_px, y_px - order.origin_px, flag)
    return tuple(keypoints)
