"""The profile is locked: what leaves can only change together with this file."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from leaks import leaks, leaks_in_log
from pydantic import BaseModel

import edge_agent
from edge_agent.app.reports import info_payload
from edge_agent.data.event import Evidence
from edge_agent.data.sight import SightFault
from edge_agent.mqtt.payload import StatusPayload
from edge_agent.mqtt.privacy_profile import (
    EVIDENCE,
    PROFILE,
    WITHHELD,
    Words,
    bucketed,
    description,
    profile_hash,
    published,
)
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.rules_stage import Assignment

PROJECT = Path(__file__).resolve().parents[2]

# Changing this line is a decision about the privacy of people at work: say so in the commit, regenerate
# docs/privacy-profile.json (python -m edge_agent.mqtt.privacy_profile), and read docs/privacy.md again.
PINNED = "ae7ddfd482d8f992fcb4ff01eeaea9e1b3fc04d463829cf3ee58c623213eb507"


def test_what_leaves_is_what_was_agreed() -> None:
    assert profile_hash() == PINNED


def test_the_committed_profile_is_the_one_in_force_and_anybody_can_compute_its_hash() -> None:
    committed = json.loads((PROJECT / "docs" / "privacy-profile.json").read_text())
    digest = committed.pop("sha256")
    assert committed == description()
    canonical = json.dumps(committed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == digest == PINNED


def test_info_tells_which_profile_runs() -> None:
    settings = CatalogueSettings()
    scene = Scene("hall", (), None)
    info = info_payload("m", "litert", "c", (Assignment(scene, build_rules(settings, scene), (), settings.blind),))
    assert (info.privacy, info.privacy_hash) == (PROFILE, PINNED)


def subclasses(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def inside(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema()
    return {model.__name__, *schema.get("$defs", {})}


def test_every_payload_class_in_the_package_belongs_to_a_topic_of_the_profile() -> None:
    for module in pkgutil.walk_packages(edge_agent.__path__, "edge_agent."):
        # The demonstration needs a broker's package that devices lack, and publishes nothing.
        if module.name.startswith(("edge_agent.mqtt", "edge_agent.app")) and ".demo" not in module.name:
            importlib.import_module(module.name)
    (base,) = StatusPayload.__bases__
    covered = set().union(*(inside(model) for model in published().values()))
    own = {child.__name__ for child in subclasses(base) if child.__module__.startswith("edge_agent.")}
    assert own <= covered


NAMING = ("Evidence", "judge_angle", "judge_frequency")
"""Each takes the name of an evidence first."""


def evidence_names(tree: ast.Module) -> Iterator[str | None]:
    """The names in one file; None for one that is handed on from elsewhere."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMING and node.args:
            match node.args[0]:
                case ast.Constant(value=name):
                    yield str(name)
                case ast.Name(id=variable):
                    yield constants.get(variable)


def test_every_evidence_of_a_rule_either_leaves_in_a_way_that_was_decided_or_stays_on_purpose() -> None:
    found = {
        file.stem: set(evidence_names(ast.parse(file.read_text()))) for file in (PROJECT / "edge_agent").rglob("*.py")
    }
    # The last one writes none: it asks how a name of its table would be sent.
    assert {name for name, names in found.items() if None in names} == {"held_angle", "held_frequency", "tables"}
    written = set().union(*found.values()) - {None}
    assert written == {*EVIDENCE, *WITHHELD}, "neither undecided nor left over"
    assert not set(EVIDENCE) & set(WITHHELD)


def test_every_rules_last_word_leaves() -> None:
    settings = CatalogueSettings()
    parts = [part.name for part in dataclasses.fields(settings) if part.name != "blind"]
    everything = {name: dataclasses.replace(getattr(settings, name), enabled=True) for name in parts}
    rules = build_rules(dataclasses.replace(settings, **everything), Scene("hall", (), None))
    assert len(rules) == len(parts)
    words = EVIDENCE["resolved"]
    assert isinstance(words, Words)
    assert {rule.ends_as for rule in rules} <= set(words.words)


def test_every_reason_for_a_blind_camera_leaves() -> None:
    words = EVIDENCE["reason"]
    assert isinstance(words, Words)
    assert {fault.value for fault in SightFault} == set(words.words)


@pytest.mark.parametrize("name", WITHHELD)
def test_what_is_withheld_stays(name: str) -> None:
    assert bucketed([Evidence(name, 1.0)]) == {}


# The look itself: it must find what it is there to find.

HEALTH = {"at": "t", "uptime_s": 1.0, "cameras": {}, "outbox": {"pending": 0, "quarantined": 0, "dropped": 0}}


@pytest.mark.parametrize(
    ("suffix", "payload", "words"),
    [
        ("health", {**HEALTH, "keypoints": 1}, "the word keypoints"),
        ("health", {**HEALTH, "left_hip": 1}, "the word left_hip"),
        ("health", {**HEALTH, "extra": 1}, "is not in the profile"),
        ("health", {**HEALTH, "uptime_s": [1, 2, 3, 4]}, "a list of numbers"),
        ("health", {**HEALTH, "uptime_s": 1.23456}, "more exact than a thousandth"),
        ("health", {**HEALTH, "at": "A" * 40}, "could carry anything"),
        ("health", {**HEALTH, "at": "word " * 60}, "could carry anything"),
        ("health", {**HEALTH, "cameras": {"hall": {"speed_m": 1.0}}}, "a field named speed_m"),
        ("health", {**HEALTH, "cameras": {"hall": {"fps": "text"}}}, "none of its words"),
        ("status", {"status": "gone", "reason": "lost"}, "none of its words"),
        ("event/fall", {"data": {"evidence": {"floor_speed_m_s": 1.0}}}, "floor_speed_m_s is not in the profile"),
        ("event/fall", {"data": {"evidence": {"drop_h": 0.31}}}, "no bucket of 0.1"),
        ("event/fall", {"data": {"evidence": {"trunk_inclination_deg": [77.0, 92.0]}}}, "no bucket of 15"),
        ("event/fall", {"data": {"evidence": {"resolved": "Erika"}}}, "none of its words"),
        ("event/fall", {"data": {"track_id": 7}}, "the word track_id"),
        ("snapshot", {}, "no such topic"),
        ("event/fall/more", {}, "no such topic"),
    ],
)
def test_the_look_finds_what_must_not_leave(suffix: str, payload: object, words: str) -> None:
    found = leaks(suffix, json.dumps(payload).encode())
    assert any(words in problem for problem in found), found


def test_the_look_lets_pass_what_may_leave() -> None:
    assert leaks("health", json.dumps(HEALTH).encode()) == []


@pytest.mark.parametrize(
    "line",
    ["left_wrist 0.5", "at 211.5 px", "1.83 m tall", "[0.1, 0.2, 0.3, 0.4]", "angle 77.12345", "x" * 64, "track_id 7"],
)
def test_the_look_at_the_log_finds_what_must_not_be_written(line: str) -> None:
    assert leaks_in_log(f"INFO edge_agent.app.vision: {line}")


def test_the_look_at_the_log_lets_the_cameras_height_pass() -> None:
    assert leaks_in_log("INFO: camera hall: looks down 20 deg and rolls 0 deg, 3.2 m above the floor") == []
