"""What the rules say of themselves, for subscribers: severity, evidence, and whether they are on by default."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from edge_agent.app.audit import AUDIT, SELF_TEST, SNOOZE
from edge_agent.app.camera_change_to_event import CAMERA_BACK, CAMERA_LOST
from edge_agent.contract.words import OF_RULE
from edge_agent.data.event import Severity
from edge_agent.rules import blind
from edge_agent.rules.catalogue import every_rule
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.rule import Rule
from edge_agent.rules.sight_to_event import BLIND


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a subscriber meets it.

    Attributes:
        name: In topics and events.
        says: When it raises, in one sentence.
        severity: Of an incident when it is raised.
        critical: Whether an incident that lasts becomes critical.
        default: Whether it is on unless the configuration says otherwise.
        evidence: Names that its events may carry besides those that any rule may.
        resolved: The word of an incident that was seen to end.
        confirms: Whether an incident is suspected at first.
    """

    name: str
    says: str
    severity: str
    critical: bool
    default: bool
    evidence: tuple[str, ...]
    resolved: str
    confirms: bool


def rules_to_rows() -> tuple[RuleRow, ...]:
    """Every rule of the catalogue, most urgent first, then what is about cameras, and what people did to the device."""
    about_cameras = (
        _about_cameras(BLIND, _first_sentence(blind.__doc__), "recovered"),
        _about_cameras(CAMERA_LOST, f"A camera gives no frame for 5 s; `{CAMERA_BACK}` clears the incident.", ""),
        _about_cameras(CAMERA_BACK, f"The camera of a `{CAMERA_LOST}` gives frames again.", ""),
    )
    by_people = (
        _by_people(AUDIT, "A command was obeyed, or a configuration taken; one phase, `cleared`."),
        _by_people(SELF_TEST, "Somebody asked for an event, to see it arrive; one phase, `cleared`."),
        _by_people(SNOOZE, "Somebody asked that a place go unannounced for a while; `cleared` when that is over."),
    )
    return (*(_row(rule) for rule in every_rule()), *about_cameras, *by_people)


def _row(rule: Rule) -> RuleRow:
    return RuleRow(
        name=rule.name,
        says=_first_sentence(sys.modules[type(rule).__module__].__doc__),
        severity=rule.severity.value,
        critical=rule.timing.escalate_s > 0.0,
        default=getattr(CatalogueSettings(), rule.name).enabled,
        evidence=OF_RULE.get(rule.name, ()),
        resolved=rule.ends_as,
        confirms=rule.timing.confirm_s > 0.0,
    )


def _about_cameras(name: str, says: str, resolved: str) -> RuleRow:
    evidence = OF_RULE.get(name, ())
    return RuleRow(name, says, Severity.WARNING.value, False, True, evidence, resolved, False)  # noqa: FBT003


def _by_people(name: str, says: str) -> RuleRow:
    return RuleRow(name, says, Severity.INFO.value, False, True, OF_RULE[name], "", False)  # noqa: FBT003


def _first_sentence(docstring: str | None) -> str:
    """Of a rule's module, without the rule's name before it."""
    sentence = " ".join((docstring or "").split()).split(". ")[0].rstrip(".").partition(": ")[2]
    return f"{sentence[:1].upper()}{sentence[1:]}."
