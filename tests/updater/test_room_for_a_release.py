"""How much room a download needs that was begun before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from update_world import World

from edge_agent.errors import UpdateDelayed
from edge_agent.update.part_file import PartFile
from edge_agent.update.pointer import Pointer
from edge_agent.update.target_info import TargetInfo
from edge_agent.updater import release_steps

MODEL = b"m" * 4_000_000


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def disk_of(size: int, where: Path) -> Callable[[Path], SimpleNamespace]:
    """A disk with nothing on it but what lies there."""

    def usage(_: Path) -> SimpleNamespace:
        used = sum(each.stat().st_blocks * 512 for each in where.rglob("*") if each.is_file())
        return SimpleNamespace(total=size, used=used, free=size - used)

    return usage


def begun(world: World, length: int = len(MODEL)) -> Pointer:
    """A release of which some bytes of the model are there; the room for all of it is set aside."""
    release = world.add_model(content=MODEL)
    part = PartFile(world.parts().staged(release) / "model.tflite", TargetInfo("m", length, "0" * 64, ""))
    part.write(MODEL[:100_000])
    part.close()
    return Pointer(
        name="pose", version="2.0", release_sha256=release, rollout="r", percent=100, counter=1, group="canary"
    )


def test_what_was_set_aside_for_a_download_that_was_cut_is_no_room_that_is_missing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = begun(world)
    monkeypatch.setattr(shutil, "disk_usage", disk_of(5_000_000, world.parts().incoming))
    release_steps.fetch(world.parts(), pointer, lambda done, total: None)
    assert (world.parts().staged(pointer.release_sha256) / "model.tflite").read_bytes() == MODEL


def test_a_part_that_takes_more_than_it_may_is_given_up_for_the_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = begun(world, length=4_500_000)
    monkeypatch.setattr(shutil, "disk_usage", disk_of(4_400_000, world.parts().incoming))
    release_steps.fetch(world.parts(), pointer, lambda done, total: None)
    assert (world.parts().staged(pointer.release_sha256) / "model.tflite").read_bytes() == MODEL


def test_where_there_is_no_room_what_was_begun_is_given_back_to_the_events(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = begun(world)
    monkeypatch.setattr(shutil, "disk_usage", disk_of(3_900_000, world.parts().incoming))
    with pytest.raises(UpdateDelayed, match="are needed") as caught:
        release_steps.fetch(world.parts(), pointer, lambda done, total: None)
    assert caught.value.reason == "disk_full"
    assert list(world.parts().incoming.rglob("*.part")) == []
