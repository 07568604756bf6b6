"""One of two copies is whole, whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.update import twin_file
from edge_agent.update.twin_file import TwinFile


def test_what_was_written_is_read(tmp_path: Path) -> None:
    twin = TwinFile(tmp_path / "new", "record")
    assert twin.read() is None
    for content in (b"one", b"", b"two\nlines"):
        twin.write(content)
        assert TwinFile(tmp_path / "new", "record").read() == content
        assert twin.whole()


def test_a_write_that_stops_between_the_copies_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = TwinFile(tmp_path, "record")
    twin.write(b"old")
    replaced: list[Path] = []
    real = twin_file.replace_file

    def fail_at_the_second(path: Path, content: bytes) -> None:
        if replaced:
            raise OSError(28, "No space left on device")
        replaced.append(path)
        real(path, content)

    monkeypatch.setattr(twin_file, "replace_file", fail_at_the_second)
    with pytest.raises(OSError, match="No space"):
        twin.write(b"new")
    assert twin.read() == b"new"
    replaced[0].write_bytes(b"torn")
    assert twin.read() == b"old"


@pytest.mark.parametrize("number", [1, 2])
def test_the_damaged_copy_is_written_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    twin = TwinFile(tmp_path, "record")
    twin.write(b"old")
    damaged = tmp_path / f"record-{number}.twin"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    order: list[Path] = []
    monkeypatch.setattr(twin_file, "replace_file", lambda path, content: order.append(path))
    twin.write(b"new")
    assert order[0] == damaged


def unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


def test_a_copy_that_the_disk_does_not_give_counts_as_damaged(tmp_path: Path) -> None:
    twin = TwinFile(tmp_path, "record")
    twin.write(b"content")
    unreadable(tmp_path / "record-1.twin")
    assert twin.read() == b"content"
    assert not twin.whole()


def test_where_no_copy_can_be_read_the_record_is_not_lost_yet(tmp_path: Path) -> None:
    """A floor that nobody may read just now must not begin anew."""
    twin = TwinFile(tmp_path, "record")
    twin.write(b"content")
    unreadable(tmp_path / "record-1.twin")
    (tmp_path / "record-2.twin").write_bytes(b"torn")
    with pytest.raises(IsADirectoryError):
        twin.read()


@given(raw=st.binary(max_size=300), which=st.sampled_from([1, 2]))
def test_no_garbage_in_one_copy_hides_the_other(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, which: int
) -> None:
    folder = tmp_path_factory.mktemp("twin")
    twin = TwinFile(folder, "record")
    twin.write(b"content")
    (folder / f"record-{which}.twin").write_bytes(raw)
    assert twin.read() == b"content"


@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_no_flipped_bit_is_believed(tmp_path_factory: pytest.TempPathFactory, position: int, bit: int) -> None:
    folder = tmp_path_factory.mktemp("twin")
    twin = TwinFile(folder, "record")
    twin.write(b"content")
    for number in (1, 2):
        path = folder / f"record-{number}.twin"
        raw = bytearray(path.read_bytes())
        raw[position % len(raw)] ^= 1 << bit
        path.write_bytes(raw)
    assert twin.read() is None
    assert sorted(each.name for each in folder.iterdir()) == ["record-1.twin", "record-2.twin"]
