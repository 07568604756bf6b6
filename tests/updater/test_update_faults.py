"""Power cuts, full disks and flipped bits at every write: one whole model is active, and the update goes on."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from update_world import World

from edge_agent.update.journal import Journal
from edge_agent.update.reason import UpdateReason as R
from edge_agent.update.reason import UpdateState as S
from edge_agent.update.trials import Trials

CONTENTS = {b"factory", b"one", b"two"}


class PowerCut(BaseException):
    """Everything after the write that it strikes never happens."""


@contextmanager
def striking(fault: BaseException, first: int, last: int | None = None) -> Iterator[Callable[[], int]]:
    """Inside, the writes with these numbers fail; gives how many there were."""
    real, count = os.fsync, 0

    def fsync(descriptor: int) -> None:
        nonlocal count
        count += 1
        if first <= count <= (first if last is None else last):
            raise fault
        real(descriptor)

    os.fsync = fsync
    try:
        yield lambda: count
    finally:
        os.fsync = real


def device(directory: Path) -> World:
    """One that runs release 1.0, and to which 2.0 was published."""
    world = World(directory)
    for _ in range(5):
        world.daemon.watch(2.0)
    world.service.book.open()
    world.publish("1.0", content=b"one")
    assert world.run() is S.COMMITTED
    world.publish("2.0", content=b"two")
    return world


def restarted(world: World) -> World:
    """The same disk after a power cut: every process is a new one."""
    return reopened(world.directory, world.counter)


def reopened(directory: Path, counter: int = 2) -> World:
    again = World(directory)
    again.counter = counter
    return again


def model_that_would_run(world: World) -> bytes:
    """What the daemon would open: each slot is hashed before it is."""
    slots, trials = world.store.slots(), Trials(world.store)
    chain = [slots.trial.candidate if slots.trial else None, slots.active, slots.last_good]
    for slot in chain:
        if slot is not None and trials.is_sound(slot):
            return (world.store.place(slot) / "model.tflite").read_bytes()
    return (world.store.place(None) / "model.tflite").read_bytes()


def update_to_the_end(world: World) -> None:
    world.service.book.open()
    world.look_again()
    if world.active().split("-")[1] != "2.0":
        world.look_again()
    slots = world.store.slots()
    assert slots.active is not None
    assert (slots.active.version, slots.trial) == ("2.0", None)
    assert Trials(world.store).is_sound(slots.active)


def interrupted(directory: Path, fault: BaseException, first: int, last: int | None = None) -> tuple[World, int]:
    world = device(directory)
    with striking(fault, first, last) as count:
        with suppress(PowerCut):
            world.look_again()
        return world, count()


# Every write takes half a minute, and minutes on a busy machine; in between every so many.
EVERY = [pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(600)]), 9]


@pytest.mark.parametrize("step", EVERY)
def test_after_a_power_cut_at_any_write_one_whole_model_runs_and_the_update_goes_on(tmp_path: Path, step: int) -> None:
    _, writes = interrupted(tmp_path / "whole", PowerCut(), 10**9)
    assert writes > 40
    for number in range(1, writes + 1, step):
        world, _ = interrupted(tmp_path / str(number), PowerCut(), number)
        again = restarted(world)
        assert model_that_would_run(again) in CONTENTS, number
        update_to_the_end(again)


def test_a_start_after_a_power_cut_says_so(tmp_path: Path) -> None:
    world = device(tmp_path)
    with striking(PowerCut(), 12), pytest.raises(PowerCut):
        world.look_again()
    again = restarted(world)
    again.service.book.open()
    journal = Journal(tmp_path / "state" / "update" / "journal")
    journal.open()
    assert R.POWER_LOSS in {entry.reason for entry in journal.entries[-3:]}


def test_a_stop_on_purpose_is_no_power_cut(tmp_path: Path) -> None:
    world = device(tmp_path)
    world.service.check_soon()
    for _ in range(4):
        world.service.turn()
    world.service.book.close()
    again = restarted(world)
    again.service.book.open()
    assert R.POWER_LOSS not in {standing.entry.reason for standing in again.heard.standings}
    assert again.service.state is world.service.state


@pytest.mark.parametrize("step", EVERY)
@pytest.mark.parametrize("span", [0, 2, 7])
def test_a_disk_that_is_full_at_any_write_delays_the_update_and_breaks_nothing(
    tmp_path: Path, span: int, step: int
) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    _, writes = interrupted(tmp_path / "whole", full, 10**9)
    for number in range(1, writes + 1, step):
        world, _ = interrupted(tmp_path / str(number), full, number, number + span)
        assert model_that_would_run(world) in CONTENTS, number
        for _ in range(3):
            if world.active().split("-")[1] == "2.0" and world.service.rests:
                break
            world.clock.now_s += 3600.0
            world.look_again()
        assert world.active().split("-")[1] == "2.0", number


def flip(file: Path, rng: random.Random) -> None:
    raw = bytearray(file.read_bytes())
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    file.write_bytes(raw)


def test_a_bit_that_flips_in_any_file_never_runs_and_is_healed(tmp_path: Path) -> None:
    rng = random.Random(6)
    world = device(tmp_path / "device")
    assert world.look_again() is S.COMMITTED
    state = tmp_path / "device" / "state"
    names = sorted(path.relative_to(state) for path in state.rglob("*") if path.is_file() and path.stat().st_size)
    assert {"journal", "memory-1.twin", "slots-1.twin", "model.tflite"} <= {name.name for name in names}
    for name in names:
        for _ in range(4):
            before = (state / name).read_bytes()
            flip(state / name, rng)
            again = restarted(world)
            assert model_that_would_run(again) in CONTENTS, name
            update_to_the_end(again)
            if (state / name).exists() and not name.parent.name.startswith("pose"):
                (state / name).write_bytes(before)


def test_both_copies_of_the_slots_lost_means_the_factory_model_and_a_new_update(tmp_path: Path) -> None:
    world = device(tmp_path)
    world.look_again()
    for number in (1, 2):
        (tmp_path / "state" / "models" / f"slots-{number}.twin").write_bytes(b"\0" * 100)
    again = restarted(world)
    assert model_that_would_run(again) == b"factory"
    update_to_the_end(again)


def test_files_of_the_updater_that_are_lost_end_a_trial_that_nobody_knows_of(tmp_path: Path) -> None:
    world = device(tmp_path)
    world.service.check_soon()
    world.run(until=lambda: world.service.state is S.TRIAL)
    for file in (tmp_path / "state" / "update").iterdir():
        if file.is_file():
            file.unlink()
    again = restarted(world)
    again.service.book.open()
    assert again.store.slots().trial is None
    assert again.store.slots().active.version == "1.0"  # type: ignore[union-attr]
