"""Which file counts where there are several, and what happens to a medium that cannot be wiped."""

from __future__ import annotations

from pathlib import Path

import pytest
from provisioned_device import FILE, Box

from edge_agent.provision.books import read_books

OTHER = FILE.replace("site: plant-1", "site: plant-2")


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def on_the_stick(box: Box, text: str = OTHER) -> Path:
    file = box.stick / "edge-agent.yaml"
    file.write_text(text)
    return file


def test_a_stick_alone_provisions(box: Box) -> None:
    on_the_stick(box)
    assert box.start().taken
    assert box.settings().site == "plant-2"
    assert '"source":"usb"' in box.text("etc/edge-agent/provisioned.json")
    assert [file.name for file in box.stick.iterdir()] == ["edge-agent.done.txt"]


def test_the_boot_partition_wins_and_it_is_said(box: Box) -> None:
    box.put()
    file = on_the_stick(box)
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, True)
    assert box.settings().site == "plant-1"
    assert file.read_text() == OTHER
    assert "edge-agent.yaml on the USB stick (sda1) is not used" in box.console()
    advice = (box.stick / "edge-agent.error.txt").read_text()
    assert "took another file at the same start" in advice
    assert "edge-agent provision --again" in advice
    assert "Correct" not in advice
    file.write_text(f"{OTHER}# as the advice says\n")
    box.boot_id = "second"
    assert box.start().taken
    assert box.settings().site == "plant-2"


def test_it_wins_also_where_the_stick_is_seen_later_and_at_the_next_boot(box: Box) -> None:
    box.put()
    box.start()
    on_the_stick(box)
    for boot_id in ("first", "second"):
        box.boot_id = boot_id
        assert not box.start().taken
        assert box.settings().site == "plant-1"


def test_another_file_on_a_stick_at_a_later_boot_is_meant(box: Box) -> None:
    box.put()
    box.start()
    box.boot_id = "second"
    on_the_stick(box)
    assert box.start().taken
    assert box.settings().site == "plant-2"


def test_what_was_passed_over_is_taken_when_somebody_says_so(box: Box) -> None:
    box.put()
    on_the_stick(box)
    box.start()
    box.boot_id = "second"
    assert box.start(again=True).taken
    assert box.settings().site == "plant-2"


def test_where_the_boot_partition_s_file_is_wrong_a_stick_can_help(box: Box) -> None:
    box.put(FILE.replace("site: plant-1", "site: Plant 1"))
    on_the_stick(box)
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, True)
    assert box.settings().site == "plant-2"


def test_a_device_can_be_closed_to_sticks_and_opened_again_by_the_boot_partition(box: Box) -> None:
    box.put(FILE.replace("  host_name", "  accept_usb: false\n  host_name"))
    box.start()
    assert not read_books(box.root).accept_usb
    box.put()
    box.start()
    assert read_books(box.root).accept_usb


def test_a_medium_that_cannot_be_wiped_counts_once_and_is_told_of_at_each_boot(
    box: Box, read_only: pytest.MonkeyPatch
) -> None:
    box.put()
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, True)
    assert '"wiped":false' in box.text("etc/edge-agent/provisioned.json")
    before = box.on_the_device()
    for boot_id in ("second", "third"):
        box.boot_id = boot_id
        box.said.clear()
        outcome = box.start()
        assert (outcome.taken, outcome.failed) == (False, True)
        assert "THE SECRETS ARE STILL ON THE BOOT PARTITION" in box.console()
        assert box.on_the_device() == before


def test_it_is_wiped_once_it_can_be(box: Box, read_only: pytest.MonkeyPatch) -> None:
    (box.boot / "ca.pem").write_text("not named, and not ours")
    box.put()
    box.start()
    read_only.undo()
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (False, False)
    assert sorted(file.name for file in box.boot.iterdir()) == ["ca.pem", "edge-agent.done.txt"]
    assert '"wiped":true' in box.text("etc/edge-agent/provisioned.json")


def test_the_same_file_may_come_back_after_it_was_wiped(box: Box) -> None:
    box.put()
    box.start()
    (box.home / "config.yaml").write_text("somebody's own")
    box.put()
    assert box.start().taken
    assert box.settings().site == "plant-1"


def test_a_file_that_another_one_followed_is_neither_taken_nor_wiped_and_changes_no_record(
    box: Box, read_only: pytest.MonkeyPatch
) -> None:
    first = on_the_stick(box)
    assert box.start().taken
    first.rename(box.directory / "kept")
    box.boot_id = "second"
    box.put()
    assert box.start().taken
    (box.boot / "edge-agent.yaml").rename(box.directory / "kept-too")
    read_only.undo()
    before = box.on_the_device()
    (box.directory / "kept").rename(first)
    box.boot_id = "third"
    box.said.clear()
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (False, False)
    assert "run `edge-agent provision --again`" in box.console()
    assert [file.name for file in box.stick.iterdir()] == ["edge-agent.yaml"]
    assert box.on_the_device() == before
    assert '"wiped":false' in box.text("etc/edge-agent/provisioned.json")
    assert box.start(again=True).taken
    assert box.settings().site == "plant-2"


def test_a_wiping_that_was_cut_off_before_another_file_was_taken_is_ended_and_not_counted_for_that_one(
    box: Box, read_only: pytest.MonkeyPatch
) -> None:
    file = on_the_stick(box)
    box.start()
    (tag,) = (digest[:8] for digest in read_books(box.root).known)
    file.rename(box.directory / "struck")
    box.boot_id = "second"
    box.put()
    box.start()
    (box.boot / "edge-agent.yaml").rename(box.directory / "kept")
    read_only.undo()
    (box.directory / "struck").rename(box.stick / f"edge-agent.{tag}.wiping")
    box.start()
    assert not any(box.stick.iterdir())
    assert '"wiped":false' in box.text("etc/edge-agent/provisioned.json")
    assert len(read_books(box.root).known) == 1


def test_it_is_wiped_also_where_somebody_took_the_record_away(box: Box, read_only: pytest.MonkeyPatch) -> None:
    box.put()
    box.start()
    read_only.undo()
    (box.home / "provisioned.json").unlink()
    assert not box.start().failed
    assert [file.name for file in box.boot.iterdir()] == ["edge-agent.done.txt"]
