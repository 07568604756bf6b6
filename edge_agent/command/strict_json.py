"""JSON from strangers: refused before it can cost anything or mean two things."""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH = 12  # our own: a configuration is nine deep
_MAX_NUMBER_CHARS = 24  # our own: every double has a shorter text; a longer number is an attack on int()


def strict_json(raw: bytes) -> object:
    """Read one JSON text (RFC 8259).

    Refused are duplicate keys (RFC 8259, section 4, leaves their meaning open), NaN and the infinities (section 6),
    lone surrogates (section 8.2), nesting deeper than 12, numbers longer than 24 characters, and what is not UTF-8.

    Args:
        raw: The bytes; the caller has bounded their number.

    Raises:
        ValueError: Refused; the text says why and quotes nothing of the input.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    if _depth(text) > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} levels inside each other")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer, parse_float=_decimal
        )
    except json.JSONDecodeError as error:
        raise ValueError("not JSON") from error
    _refuse_surrogates(value)
    return value


def _depth(text: str) -> int:
    """How deep brackets stand inside each other, outside strings; told without recursion."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands there twice")
    return fields


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are no JSON")


def _integer(text: str) -> int:
    if len(text) > _MAX_NUMBER_CHARS:
        raise ValueError("a number is too long")
    return int(text)


def _decimal(text: str) -> float:
    number = float(text) if len(text) <= _MAX_NUMBER_CHARS else float("inf")
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too long or too large")
    return number


def _refuse_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("a lone surrogate") from error
