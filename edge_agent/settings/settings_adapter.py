"""The one place where pydantic meets the settings."""

from __future__ import annotations

from functools import cache
from typing import NewType

from pydantic import ConfigDict, TypeAdapter

from edge_agent.settings.settings import Settings

# pydantic takes a configuration for a type that cannot carry its own, and hands it down to every dataclass inside.
# `Settings` could carry one, this name for it cannot; and so the same classes can be read with and without their
# attribute docstrings, which cost ten times as long to gather as the rest.
_Document = NewType("_Document", Settings)


def strict(*, with_descriptions: bool = False) -> ConfigDict:
    """How a document is read: unknown keys and silent conversions are refused."""
    return ConfigDict(
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=with_descriptions,
        # What is a word of Python ends with an underscore there, and not in the file: `from_`.
        alias_generator=lambda name: name.removesuffix("_"),
    )


@cache
def settings_adapter(*, with_descriptions: bool = False) -> TypeAdapter[Settings]:
    """The validator of a whole document.

    Args:
        with_descriptions: Put attribute docstrings into the JSON Schema.
    """
    return TypeAdapter(_Document, config=strict(with_descriptions=with_descriptions))
