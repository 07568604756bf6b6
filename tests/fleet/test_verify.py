"""`verify` sees what any device would trip over, in the directory and where it is hosted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from operator_and_device import Operator

from edge_agent.update.pointer import pointer_path, pointer_to_bytes


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0x01
    file.write_bytes(raw)


def in_use(operator: Operator) -> list[Path]:
    """Files that the pointer of plant-1 leads to."""
    with operator.bench() as bench:
        files, edition = bench.files, bench.edition
        listed = [
            *edition.groups["group-plant-1"].signed.targets.items(),
            *((path, each) for path, each in edition.targets.signed.targets.items() if "/1.0/" in path),
        ]
        return [files.target_path(path, each.hashes["sha256"]) for path, each in listed]


def test_a_sound_repository_is_said_to_be_one(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("verify", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["problems"], found["due"], found["files"]) == ([], [], 4)
    assert found["groups"] == {"plant-1": {"counter": 1, "name": "edge-pose-n", "version": "1.0"}}


def test_a_flipped_bit_in_any_file_is_found(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    files = in_use(operator)
    assert len(files) == 4
    for file in files:
        flip(file)
        assert operator.run("verify") == 1, file.name
        assert "1 problems" in capsys.readouterr().out
        flip(file)
    assert operator.run("verify") == 0


def test_a_missing_file_is_found(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    in_use(operator)[-1].unlink()
    assert operator.run("verify") == 1
    assert "is missing" in capsys.readouterr().out


def test_a_pointer_of_another_group_is_found(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    with operator.bench() as bench:
        pointer = bench.edition.pointer(bench.files, "plant-1")
        assert pointer is not None
        raw = pointer_to_bytes(replace(pointer, group="plant-2"))
        bench.edition.set_target("group-plant-1", pointer_path("plant-1"), raw)
        bench.publish()
    assert operator.run("verify") == 1
    assert "is the pointer of group plant-2" in capsys.readouterr().out


def test_a_pointer_at_another_release_of_the_same_name_is_found(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    with operator.bench() as bench:
        pointer = bench.edition.pointer(bench.files, "plant-1")
        assert pointer is not None
        bench.edition.set_pointer(replace(pointer, release_sha256="00" * 32))
        bench.publish()
    assert operator.run("verify") == 1
    assert "another release than the pointer means" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["1.root.json", "timestamp.json", "5.snapshot.json", "4.targets.json"])
def test_metadata_that_no_device_would_trust_are_refused(
    operator: Operator, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = operator.workspace.repository / "metadata" / name
    file.write_bytes(file.read_bytes().replace(b'"expires": "2', b'"expires": "3'))
    assert operator.run("verify") == 1
    assert capsys.readouterr().err


@contextmanager
def serving(operator: Operator) -> Iterator[str]:
    command = [sys.executable, "-c", "import sys; from edge_agent.fleet.main import main; sys.exit(main())", "serve"]
    server = subprocess.Popen(
        [*command, "--fleet", str(operator.workspace.root), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[0]
        finally:
            server.terminate()


def test_what_is_hosted_is_checked_over_http(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(operator) as url:
        assert url.startswith("http://127.0.0.1:"), "nobody else is served unless asked for"
        assert operator.run("verify", "--url", url) == 0
        flip(in_use(operator)[0])
        assert operator.run("verify", "--url", url) == 1


def test_a_server_that_is_away_is_said(operator: Operator, free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("verify", "--url", f"http://127.0.0.1:{free_port}") == 1
    assert "a device would refuse this repository" in capsys.readouterr().err
