"""What decides, and what destroys, waits until what it rests on is on the disk.

Cutting between two calls (`test_power_cuts.py`) does not show this: there everything that was written is there, as if
each call reached the disk at once. Here the order of the calls themselves is looked at.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from provisioned_device import Box
from test_power_cuts import before


class Disk:
    """Follows what is written through, and fails where something is built on what may be lost.

    Args:
        box: The device, with a file on its boot partition.
    """

    def __init__(self, box: Box) -> None:
        self._home, self._medium = box.home, box.boot
        self._written: set[Path] = set()
        self._loose: set[Path] = set()
        self.decided: list[str] = []

    def on_fsync(self, path: Path) -> None:
        if path.suffix == ".wiping":
            assert self._medium not in self._loose, "zeros under the name of a file that would be read"
        self._written.add(path)
        self._loose.discard(path)

    def on_rename(self, source: Path, target: Path) -> None:
        """A name is given to content that is there; on the medium, once the device has what the file brought."""
        if source.parent == self._medium:
            self._device_has_all("the file gets another name")
        else:
            missing = {source, *source.rglob("*")} - self._written
            assert not missing, f"{target} may be empty after a power cut: {missing}"
        if source.parent.name == "ready":
            assert source.parent.parent not in self._loose, "taken apart before it is decided"
        self._written |= {target / each.relative_to(source) for each in (source, *source.rglob("*"))}
        self._written.discard(source)
        self._loose |= {source.parent, target.parent}

    def on_unlink(self, path: Path) -> None:
        """Of the list, once everything is in place; of what was secret, once it is overwritten and that is noted."""
        if path.parent == self._medium and path.suffix != ".txt":
            assert path in self._written, f"{path} is deleted before its zeros are on the medium"
            self._device_has_all("the file is deleted")
        if path.name == "list.json":
            self._device_has_all("the list is deleted", besides=path.parent)
        self._loose.add(path.parent)

    def _device_has_all(self, what: str, besides: Path | None = None) -> None:
        self.decided.append(what)
        loose = {each for each in self._loose if each.is_relative_to(self._home)} - {besides}
        assert not loose, f"{what}, and after a power cut names in {loose} may be those of before"


def watch(disk: Disk, patched: pytest.MonkeyPatch) -> None:
    real = {name: getattr(os, name) for name in ("fsync", "rename", "replace", "unlink")}

    def fsync(descriptor: int) -> None:
        real["fsync"](descriptor)
        disk.on_fsync(Path(f"/proc/self/fd/{descriptor}").readlink())

    def unlink(path: Any, *arguments: object, **options: object) -> None:
        if "dir_fd" not in options:  # which is how whole directories are taken away
            disk.on_unlink(Path(path))
        real["unlink"](path, *arguments, **options)

    def renaming(name: str) -> Any:
        def rename(source: Any, target: Any, **options: object) -> None:
            disk.on_rename(Path(source), Path(target))
            real[name](source, target, **options)

        return rename

    patched.setattr(os, "fsync", fsync)
    patched.setattr(os, "unlink", unlink)
    for name in ("rename", "replace"):
        patched.setattr(os, name, renaming(name))


def test_nothing_rests_on_what_a_power_cut_may_take_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = before(tmp_path.resolve())
    disk = Disk(box)
    with monkeypatch.context() as patched:
        watch(disk, patched)
        assert box.start().taken
    # Taking it: the list. Then what came along, the file's other name, that it is wiped (a list again), and its end.
    assert disk.decided == [
        "the list is deleted",
        "the file is deleted",
        "the file gets another name",
        "the list is deleted",
        "the file is deleted",
    ]
