"""A stage's own check, and a rule whose times may be set one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
from annotated_types import Ge
from pydantic import TypeAdapter, ValidationError

from edge_agent.settings.error_to_finding import errors_to_findings
from edge_agent.settings.expected import Expected
from edge_agent.settings.finding import Finding
from edge_agent.settings.yaml_to_tree import yaml_to_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Hysteresis:
    enter_deg: Annotated[float, Ge(0)]
    exit_deg: float = 30.0

    def __post_init__(self) -> None:
        if self.exit_deg >= self.enter_deg:
            raise ValueError("exit_deg must be smaller than enter_deg")


def test_what_a_dataclass_itself_refuses_is_told_in_its_own_words() -> None:
    tree = yaml_to_tree("enter_deg: 20\n")
    adapter = TypeAdapter(Hysteresis)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(tree.value)
    findings = list(errors_to_findings(caught.value, tree, Expected(adapter.json_schema(), tree.value)))
    assert findings == [Finding((), "exit_deg must be smaller than enter_deg")]
