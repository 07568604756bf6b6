"""Who was heard once counts until somebody says that it is gone; who is gone comes back by speaking, and not before."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from mosquitto import Mosquitto
from mqtt_subscriber import Subscriber
from operator_and_device import NAME, Operator

from edge_agent.errors import FleetError
from edge_agent.fleet.known_devices import count_in, forget, read_known, remember
from edge_agent.update.status_payload import UpdateStatus, status_to_bytes

AT = datetime(2026, 5, 1, tzinfo=timezone.utc)


def word(device: str, at: datetime = AT) -> dict[str, UpdateStatus]:
    return {device: UpdateStatus(device=device, group="lab", counter=1, state="IDLE", at=at)}


def test_who_was_forgotten_stays_so_although_the_broker_keeps_its_last_word(tmp_path: Path) -> None:
    both = word("a/gone") | word("a/here")
    remember(tmp_path, both)
    forget(tmp_path, "a/gone")
    for _ in range(3):
        assert remember(tmp_path, both) == read_known(tmp_path) == {"a/here": "lab"}
    assert remember(tmp_path, {}) == {"a/here": "lab"}, "the broker may lose its memory meanwhile"
    assert remember(tmp_path, both) == {"a/here": "lab"}


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=-9000)])  # or with a clock that was lost
def test_a_new_word_brings_a_device_back(tmp_path: Path, later: timedelta) -> None:
    remember(tmp_path, word("a/b"))
    forget(tmp_path, "a/b")
    assert remember(tmp_path, word("a/b")) == {}
    assert remember(tmp_path, word("a/b", AT + later)) == {"a/b": "lab"}
    assert remember(tmp_path, word("a/b")) == {"a/b": "lab"}


def test_it_can_be_forgotten_again(tmp_path: Path) -> None:
    for hours in range(3):
        now = word("a/b", AT + timedelta(hours=hours))
        assert remember(tmp_path, now) == {"a/b": "lab"}
        forget(tmp_path, "a/b")
        assert remember(tmp_path, now) == {}
        with pytest.raises(FleetError, match="never heard of"):
            forget(tmp_path, "a/b")


def test_to_look_writes_nothing(tmp_path: Path) -> None:
    assert count_in(tmp_path, word("a/b")) == {"a/b": "lab"}
    assert not any(tmp_path.iterdir())


@pytest.mark.broker
def test_a_forgotten_device_is_in_no_count(
    operator: Operator,
    broker: Callable[..., Mosquitto],
    subscriber: Callable[..., Subscriber],
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = broker().port
    directory = operator.workspace.rollouts
    assert operator.run("rollout", "start", "--group", "plant-1", "--stages", "100", NAME, "1.1") == 0
    said = {"a/gone": UpdateStatus(device="a/gone", group="plant-1", counter=1, state="IDLE", at=AT)}
    remember(directory, said)
    subscriber(port, topics="nothing").publish(
        "edge-agent/v1/a/gone/update/status", status_to_bytes(said["a/gone"]), retain=True
    )
    known = []
    for _ in range(2):
        capsys.readouterr()
        assert operator.run("rollout", "status", "--group", "plant-1", "--broker", f"127.0.0.1:{port}", "--json") == 0
        known.append(json.loads(capsys.readouterr().out)["counts"][0]["known"])
        if len(known) == 1:
            assert operator.run("rollout", "forget", "a/gone") == 0
    assert known == [1, 0]


def test_a_device_that_says_another_group_is_counted_there_and_only_there(tmp_path: Path) -> None:
    remember(tmp_path, word("a/b") | word("a/c"))
    moved = {"a/b": UpdateStatus(device="a/b", group="plant-1", counter=1, state="IDLE", at=AT)}
    assert remember(tmp_path, moved) == count_in(tmp_path, moved) == {"a/b": "plant-1", "a/c": "lab"}
