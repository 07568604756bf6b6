"""Which held-out renders become a model's golden inputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the made samples need PyTorch, which is not installed")

from learning_samples import write_data_set

from edge_agent.data.pose import Poses
from edge_agent.models.training.export.golden_inputs import COUNT, candidates, write_golden
from edge_agent.models.training.labels import OCCLUDED, PersonLabel, read_labels, write_labels
from edge_agent.pose.golden import read_golden


def knowing(folder: Path, score: float):
    """Stands in for a model that knows the truth of every picture."""
    known = {one.golden.image.tobytes(): one.golden for one in candidates(folder)}

    def stage(picture: np.ndarray) -> Poses:
        keypoints = known[picture.tobytes()].keypoints_px[None].astype(np.float32)
        return Poses(np.zeros((1, 4), np.float32), np.float32([score]), keypoints, np.ones((1, 17), np.float32))

    return stage


def test_what_was_chosen_is_read_back_by_the_agent(tmp_path: Path) -> None:
    folder = write_data_set(tmp_path / "made", count=5)
    assert write_golden(tmp_path, folder, knowing(folder, 0.9)) == COUNT
    written = list(read_golden(tmp_path / "golden"))
    assert len(written) == COUNT
    first = candidates(folder)[0].golden
    np.testing.assert_array_equal(written[0].image, first.image)
    np.testing.assert_allclose(written[0].keypoints_px, first.keypoints_px, atol=0.01)


def test_a_model_that_hardly_passes_gets_no_golden_input(tmp_path: Path) -> None:
    folder = write_data_set(tmp_path / "made")
    assert write_golden(tmp_path, folder, knowing(folder, 0.52)) == 0


def test_one_who_lies_is_chosen_first_and_may_be_seen_less_surely(tmp_path: Path) -> None:
    folder = write_data_set(tmp_path / "made", count=5)
    first, *others = read_labels(folder)
    write_labels(folder, [*others, replace(first, persons=(lying(first.persons[0]),))])
    assert [one.golden.lying for one in candidates(folder)] == [False, False, False, False, True]
    assert write_golden(tmp_path, folder, knowing(folder, 0.45)) == 1
    (written,) = read_golden(tmp_path / "golden")
    assert written.lying
    assert write_golden(tmp_path, folder, knowing(folder, 0.9)) == COUNT
    assert [one.lying for one in read_golden(tmp_path / "golden")] == [True, False, False]


def lying(person: PersonLabel) -> PersonLabel:
    """The same person's sides taken for each other: as wide as it was tall."""
    x0, y0, x1, y1 = person.box_px
    keypoints = tuple((y, x, flag) for x, y, flag in person.keypoints)
    return replace(person, box_px=(y0, x0, y1, x1), keypoints=keypoints)


@pytest.mark.parametrize("fault", ["two persons", "something to ignore", "small", "hidden joints"])
def test_only_one_whole_large_person_will_do(tmp_path: Path, fault: str) -> None:
    folder = write_data_set(tmp_path / "made", count=1)
    (label,) = read_labels(folder)
    (person,) = label.persons
    hidden = tuple((x, y, OCCLUDED) for x, y, _ in person.keypoints)
    changed = {
        "two persons": replace(label, persons=(person, person)),
        "something to ignore": replace(label, ignore_px=((0.0, 0.0, 9.0, 9.0),)),
        "small": replace(label, persons=(replace(person, box_px=(30.0, 12.0, 50.0, 40.0)),)),
        "hidden joints": replace(label, persons=(replace(person, keypoints=hidden),)),
    }
    assert len(candidates(folder)) == 1
    write_labels(folder, [changed[fault]])
    assert candidates(folder) == []
