"""One tree for several Pythons, from wheels that were made for the test."""

from __future__ import annotations

import runpy
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "wheels_to_tree.py"
OLDER, NEWER = "python3.11", "python3.13"


def wheel(directory: Path, name: str, files: dict[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(directory / f"{name}-1-py3-none-any.whl", "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)


def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: dict[str, str], newer: dict[str, str]) -> Path:
    wheels, prefix = tmp_path / "wheels", tmp_path / "prefix"
    wheel(wheels / OLDER, "one", older)
    wheel(wheels / NEWER, "one", newer)
    entry_points = {"agent-1.dist-info/entry_points.txt": "[console_scripts]\nagent = agent.main:main\n"}
    wheel(wheels / "project", "agent", {"agent/main.py": "", **entry_points})
    monkeypatch.setattr(sys, "argv", ["wheels_to_tree.py", str(wheels), str(prefix)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    return prefix


def test_what_is_the_same_is_there_once_with_every_pythons_extension(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {"one/__init__.py": "x", "one/fast.cpython-311-x86_64-linux-gnu.so": "a"}
    newer = {"one/__init__.py": "x", "one/fast.cpython-313-x86_64-linux-gnu.so": "b"}
    prefix = tree(tmp_path, monkeypatch, older, newer)
    shared = {path.name for path in (prefix / "lib" / "shared" / "one").iterdir()}
    assert shared == {"__init__.py", *(Path(name).name for name in (*older, *newer) if "fast" in name)}
    assert not (prefix / "lib" / OLDER / "site-packages" / "one").exists()


def test_what_differs_is_there_for_each_with_its_libraries_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = {"one.libs/libc.so": "same"}
    prefix = tree(tmp_path, monkeypatch, {"one/a.so": "old", **same}, {"one/a.so": "new", **same})
    for python, content in ((OLDER, "old"), (NEWER, "new")):
        assert (prefix / "lib" / python / "site-packages" / "one" / "a.so").read_text() == content
    first, second = (prefix / "lib" / python / "site-packages" / "one.libs" / "libc.so" for python in (OLDER, NEWER))
    assert first.samefile(second)
    assert not (prefix / "lib" / "shared" / "one.libs").exists()


def test_a_module_that_only_one_python_has_is_seen_by_that_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tree(tmp_path, monkeypatch, {"backport/__init__.py": ""}, {})
    assert (prefix / "lib" / OLDER / "site-packages" / "backport").is_dir()
    assert not (prefix / "lib" / NEWER / "site-packages" / "backport").exists()


def test_a_command_runs_isolated_on_the_distributions_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = tree(tmp_path, monkeypatch, {}, {})
    assert (prefix / "bin" / "python3").readlink() == Path("/usr/bin/python3")
    assert (prefix / "bin" / "agent").read_text().startswith("#!/opt/edge-agent/bin/python3 -I\n")


def test_a_wheel_that_wants_more_than_site_packages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="outside of site-packages"):
        tree(tmp_path, monkeypatch, {"one-1.data/data/etc/one.conf": ""}, {})
