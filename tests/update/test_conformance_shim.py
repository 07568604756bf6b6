"""The command line that the TUF conformance suite drives: the suite is run from outside, this holds its protocol."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import conformance_shim
import pytest
from odd_server import OddServer, odd_server
from signed_repository import SignedRepository


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as server:
        yield server


@pytest.fixture
def repo(server: OddServer) -> SignedRepository:
    repo = SignedRepository(issued=False)
    repo.add("dir/one", b"first")
    repo.add("two", b"second")
    repo.publish()
    server.files = repo.files
    return repo


@pytest.fixture
def home(tmp_path: Path, repo: SignedRepository) -> Path:
    (tmp_path / "root.json").write_bytes(repo.trusted_root)
    (tmp_path / "metadata").mkdir()
    (tmp_path / "targets").mkdir()
    assert run(tmp_path, None, "init", str(tmp_path / "root.json")) == 0
    return tmp_path


def run(home: Path, server: OddServer | None, *words: str) -> int:
    arguments = ["--metadata-dir", str(home / "metadata")]
    if server:
        arguments += ["--metadata-url", f"{server.url}/metadata/"]
    return conformance_shim.main([*arguments, *words])


def download(home: Path, server: OddServer, *names: str) -> int:
    words = [word for name in names for word in ("--target-name", name)]
    words += ["--target-base-url", f"{server.url}/targets/", "--target-dir", str(home / "targets"), "download"]
    return run(home, server, *words)


def test_init_asks_nobody(server: OddServer, home: Path, repo: SignedRepository) -> None:
    assert server.asked == []
    assert (home / "metadata" / "root.json").read_bytes() == repo.trusted_root


def test_refresh_leaves_the_metadata_under_plain_names(server: OddServer, home: Path) -> None:
    assert run(home, server, "refresh") == 0
    plain = sorted(each.name for each in (home / "metadata").glob("*.json"))
    assert plain == ["root.json", "snapshot.json", "targets.json", "timestamp.json"]


def test_several_targets_come_with_one_call_and_only_once(server: OddServer, home: Path) -> None:
    assert download(home, server, "dir/one", "two") == 0
    assert sorted(each.read_bytes() for each in (home / "targets").iterdir()) == [b"first", b"second"]
    server.asked.clear()
    assert download(home, server, "dir/one", "two") == 0
    assert [path for path in server.paths() if path.startswith("targets/")] == []


def test_a_target_that_is_absent_is_a_failure(server: OddServer, home: Path) -> None:
    assert download(home, server, "three") == 1
    assert list((home / "targets").iterdir()) == []


def test_a_root_that_is_damaged_is_a_failure_and_nobody_is_asked(
    server: OddServer, home: Path, repo: SignedRepository
) -> None:
    (home / "bad.json").write_bytes(repo.trusted_root.replace(b'"sig":"', b'"sig":"00'))
    run(home, None, "init", str(home / "bad.json"))
    assert run(home, server, "refresh") == 1
    assert server.asked == []


def test_the_floors_are_part_of_it(server: OddServer, home: Path, repo: SignedRepository) -> None:
    old = dict(repo.files)
    repo.publish()
    assert run(home, server, "refresh") == 0
    for role in ("timestamp", "snapshot", "targets"):
        (home / "metadata" / f"{role}.json").unlink()
    server.files = old
    assert run(home, server, "refresh") == 1
    server.files = repo.files
    assert run(home, server, "refresh") == 0


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime")
def test_the_clock_may_lie(server: OddServer, home: Path, repo: SignedRepository) -> None:
    def at(moment: str) -> int:
        command = ["faketime", moment, sys.executable, str(Path(conformance_shim.__file__))]
        command += ["--metadata-dir", str(home / "metadata"), "--metadata-url", f"{server.url}/metadata", "refresh"]
        return subprocess.run(command, check=False, capture_output=True).returncode

    assert at(f"{repo.now + timedelta(days=5)}") == 0
    assert at("1970-01-01 00:10:00") == 1
    assert at("2040-01-01 00:00:00") == 1
    assert at(f"{repo.now}") == 0
