"""The locks hold what the agent asks for: a dependency that was added to pyproject.toml alone would be missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = sorted((PROJECT / "packaging" / "debian" / "lock").glob("python3.*.txt"))


def locked(lock: Path) -> dict[str, str]:
    """Versions by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def asked() -> list[Requirement]:
    """The dependencies of pyproject.toml, and of the extras that are packaged, that are meant for a 64-bit device."""
    text = (PROJECT / "pyproject.toml").read_text()
    block = text.split("\ndependencies = [", 1)[1].split("\n]", 1)[0]
    lines = re.findall(r'^    "([^"]+)"', block, re.MULTILINE)
    extras = re.search(
        r"^EXTRAS = \((.*)\)", (PROJECT / "packaging" / "requirements_to_lock.py").read_text(), re.MULTILINE
    )
    for extra in re.findall(r'"(\w+)"', extras[1] if extras else ""):
        lines += re.findall(r'"([^"]+)"', re.search(rf"^{extra} = \[(.*)\]", text, re.MULTILINE)[1])  # type: ignore[index]
    found = [Requirement(each) for each in lines]
    assert {"numpy", "tuf", "prometheus-client", "protobuf"} <= {each.name for each in found}
    return [each for each in found if each.marker is None or each.marker.evaluate({"platform_machine": "aarch64"})]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_dependency_has_a_version_that_is_admitted(lock: Path) -> None:
    versions = locked(lock)
    wrong = [
        f"{each} is {versions.get(each.name.lower(), 'missing')}"
        for each in asked()
        if each.name.lower() not in versions
        or not SpecifierSet(str(each.specifier)).contains(versions[each.name.lower()])
    ]
    assert not wrong, f"run packaging/requirements_to_lock.py: {wrong}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_wheel_is_held_to_its_hash(lock: Path) -> None:
    entries = lock.read_text().replace("\\\n", "").splitlines()
    assert all(re.fullmatch(r"\S+==\S+( +--hash=sha256:[0-9a-f]{64}){1,2}", entry) for entry in entries)


def test_the_package_serves_the_pythons_that_it_says() -> None:
    control = (PROJECT / "packaging" / "debian" / "control").read_text()
    least, below = re.search(r"python3 \(>= 3\.(\d+)\), python3 \(<< 3\.(\d+)\)", control).groups()  # type: ignore[union-attr]
    assert [lock.stem for lock in LOCKS] == [f"python3.{minor}" for minor in range(int(least), int(below))]


def test_the_changelog_has_the_version_of_the_agent() -> None:
    from edge_agent import __version__

    first = (PROJECT / "packaging" / "debian" / "changelog").read_text().splitlines()[0]
    assert f"({__version__})" in first
