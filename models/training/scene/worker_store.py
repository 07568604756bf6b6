"""Keep workers in a file, so that training needs no body model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body import Worker
from edge_agent.models.training.scene.body_part import BodyPart
from edge_agent.models.training.scene.carried import Held
from edge_agent.models.training.scene.skeleton import Skeleton
from edge_agent.models.training.scene.skinning import Rig

_VERSION = 1


def save_workers(path: Path, workers: Sequence[Worker]) -> None:
    """Writes workers to one `.npz` file without pickles.

    Args:
        path: the file, usually ending in `.npz`.
        workers: whom to keep.
    """
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "version": np.array(_VERSION), "parts": np.array([len(worker.parts) for worker in workers], np.int64),
    }  # fmt: skip
    for index, worker in enumerate(workers):
        arrays |= _arrays_of(worker, f"{index}/")
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_workers(path: Path) -> tuple[Worker, ...]:
    """Reads what `save_workers` wrote.

    Raises:
        ValueError: the file is of another version.
    """
    with np.load(path, allow_pickle=False) as store:
        if int(store["version"]) != _VERSION:
            raise ValueError(f"{path} is of version {int(store['version'])}, not {_VERSION}: make the workers again")
        return tuple(_worker_from(store, f"{index}/", int(parts)) for index, parts in enumerate(store["parts"]))


def _arrays_of(worker: Worker, key: str) -> dict[str, npt.NDArray[np.generic]]:
    skeleton, held = worker.rig.skeleton, worker.held
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "bind": worker.rig.bind_m, "neutral": worker.rig.to_neutral, "offsets": skeleton.offsets_m,
        "contact": skeleton.contact_m, "tips": skeleton.tips_m, "tip_contact": skeleton.tip_contact_m,
        "keypoints": worker.keypoints_m, "box": held.box_m, "box_colour": held.box_colour, "tool": held.tool_m,
        "tool_colour": held.tool_colour,
    }  # fmt: skip
    for number, part in enumerate(worker.parts):
        rows, bones = np.nonzero(part.weights)
        arrays |= {
            f"{number}/bind": part.bind_m, f"{number}/colours": part.colours.astype(np.float16),
            f"{number}/triangles": part.triangles, f"{number}/gloss": np.array(part.gloss),
            f"{number}/rows": rows.astype(np.int32), f"{number}/bones": bones.astype(np.uint8),
            f"{number}/weights": part.weights[rows, bones], f"{number}/bone_count": np.array(part.weights.shape[1]),
        }  # fmt: skip
    return {key + name: value for name, value in arrays.items()}


def _worker_from(store: np.lib.npyio.NpzFile, key: str, parts: int) -> Worker:
    def floats(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(store[key + name], np.float64)

    skeleton = Skeleton(floats("offsets"), floats("contact"), floats("tips"), floats("tip_contact"))
    return Worker(
        parts=tuple(_part_from(store, f"{key}{number}/") for number in range(parts)),
        rig=Rig(floats("bind"), floats("neutral"), skeleton),
        keypoints_m=np.asarray(store[key + "keypoints"], np.float32),
        held=Held(floats("box"), floats("box_colour"), floats("tool"), floats("tool_colour")),
    )


def _part_from(store: np.lib.npyio.NpzFile, key: str) -> BodyPart:
    bind = np.asarray(store[key + "bind"], np.float32)
    weights = np.zeros((len(bind), int(store[key + "bone_count"])), np.float32)
    weights[store[key + "rows"], store[key + "bones"]] = store[key + "weights"]
    return BodyPart(
        bind_m=bind,
        weights=weights,
        colours=np.asarray(store[key + "colours"], np.float32),
        triangles=np.asarray(store[key + "triangles"], np.int32),
        gloss=float(store[key + "gloss"]),
    )
