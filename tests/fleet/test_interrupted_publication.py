"""A publication that is cut off at any of its writes leaves a repository that devices accept: old or new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from operator_and_device import Device, Operator

from edge_agent.fleet.bench import Bench
from edge_agent.fleet.groups import add_group
from edge_agent.fleet.pointers import Choice, Terms, point_at, revoke
from edge_agent.fleet.repository_files import write_durably
from edge_agent.fleet.rotate import KeyPlace, key_to_replace, rotate_key

MAX_WRITES = 20
BEFORE = (1, "model 1.0")


class PowerCut(Exception):
    """Ends the process in the middle of a write."""


def publish_11(bench: Bench) -> None:
    choice = Choice(name="edge-pose-n", version="1.1", rollout="r", percent=100)
    point_at(bench.edition, bench.files, "plant-1", choice, Terms())
    bench.publish()


def revoke_10(bench: Bench) -> None:
    _, sha256 = bench.edition.release(bench.files, "edge-pose-n", "1.0")
    revoke(bench.edition, bench.files, ["plant-1"], sha256)
    bench.publish()


def resign_all(bench: Bench) -> None:
    bench.edition.touched |= {*bench.edition.roles()}
    bench.publish()


def new_group(bench: Bench) -> None:
    add_group(bench.edition, "plant-2", bench.workspace.online_keys, bench.publish)


def rotate(role: str) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        keyid = bench.edition.keys(role)[0][0].keyid
        former = key_to_replace(bench.edition, role, keyid)
        place = KeyPlace(role, bench.workspace.offline_keys)
        rotate_key(bench.edition, bench.files, bench.publication, former, place)

    return change


CHANGES: dict[str, Callable[[Bench], None]] = {
    "publish": publish_11,
    "revoke": revoke_10,
    "resign": resign_all,
    "add-group": new_group,
    **{f"rotate {role}": rotate(role) for role in ("root", "targets", "snapshot", "timestamp", "group-plant-1")},
}
AFTER = {"publish": (2, "model 1.1"), "revoke": (2, "model 1.0")}


def cut_at(operator: Operator, change: Callable[[Bench], None], number: int, look: Callable[[], None]) -> bool:
    """Do it, and end it in a write; look before each. Whether it was ended."""
    writes = 0

    def write(path: Path, content: bytes) -> None:
        nonlocal writes
        look()
        writes += 1
        if writes == number:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".new").write_bytes(content[: len(content) // 2])
            raise PowerCut
        write_durably(path, content)

    with operator.bench() as bench:
        bench.files.write = write
        try:
            change(bench)
        except PowerCut:
            return True
    return False


@pytest.mark.parametrize("name", CHANGES)
def test_at_every_write_devices_see_the_old_or_the_new_state(first_day: Operator, tmp_path: Path, name: str) -> None:
    after = AFTER.get(name, BEFORE)
    for number in range(1, MAX_WRITES):
        place = tmp_path / str(number)
        operator = first_day.copy(place / "fleet")
        known = operator.device(place / "known")
        assert known.follow("plant-1") == BEFORE
        seen: list[object] = []

        def look(
            known: Device = known, place: Path = place, seen: list[object] = seen, op: Operator = operator
        ) -> None:
            seen.append(known.follow("plant-1"))
            seen.append(op.device(place / f"fresh-{len(seen)}").follow("plant-1"))

        cut = cut_at(operator, CHANGES[name], number, look)
        look()
        assert set(seen) <= {BEFORE, after}
        if not cut:
            assert seen[-2:] == [after, after]
            assert number > 1, "something was written"
            return
        # Whoever comes next can do it again.
        assert not cut_at(operator, CHANGES[name], 0, look)
        look()
        assert seen[-2:] == [after, after]
    raise AssertionError("more writes than ever expected")


@pytest.mark.parametrize("role", ["targets", "snapshot", "timestamp"])
def test_where_the_former_key_is_lost_devices_wait_and_resign_mends(
    first_day: Operator, tmp_path: Path, role: str
) -> None:
    """Between root and timestamp nothing can be good under both roots; a device then keeps what it has."""
    for number in range(1, MAX_WRITES):
        operator = first_day.copy(tmp_path / str(number) / "fleet")
        next(file for name, file in operator.key_files().items() if name.startswith(role)).unlink()
        cut = cut_at(operator, rotate(role), number, lambda: None)
        if (operator.workspace.repository / "metadata" / "2.root.json").exists():
            assert operator.run("resign", "targets") == 0
        assert operator.device(tmp_path / str(number) / "device").follow("plant-1") == BEFORE
        if not cut:
            return


def test_a_disk_that_is_full_is_said_and_leaves_the_old_state(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("edge_agent.fleet.repository_files.RepositoryFiles.__init__.__defaults__", (full,))
    assert operator.run("publish", "--group", "plant-1", "edge-pose-n", "1.1") == 1
    assert "No space left on device" in capsys.readouterr().err
    assert operator.device(tmp_path / "device").follow("plant-1") == BEFORE
