"""The tables of rules, evidence and words name what the code writes, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import edge_agent
from edge_agent.contract.rules_to_rows import RuleRow, rules_to_rows
from edge_agent.contract.words import EVIDENCE, NEVER_PUBLISHED, OF_RULE, REASONS, RESOLVED, STAGES, Word
from edge_agent.data.sight import SightFault
from edge_agent.mqtt import privacy_profile
from edge_agent.mqtt.privacy_profile import Words
from edge_agent.rules.catalogue_settings import CatalogueSettings

PACKAGE = Path(edge_agent.__file__).parent
BY_PEOPLE = {"audit", "self_test", "snooze"}
# The names of evidence that come as an argument.
NAMED = {"judge_angle": 0, "judge_frequency": 0}


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted([*(PACKAGE / "rules").glob("*.py"), *(PACKAGE / "app").glob("*.py")])
    return tuple((path.stem, ast.parse(path.read_text())) for path in paths)


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def constants(tree: ast.Module) -> dict[str, str]:
    """Words that a module gives names to."""
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def words_in(node: ast.expr, named: dict[str, str]) -> set[str]:
    """The words that an argument may be."""
    found = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return found | {named[each.id] for each in ast.walk(node) if isinstance(each, ast.Name) and each.id in named}


@cache
def evidence_by_module() -> dict[str, set[str]]:
    written: dict[str, set[str]] = {}
    for module, tree in trees():
        named = constants(tree)
        arguments = [call.args[0] for call in calls(tree, "Evidence", *NAMED)]
        names = set[str]().union(*(words_in(argument, named) for argument in arguments)) if arguments else set()
        written[module] = names
    return written


def leaving(name: str) -> set[str]:
    """The words that may leave the device under this name."""
    rule = privacy_profile.EVIDENCE[name]
    assert isinstance(rule, Words)
    return set(rule.words)


def names(words: tuple[Word, ...]) -> set[str]:
    listed = {word.name for word in words}
    assert len(listed) == len(words)
    return listed


def test_every_name_of_evidence_that_the_code_writes_has_a_meaning() -> None:
    written = set[str]().union(*evidence_by_module().values())
    assert written == names(EVIDENCE) | NEVER_PUBLISHED


def test_what_has_a_meaning_is_what_may_leave() -> None:
    assert names(EVIDENCE) == privacy_profile.EVIDENCE.keys()
    assert set(privacy_profile.WITHHELD) == NEVER_PUBLISHED


def test_a_rule_lists_at_least_what_its_own_file_writes_and_only_what_has_a_meaning() -> None:
    written = evidence_by_module()
    for row in rules_to_rows():
        own = written.get(row.name, set()) - NEVER_PUBLISHED
        assert own <= set(row.evidence) or row.name in BY_PEOPLE, row.name
        assert set(row.evidence) <= names(EVIDENCE)
        assert ("stage" in row.evidence) == row.confirms


def test_what_people_did_is_written_in_one_place_and_listed() -> None:
    listed = [set(row.evidence) for row in rules_to_rows() if row.name in BY_PEOPLE]
    assert set[str]().union(*listed) | {"resolved"} == evidence_by_module()["audit"]


def test_every_rule_of_the_catalogue_is_listed_once() -> None:
    listed = [row.name for row in rules_to_rows()]
    assert len(set(listed)) == len(listed)
    assert set(CatalogueSettings.__slots__) | {"camera_lost", "camera_back", *BY_PEOPLE} == set(listed)
    assert OF_RULE.keys() <= set(listed)
    for row in rules_to_rows():
        assert len(row.says) > 10
        assert row.says.endswith(".")


def test_every_word_that_may_leave_has_a_meaning() -> None:
    assert leaving("resolved") == names(RESOLVED)
    assert leaving("stage") == names(STAGES)
    assert leaving("reason") == names(REASONS) == {fault.value for fault in SightFault}
    assert {row.resolved for row in rules_to_rows() if row.resolved} <= names(RESOLVED)


def imported(module: str) -> set[str]:
    tree = ast.parse((PACKAGE / "rules" / f"{module}.py").read_text())
    froms = (node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module)
    return {name.rpartition(".")[2] for name in froms if name.startswith("edge_agent.rules.")}


def reachable(module: str) -> set[str]:
    reached, last = {module}, set[str]()
    while reached != last:
        last = set(reached)
        reached |= {name for each in last for name in imported(each)}
    return reached


RULES = [row for row in rules_to_rows() if not row.name.startswith("camera_") and row.name not in BY_PEOPLE]


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.name)
def test_what_a_rule_lists_and_does_not_write_itself_comes_from_what_it_imports(row: RuleRow) -> None:
    written = evidence_by_module()
    available = set[str]().union(*(written[module] for module in reachable(row.name)))
    assert set(row.evidence) <= available | {"stage", "reason"}  # which the engine and the sight write
