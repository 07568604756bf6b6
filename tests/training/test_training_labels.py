"""Labels come back from the disk as they were."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.training.labels import PersonLabel, PictureLabel, read_labels, write_labels

pixels = st.floats(0, 4096, allow_nan=False)
boxes = st.tuples(pixels, pixels, pixels, pixels)
keypoints = st.tuples(*[st.tuples(pixels, pixels, st.sampled_from((0, 1, 2)))] * 17)
persons = st.builds(
    PersonLabel, box_px=boxes, keypoints=keypoints, track_id=st.integers(0, 99), action=st.text(max_size=9)
)
pictures = st.builds(
    PictureLabel,
    image=st.text(min_size=1, max_size=30),
    width_px=st.integers(1, 9999),
    height_px=st.integers(1, 9999),
    persons=st.lists(persons, max_size=3).map(tuple),
    ignore_px=st.lists(boxes, max_size=3).map(tuple),
    source=st.sampled_from(("render", "human", "teacher")),
    group=st.text(max_size=9),
)


@given(labels=st.lists(pictures, max_size=3))
def test_what_was_written_is_read(labels: list[PictureLabel]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_labels(Path(folder), labels)
        assert list(read_labels(Path(folder))) == labels


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"persons": [], "ignore_px": [], "size": 3}'])
def test_a_line_that_is_no_label_is_named(tmp_path: Path, line: str) -> None:
    label = PictureLabel("images/a.jpg", 4, 3, (), (), "human", "a")
    write_labels(tmp_path, [label])
    with (tmp_path / "labels.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(line + "\n")
    with pytest.raises(ValueError, match=r"labels\.jsonl:2: not a label"):
        list(read_labels(tmp_path))


def test_a_folder_without_labels_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_labels(tmp_path))
