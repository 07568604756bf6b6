"""Files that are no configuration, and whatever else somebody may put into one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from config_text import Refused, one
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.errors import ConfigError
from edge_agent.settings.file_to_settings import load_settings


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "the file is empty"),
        ("# only a comment\n\n", 0, "the file is empty"),
        ("- a\n- b\n", 1, "must hold a mapping"),
        ("just words\n", 1, "must hold a mapping"),
        ("site: a\n\tdevice: b\n", 2, "a tab"),
        ("site: a\ndevice: b: c\n", 2, "a `:` where none may stand"),
        ("site: a\n  device: b\n", 2, "a `:` where none may stand"),
        ("cameras:\n    - a\n  - b\n", 3, "indentation"),
        ("site: a\ncameras: [a, b\nmqtt: {}\n", 2, "starts with `[` is not closed"),
        ("site: a\nmqtt: {a: b\n", 2, "starts with `{` is not closed"),
        ("site: 'a\ndevice: b\n", 1, "a quote is opened"),
        ("site: a\ndevice\n", 2, "a key without its `:`"),
        ("site: a\n---\nsite: b\n", 2, "a second document"),
        ("site: a\nx: \x07\n", 2, "a character that YAML does not allow"),
        ("site: &x a\ndevice: *x\n", 2, "an anchor is used"),
        ("site: @a\n", 1, "not valid YAML"),
        ("? [a]\n: b\n", 1, "a key that is not plain text"),
        ("x: !!binary aGk=\n", 1, "a YAML tag"),
    ],
)
def test_text_that_is_no_configuration(refused: Refused, text: str, line: int, message: str) -> None:
    problems = [problem for problem in refused(text) if message in problem.message]
    assert problems
    assert problems[0].line == line


def test_a_yaml_bomb_is_refused_before_it_grows(refused: Refused) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(20)
    )
    started_s = time.thread_time()
    assert "an anchor is used" in one(refused(bomb)).message
    assert time.thread_time() - started_s < 5.0


@pytest.mark.parametrize("text", ["[" * 50_000, "x: " + "{a: " * 20_000, "- " * 30_000 + "a", "? " * 30_000])
def test_deep_nesting_is_refused(refused: Refused, text: str) -> None:
    assert "more than 20 levels" in one(refused(text)).message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"site: a\ndevice: caf\xe9\n")
    (tmp_path / "large.yaml").write_bytes(b"# x\n" * 100_000)
    for name, line, words in (
        ("absent.yaml", 0, "No such file"),
        (".", 0, "Is a directory"),
        ("latin.yaml", 2, "is not UTF-8 text"),
        ("large.yaml", 0, "is larger than 256 KiB"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_settings(tmp_path / name)
        problem = one(caught.value.problems)
        assert (problem.line, words in problem.message) == (line, True)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so where the tests run as root they drop that for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_without_permission(tmp_path: Path, minimal: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(minimal)
    file.chmod(0)
    with as_nobody(), pytest.raises(ConfigError) as caught:
        load_settings(file)
    problem = one(caught.value.problems)
    assert "Permission denied" in problem.message
    assert "let the agent's user read it" in problem.suggestion


SCALARS = st.none() | st.booleans() | st.integers(-5, 2000) | st.floats(width=32) | st.text(max_size=6)


SECTIONS = ["site", "device", "state_dir", "model", "cameras", "rules", "mqtt", "outbox", "log"]


INNER = ["name", "source", "zones", "polygon", "kind", "type", "url", "host", "tls", "fall", "enabled", "threads"]


KEYS = st.sampled_from([*SECTIONS, *INNER]) | st.text(max_size=4)


DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)


@given(document=st.dictionaries(KEYS, DOCUMENTS, max_size=8))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_stands_in_the_file_is_answered_with_problems_that_have_a_line(
    tmp_path: Path, document: dict[str, object]
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8", errors="replace")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert caught.value.problems
    for problem in caught.value.problems:
        assert problem.message
        assert problem.line > 0 or not document
        assert "\n" not in problem.message + problem.suggestion
