"""The JSON files that operators sign: how they are read and written, whichever they are."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from edge_agent.errors import SignedFileError
from edge_agent.update.names import NAME_PATTERN

T = TypeVar("T")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ModelName = Annotated[str, Field(pattern=NAME_PATTERN)]
ModelVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")]
"""It becomes a directory's name; hence no blank and no slash, and no dot in front."""


def parse_signed_file(raw: bytes, what: str, schema_version: int, adapter: TypeAdapter[T]) -> T:
    """Read a file whose signature was checked.

    Args:
        raw: Its content.
        what: Its name for people, as in ``pointer``.
        schema_version: The newest that this agent knows.
        adapter: Of its type.

    Raises:
        SignedFileError: Damaged, or written for a later agent. Fields that are not known are refused, too: what a
            device does not understand may be a restriction.
    """
    try:
        document: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise SignedFileError(f"the {what} is no JSON; the operator must publish it again") from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SignedFileError(f"the {what} has no schema_version; the operator must publish it again")
    if version > schema_version:
        raise SignedFileError(
            f"the {what} has schema version {version}, this agent knows {schema_version}: update the agent first",
            newer=True,
        )
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        raise SignedFileError(f"the {what} is refused: {place}: {first['msg']}; publish it again") from error


def signed_file_to_bytes(value: T, adapter: TypeAdapter[T]) -> bytes:
    """The one text of a value: JSON with sorted keys, so that equal values have equal hashes."""
    document = adapter.dump_python(value, mode="json")
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
