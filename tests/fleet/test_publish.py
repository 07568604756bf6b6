"""Whom a pointer reaches, what it says, and what is refused."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from operator_and_device import Operator

from edge_agent.errors import FleetError
from edge_agent.fleet.pointers import Choice, Terms, point_at
from edge_agent.update.pointer import pointer_path, pointer_to_bytes


def published(operator: Operator, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert operator.run(*arguments, "--json") == 0
    return list(json.loads(capsys.readouterr().out))


def test_the_counter_grows_with_every_publication(
    operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device = operator.device(tmp_path / "device")
    counters = []
    for version in ("1.1", "1.0", "1.0"):
        published(operator, capsys, "publish", "--group", "plant-1", "edge-pose-n", version)
        counters.append(device.follow("plant-1"))
    assert counters == [(2, "model 1.1"), (3, "model 1.0"), (4, "model 1.0")]


def test_terms_reach_the_device(operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terms = ["--window", "fri-mon 22:00-05:00", "--window", "12:00-13:00", "--deadline", "2030-01-01T00:00+01:00"]
    more = ["--trial-s", "60", "--max-failure-rate", "0.2", "--min-finished", "5", "--percent", "25"]
    published(operator, capsys, "publish", "--group", "plant-1", *terms, *more, "edge-pose-n", "1.1")
    pointer = operator.device(tmp_path / "device").pointer("plant-1")
    assert pointer is not None
    assert [day.value for day in pointer.windows[0].days] == ["mon", "fri", "sat", "sun"]
    assert len(pointer.windows[1].days) == 7
    assert pointer.deadline == datetime(2029, 12, 31, 23, tzinfo=timezone.utc)
    assert (pointer.trial_s, pointer.percent) == (60.0, 25)
    assert (pointer.abort.max_failure_rate, pointer.abort.min_finished) == (0.2, 5)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--window", "22-05"),
        ("--window", "moon-fri 22:00-05:00"),
        ("--deadline", "2030-01-01T00:00"),
        ("--deadline", "soon"),
    ],
)
def test_terms_that_make_no_sense_are_wrong_usage(operator: Operator, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as end:
        operator.run("publish", "--group", "plant-1", *arguments, "edge-pose-n", "1.1")
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--group", "plant-1", "edge-pose-n", "9"), "there are: edge-pose-n 1.0, edge-pose-n 1.1"),
        (("--group", "plant-1", "--percent", "101", "edge-pose-n", "1.1"), "percent"),
        (("--group", "Plant 1", "edge-pose-n", "1.1"), "cannot be a group's name"),
        (("--group", "plant-1", "--window", "25:00-26:00", "edge-pose-n", "1.1"), "windows"),
    ],
)
def test_what_no_device_would_take_is_refused(
    operator: Operator, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    before = operator.metadata()
    assert operator.run("publish", *arguments) == 1
    assert said in capsys.readouterr().err
    assert operator.metadata() == before


def test_a_group_is_made_where_the_key_of_targets_is_there(
    operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published(operator, capsys, "publish", "--group", "plant-2", "edge-pose-n", "1.1")
    device = operator.device(tmp_path / "device")
    assert device.follow("plant-2") == (1, "model 1.1")
    assert device.follow("plant-1") == (1, "model 1.0")
    operator.workspace.offline_keys.rename(tmp_path / "safe")
    assert operator.run("publish", "--group", "plant-3", "edge-pose-n", "1.1") == 1
    assert "targets needs 1 of its 1 keys" in capsys.readouterr().err


def test_a_group_can_sign_for_nobody_else(operator: Operator, tmp_path: Path) -> None:
    assert operator.run("add-group", "plant-2") == 0
    with operator.bench() as bench:
        mine = bench.edition.pointer(bench.files, "plant-1")
        assert mine is not None
        for path in (pointer_path("plant-2"), "models/edge-pose-n/6.6/release.json", "groups/plant-1/x/y"):
            bench.edition.set_target("group-plant-1", path, pointer_to_bytes(mine))
        bench.publish()
    device = operator.device(tmp_path / "device")
    assert device.pointer("plant-2") is None
    assert device.target("models/edge-pose-n/6.6/release.json") is None
    assert device.follow("plant-1") == (1, "model 1.0")


def test_a_revoked_release_is_named_to_every_group_and_published_no_more(
    operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published(operator, capsys, "publish", "--group", "plant-2", "edge-pose-n", "1.1")
    rows = published(operator, capsys, "revoke", "edge-pose-n", "1.0")
    assert [(row["group"], row["percent"], len(row["revoked"])) for row in rows] == [
        ("plant-1", 0, 1),
        ("plant-2", 100, 1),
    ]
    device = operator.device(tmp_path / "device")
    for group in ("plant-1", "plant-2"):
        pointer = device.pointer(group)
        assert pointer is not None
        assert pointer.revoked == tuple(rows[0]["revoked"])
    for group in ("plant-1", "plant-3"):
        assert operator.run("publish", "--group", group, "edge-pose-n", "1.0") == 1
        assert "was revoked" in capsys.readouterr().err
    published(operator, capsys, "revoke", "--undo", "edge-pose-n", "1.0")
    published(operator, capsys, "publish", "--group", "plant-1", "edge-pose-n", "1.0")
    assert device.follow("plant-1") == (4, "model 1.0")


def test_revoking_twice_changes_nothing_more(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(published(operator, capsys, "revoke", "edge-pose-n", "1.0")) == 1
    assert published(operator, capsys, "revoke", "edge-pose-n", "1.0") == []


def test_after_a_theft_the_counter_can_be_set_beyond_the_thiefs(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = published(operator, capsys, "publish", "--group", "plant-1", "--counter", "1000", "edge-pose-n", "1.1")
    assert rows[0]["counter"] == 1000
    rows = published(operator, capsys, "publish", "--group", "plant-1", "--counter", "7", "edge-pose-n", "1.1")
    assert rows[0]["counter"] == 1001, "it never falls"


def test_two_operators_do_not_work_at_once(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.fleet.workspace.Workspace.lock.__wrapped__.__defaults__", (0.2,))
    with operator.bench(), pytest.raises(FleetError, match=r"process \d+ is changing this fleet"), operator.bench():
        pass
    with operator.bench() as bench:
        choice = Choice(name="edge-pose-n", version="1.1", rollout="r", percent=1)
        point_at(bench.edition, bench.files, "plant-1", choice, Terms())
        bench.publish()
