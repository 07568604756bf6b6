"""A stick that somebody made to harm the device: whatever lies on it, only its own files are written or deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from provisioned_device import FILE, Box, mode

from edge_agent.provision.books import read_books

NOTES = ("edge-agent.done.txt", "edge-agent.error.txt")


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def system_file(box: Box, name: str = "shadow") -> Path:
    file = box.root / "etc" / name
    file.write_text("root:*:1::::::\n")
    file.chmod(0o600)
    return file


def as_it_was(file: Path) -> bool:
    return file.read_text() == "root:*:1::::::\n" and mode(file) == "0o600"


def on_the_stick(box: Box, text: str = FILE) -> Path:
    file = box.stick / "edge-agent.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("tag", ["x", "", "01234567", "0123456789"])
def test_a_link_in_place_of_a_file_that_was_being_wiped_leads_nowhere(box: Box, tag: str) -> None:
    victim = system_file(box)
    (box.stick / f"edge-agent.{tag}.wiping").symlink_to(victim)
    box.start()
    assert as_it_was(victim)


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("text", [FILE, FILE.replace("plant-1", "Plant 1")], ids=["taken", "refused"])
def test_a_link_in_place_of_a_note_leads_nowhere(box: Box, note: str, text: str) -> None:
    victim, absent = system_file(box), box.root / "etc/profile.d"
    (box.stick / note).symlink_to(victim)
    on_the_stick(box, text)
    box.start()
    assert as_it_was(victim)
    box.boot_id = "second"
    (box.stick / note).unlink(missing_ok=True)
    (box.stick / note).symlink_to(absent)
    on_the_stick(box, text.replace("cam-press", "cam-2"))
    box.start()
    assert not absent.exists()


@pytest.mark.parametrize("note", NOTES)
def test_another_name_of_a_system_file_in_place_of_a_note_changes_nothing_there(box: Box, note: str) -> None:
    victim = system_file(box)
    (box.stick / note).hardlink_to(victim)
    on_the_stick(box)
    box.start()
    on_the_stick(box, FILE.replace("plant-1", "Plant 1"))
    box.start()
    assert as_it_was(victim)


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.timeout(30)
def test_a_pipe_in_place_of_a_note_holds_nobody_up(box: Box, note: str) -> None:
    os.mkfifo(box.stick / note)
    on_the_stick(box)
    assert box.start().taken
    on_the_stick(box, FILE.replace("plant-1", "Plant 1"))
    assert box.start().failed


def test_a_directory_in_place_of_a_note_is_said_and_no_more(box: Box) -> None:
    (box.stick / "edge-agent.done.txt").mkdir()
    on_the_stick(box)
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, True)
    assert "THE SECRETS ARE STILL ON THE USB STICK" in box.console()


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", ["link", "pipe", "another name"])
def test_what_a_file_brought_along_and_is_something_else_now_is_not_overwritten(
    box: Box, read_only: pytest.MonkeyPatch, kind: str
) -> None:
    victim = system_file(box)
    text = FILE.replace("  username", "  password_file: secret\n  username").replace("  mqtt_password", "  #")
    (box.stick / "secret").write_text("let me in")
    on_the_stick(box, text)
    assert box.start().taken
    read_only.undo()
    (box.stick / "secret").unlink()
    if kind == "link":
        (box.stick / "secret").symlink_to(victim)
    elif kind == "pipe":
        os.mkfifo(box.stick / "secret")
    else:
        (box.stick / "secret").hardlink_to(victim)
    box.start()
    assert as_it_was(victim)


def test_a_provisioning_file_with_another_name_is_not_overwritten_and_that_is_said(box: Box, tmp_path: Path) -> None:
    (tmp_path / "other").hardlink_to(on_the_stick(box))
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, True)
    assert (tmp_path / "other").read_text() == FILE
    assert "has another name, too" in box.console()
    assert [file.name for file in box.stick.iterdir()] == ["edge-agent.yaml"], "no note says that it is wiped"


@pytest.mark.parametrize("key", [r'"x\n$(touch /tmp/x)\n#"', r'"\e[2J"'])
@pytest.mark.parametrize("where", ["", "  "], ids=["outside", "in the section"])
def test_a_key_that_would_begin_a_line_is_refused_without_being_shown(box: Box, key: str, where: str) -> None:
    on_the_stick(box, FILE.replace("provision:\n", f"provision:\n  {key}: 1\n") if where else FILE + f"{key}: 1\n")
    assert box.start().failed
    note = (box.stick / "edge-agent.error.txt").read_bytes().decode()
    assert "a key with a line break or a character that cannot be printed" in note
    assert "touch" not in note + box.console()
    assert "\x1b" not in note + box.console()


def test_a_value_of_several_lines_is_told_of_in_one(box: Box) -> None:
    on_the_stick(box, FILE.replace("host_name: press-1", r'host_name: "x\n$(touch /tmp/x)"'))
    box.start()
    assert not any(line.startswith("$") for line in (box.stick / "edge-agent.error.txt").read_text().splitlines())


def wiping(box: Box, tag: str) -> Path:
    file = box.stick / f"edge-agent.{tag}.wiping"
    file.write_text("another device's secret")
    return file


def test_another_device_s_file_that_was_being_wiped_is_wiped_and_changes_nothing_here(
    box: Box, read_only: pytest.MonkeyPatch
) -> None:
    box.put()
    box.start()
    read_only.undo()
    (box.boot / "edge-agent.yaml").rename(box.directory / "out")
    before, books = box.on_the_device(), read_books(box.root)
    file = wiping(box, "01234567")
    box.start()
    assert not file.exists()
    assert box.on_the_device() == before
    assert read_books(box.root) == books


@pytest.mark.parametrize("tag", ["", "x", "*"])
def test_a_name_that_this_device_never_gives_is_left_alone(box: Box, read_only: pytest.MonkeyPatch, tag: str) -> None:
    box.put()
    box.start()
    read_only.undo()
    (box.boot / "edge-agent.yaml").rename(box.directory / "out")
    before, books = box.on_the_device(), read_books(box.root)
    file = wiping(box, tag)
    box.start()
    assert file.exists()
    assert box.on_the_device() == before
    assert read_books(box.root) == books


def test_a_device_that_was_never_provisioned_wipes_it_too_at_each_start(box: Box) -> None:
    for _ in range(2):
        file = wiping(box, "01234567")
        assert not box.start().failed
        assert not file.exists()
