"""A desired configuration over the file: what it may change, and how it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge_agent.errors import ConfigError
from edge_agent.settings.file_to_settings import load_settings

ZONE = {"name": "press", "polygon": [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]}


@pytest.fixture
def file(tmp_path: Path, minimal: str) -> Path:
    made = tmp_path / "config.yaml"
    made.write_text(minimal + "rules: {fall: {suspect_s: 1.0}, zone_dwell: {enabled: false}}\nmodel: {threads: 1}\n")
    return made


def problems(file: Path, overlay: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load_settings(file, overlay)
    return [problem.in_file("f") for problem in refused.value.problems]


def test_an_empty_one_leaves_the_file_as_it_is(file: Path) -> None:
    assert load_settings(file, {}) == load_settings(file)


def test_a_section_stands_in_for_that_of_the_file_as_a_whole(file: Path) -> None:
    settings = load_settings(
        file,
        {
            "rules": {"fall": {"suspect_s": 2.0}},
            "score": 0.6,
            "strain": {"enabled": False},
            "cameras": {"cam-1": {"zones": [ZONE], "calibration": {"tilt_deg": 20, "fov_deg": 60}}},
        },
    )
    assert settings.rules.fall.suspect_s == 2.0
    assert settings.rules.zone_dwell.enabled, "the file's `rules` are gone, all of them"
    assert (settings.model.score, settings.model.threads) == (0.6, 1)
    assert not settings.strain.enabled
    assert [zone.name for zone in settings.cameras[0].zones] == ["press"]
    assert settings.cameras[0].calibration is not None


def test_score_needs_no_section_in_the_file(tmp_path: Path, minimal: str) -> None:
    made = tmp_path / "config.yaml"
    made.write_text(minimal)
    assert load_settings(made, {"score": 0.7}).model.score == 0.7


def test_everything_that_is_wrong_is_told_at_once_and_without_a_line_of_the_file(file: Path) -> None:
    crossed = {"name": "Press!", "polygon": [[0.1, 0.1], [0.5, 0.5], [0.5, 0.1], [0.1, 0.5]]}
    found = problems(file, {"cameras": {"cam-1": {"zones": [crossed]}}, "rules": {"fal": {}}, "score": "high"})
    text = "\n".join(found)
    for words in ("cameras[0].zones[0].name", "cameras[0].zones[0].polygon", "did you mean `fall`", 'found "high"'):
        assert words in text
    assert all(problem.startswith("f: ") for problem in found)


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ({"mqtt": {"host": "evil.example"}}, "mqtt: cannot be set from afar"),
        ({"commands": {"keys": []}}, "commands: cannot be set from afar"),
        ({"state_dir": "/tmp"}, "state_dir: cannot be set from afar"),
        ({"model": {"use": "x"}}, "model: cannot be set from afar"),
        ({"cameras": []}, "cameras: expected a mapping"),
        ({"cameras": {"cam-9": {}}}, "cameras.cam-9: the device has no such camera"),
        ({"cameras": {"cam-1": []}}, "cameras.cam-1: expected a mapping"),
        ({"cameras": {"cam-1": {"source": {"type": "clip"}}}}, "cameras.cam-1.source: cannot be set from afar"),
        ({"rules": 3}, "rules: expected a mapping"),
        ({"rules": None}, "rules: expected a mapping"),
        ({"cameras": {"cam-1": {"zones": {"a": 1}}}}, "cameras[0].zones"),
    ],
)
def test_nothing_else_can_come_so(file: Path, overlay: dict[str, Any], words: str) -> None:
    assert any(words in problem for problem in problems(file, overlay))


def test_a_file_that_is_wrong_itself_is_still_refused_with_its_lines(file: Path) -> None:
    file.write_text(file.read_text() + "sit: typo\n")
    assert any(problem.startswith("f:9: sit: unknown key") for problem in problems(file, {"score": 0.5}))


def test_two_keys_of_one_name_are_refused(file: Path) -> None:
    key = f"{{kid: desk, public_key: {'A' * 43}}}"
    file.write_text(file.read_text() + f"commands: {{keys: [{key}, {key}]}}\n")
    assert any("commands.keys[1].kid: commands.keys[0] has this name" in problem for problem in problems(file, {}))
