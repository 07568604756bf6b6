"""What a mark that a start finds says of the model on trial."""

from __future__ import annotations

from pathlib import Path

from edge_agent.update.trial_mark import Found, TrialMark, found, next_mark, read_mark, remove_mark, write_mark


def test_a_mark_of_this_boot_is_a_crash_whatever_the_model_had_judged() -> None:
    for proven in (False, True):
        assert found(TrialMark(digest="a", boot_id="b", proven=proven), "a", "b") is Found.CRASH


def test_a_mark_of_another_model_or_none_says_nothing() -> None:
    assert found(None, "a", "b") is Found.NOTHING
    assert found(TrialMark(digest="other", boot_id="b"), "a", "b") is Found.NOTHING


def test_a_mark_of_another_boot_is_a_power_cut_once_and_not_twice_before_the_model_is_proven() -> None:
    first = next_mark(None, "a", "boot-1")
    assert found(first, "a", "boot-2") is Found.POWER_CUT
    second = next_mark(first, "a", "boot-2")
    assert found(second, "a", "boot-3") is Found.POWER_CUTS


def test_power_cuts_of_a_proven_model_are_no_fault_of_it() -> None:
    mark = TrialMark(digest="a", boot_id="boot-1", proven=True)
    for boot in ("boot-2", "boot-3", "boot-4"):
        assert found(mark, "a", boot) is Found.POWER_CUT
        mark = TrialMark(**{**as_dict(next_mark(mark, "a", boot)), "proven": True})


def test_without_a_boot_identifier_every_mark_is_a_crash() -> None:
    assert found(next_mark(None, "a", ""), "a", "") is Found.CRASH


def test_a_mark_is_read_as_it_was_written_and_is_gone_when_it_was_removed(tmp_path: Path) -> None:
    path = tmp_path / "mark.json"
    mark = TrialMark(digest="a", boot_id="b")
    write_mark(path, mark)
    assert read_mark(path) == mark
    remove_mark(path)
    remove_mark(path)
    assert read_mark(path) is None
    path.write_bytes(b"{")
    assert read_mark(path) is None


def as_dict(mark: TrialMark) -> dict[str, object]:
    return {name: getattr(mark, name) for name in ("digest", "boot_id", "proven", "power_cuts")}
