"""Small state files are replaced as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.runtime.replace_file import replace_file


def test_the_new_content_takes_the_place_of_the_old_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "places.json"
    for content in (b"old, and longer", b"new"):
        replace_file(file, content)
        assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_leaves_the_old_content(tmp_path: Path) -> None:
    file = tmp_path / "places.json"
    replace_file(file, b"old")
    file.with_suffix(".new").mkdir()
    with pytest.raises(OSError, match=r"\.new"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
